import { hashPolicies } from "../balancer/balancer.ts";
import { hashText } from "../balancer/hash.ts";
import type { Admission } from "../limits/admission.ts";
import { clientText } from "../limits/client-key.ts";
import type { DialOptions } from "../dial/happy-eyeballs.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { durationBoundsSeconds, Histogram } from "../observe/histogram.ts";
import type { ConnectionRecord } from "../observe/connection-record.ts";
import type { OutcomeCode } from "../observe/outcome.ts";
import { ServiceCounters } from "../observe/service-counters.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Socket } from "../runtime/socket.ts";
import type { TimerWheel } from "../runtime/timer-wheel.ts";
import type { AutoListenerSettings, TcpListenerSettings } from "../server/settings.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { TcpConnection } from "./tcp-connection.ts";

/** What a tcp listener serves with: its settings, its upstream, its running connections and their counters. */
export class TcpService {
  readonly settings: TcpListenerSettings | AutoListenerSettings;
  readonly upstream: Upstream;
  readonly runtime: Runtime;
  readonly wheel: TimerWheel;
  readonly admission: Admission;
  /** Told about every connection when it is over; undefined when nobody wants to know. */
  readonly onConnectionEnd: ((record: ConnectionRecord) => void) | undefined;
  /** How its connections are made: one object for all of them. */
  readonly dialOptions: DialOptions;
  readonly #onIdle: () => void;
  readonly #hashesClient: boolean;
  /** The connections that run in this thread. */
  readonly connections: Set<TcpConnection> = new Set<TcpConnection>();
  readonly durations: Histogram;
  readonly counters: ServiceCounters;

  constructor(
    settings: TcpListenerSettings | AutoListenerSettings,
    upstream: Upstream,
    context: {
      readonly runtime: Runtime;
      readonly memory: SharedMemory;
      readonly wheel: TimerWheel;
      readonly admission: Admission;
      readonly onConnectionEnd?: ((record: ConnectionRecord) => void) | undefined;
      /** Absent: its own. */
      readonly counters?: ServiceCounters | undefined;
      /** Called whenever the last connection of this thread is over. */
      readonly onIdle: () => void;
    },
  ) {
    this.settings = settings;
    this.upstream = upstream;
    this.runtime = context.runtime;
    this.wheel = context.wheel;
    this.admission = context.admission;
    this.dialOptions = {
      sourceAddress: upstream.settings.sourceAddress,
      keepAliveMs: settings.keepAliveMs,
      highWaterMarkBytes: settings.bufferBytes,
    };
    this.#hashesClient = hashPolicies.has(upstream.settings.policy);
    this.onConnectionEnd = context.onConnectionEnd;
    this.#onIdle = context.onIdle;
    const { memory } = context;
    this.durations = new Histogram(durationBoundsSeconds, memory);
    this.counters = context.counters ?? new ServiceCounters(memory);
  }

  /** A connection is over: counts it and tells of it. */
  ended(connection: TcpConnection, outcome: OutcomeCode, durationMs: number): void {
    this.connections.delete(connection);
    this.admission.leave(connection.admitted);
    this.counters.outcomes[outcome].add(1);
    this.durations.observeMs(durationMs);
    if (this.connections.size === 0) this.#onIdle();
  }

  /** What the hash policies know a client by; 0 when the policy is none of them. */
  hashClient(client: Socket): number {
    return this.#hashesClient ? hashText(clientText(client.remoteAddress)) : 0;
  }

  /** Serves a client that has just connected, or refuses it with RST when a limit says so. */
  serve(client: Socket): void {
    this.counters.clients.add(1);
    const admitted = this.admission.enter(client);
    if (typeof admitted !== "number") {
      this.counters.outcomes[admitted].add(1);
      client.reset();
      return;
    }
    this.take(client, admitted, undefined, false);
  }

  /** Serves a client that was let in already; `ahead` is what it has sent, and `ended`, that it sends no more. */
  take(client: Socket, admitted: number, ahead: Uint8Array | undefined, ended: boolean): void {
    const connection = new TcpConnection(this, client, admitted, ahead, ended);
    this.connections.add(connection);
    connection.dial();
  }
}
