import { hashPolicies } from "../balancer/balancer.ts";
import { hashText } from "../balancer/hash.ts";
import type { Admission } from "../limits/admission.ts";
import { clientText } from "../limits/client-key.ts";
import { Counter } from "../memory/counter.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { durationBoundsSeconds, Histogram } from "../observe/histogram.ts";
import type { ConnectionRecord } from "../observe/connection-record.ts";
import { type OutcomeCode, outcomeCodes } from "../observe/outcome.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Socket } from "../runtime/socket.ts";
import type { TimerWheel } from "../runtime/timer-wheel.ts";
import type { ListenerSettings } from "../server/settings.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { TcpConnection } from "./tcp-connection.ts";

/** What a tcp listener serves with: its settings, its upstream, its running connections and their counters. */
export class TcpService {
  readonly settings: ListenerSettings;
  readonly upstream: Upstream;
  readonly runtime: Runtime;
  readonly wheel: TimerWheel;
  readonly admission: Admission;
  /** Told about every connection when it is over; undefined when nobody wants to know. */
  readonly onConnectionEnd: ((record: ConnectionRecord) => void) | undefined;
  readonly #onIdle: () => void;
  readonly #hashesClient: boolean;
  /** The connections that run in this thread. */
  readonly connections: Set<TcpConnection> = new Set<TcpConnection>();
  readonly durations: Histogram;
  /** How many connections ended how. */
  readonly outcomes: Readonly<Record<OutcomeCode, Counter>>;
  /** Clients that came, the refused ones included. */
  readonly clients: Counter;
  readonly acceptErrors: Counter;
  /** Bytes from clients to endpoints. */
  readonly up: Counter;
  /** Bytes from endpoints to clients. */
  readonly down: Counter;

  constructor(
    settings: ListenerSettings,
    upstream: Upstream,
    context: {
      readonly runtime: Runtime;
      readonly memory: SharedMemory;
      readonly wheel: TimerWheel;
      readonly admission: Admission;
      readonly onConnectionEnd?: ((record: ConnectionRecord) => void) | undefined;
      /** Called whenever the last connection of this thread is over. */
      readonly onIdle: () => void;
    },
  ) {
    this.settings = settings;
    this.upstream = upstream;
    this.runtime = context.runtime;
    this.wheel = context.wheel;
    this.admission = context.admission;
    this.#hashesClient = hashPolicies.has(upstream.settings.policy);
    this.onConnectionEnd = context.onConnectionEnd;
    this.#onIdle = context.onIdle;
    const { memory } = context;
    this.durations = new Histogram(durationBoundsSeconds, memory);
    this.outcomes = Object.fromEntries(outcomeCodes.map((code) => [code, new Counter(memory)])) as Record<
      OutcomeCode,
      Counter
    >;
    this.clients = new Counter(memory);
    this.acceptErrors = new Counter(memory);
    this.up = new Counter(memory);
    this.down = new Counter(memory);
  }

  /** A connection is over: counts it and tells of it. */
  ended(connection: TcpConnection, outcome: OutcomeCode, durationMs: number): void {
    this.connections.delete(connection);
    this.admission.leave(connection.admitted);
    this.outcomes[outcome].add(1);
    this.durations.observeMs(durationMs);
    if (this.connections.size === 0) this.#onIdle();
  }

  /** What the hash policies know a client by; 0 when the policy is none of them. */
  hashClient(client: Socket): number {
    return this.#hashesClient ? hashText(clientText(client.remoteAddress)) : 0;
  }

  /** Serves a client that has just connected, or refuses it with RST when a limit says so. */
  serve(client: Socket): void {
    this.clients.add(1);
    const admitted = this.admission.enter(client);
    if (typeof admitted !== "number") {
      this.outcomes[admitted].add(1);
      client.reset();
      return;
    }
    const connection = new TcpConnection(this, client, admitted);
    this.connections.add(connection);
    connection.dial();
  }
}
