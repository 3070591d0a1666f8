import { hashPolicies } from "../balancer/balancer.ts";
import { hashText } from "../balancer/hash.ts";
import type { Admission } from "../limits/admission.ts";
import { clientText } from "../limits/client-key.ts";
import { ByteCount } from "../observe/byte-count.ts";
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
  /** The connections that run. */
  readonly connections: Set<TcpConnection> = new Set<TcpConnection>();
  readonly durations: Histogram = new Histogram(durationBoundsSeconds);
  /** How many connections ended how. */
  readonly outcomeCounts: Record<OutcomeCode, number>;
  totalConnections = 0;
  acceptErrors = 0;
  /** From clients to endpoints. */
  readonly up: ByteCount = new ByteCount();
  /** From endpoints to clients. */
  readonly down: ByteCount = new ByteCount();

  constructor(
    settings: ListenerSettings,
    upstream: Upstream,
    context: {
      readonly runtime: Runtime;
      readonly wheel: TimerWheel;
      readonly admission: Admission;
      readonly onConnectionEnd?: ((record: ConnectionRecord) => void) | undefined;
      /** Called whenever the last running connection is over. */
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
    this.outcomeCounts = Object.fromEntries(outcomeCodes.map((code) => [code, 0])) as Record<OutcomeCode, number>;
  }

  /** A connection is over: counts it and tells of it. */
  ended(connection: TcpConnection, outcome: OutcomeCode, durationMs: number): void {
    this.connections.delete(connection);
    this.admission.leave(connection.admitted);
    this.outcomeCounts[outcome]++;
    this.durations.observeMs(durationMs);
    if (this.connections.size === 0) this.#onIdle();
  }

  /** What the hash policies know a client by; 0 when the policy is none of them. */
  hashClient(client: Socket): number {
    return this.#hashesClient ? hashText(clientText(client.remoteAddress)) : 0;
  }

  /** Serves a client that has just connected, or refuses it with RST when a limit says so. */
  serve(client: Socket): void {
    this.totalConnections++;
    const admitted = this.admission.enter(client);
    if (typeof admitted !== "number") {
      this.outcomeCounts[admitted]++;
      client.reset();
      return;
    }
    const connection = new TcpConnection(this, client, admitted);
    this.connections.add(connection);
    connection.dial();
  }
}
