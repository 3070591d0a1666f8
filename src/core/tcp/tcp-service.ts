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
  /** Told about every connection when it is over; undefined when nobody wants to know. */
  readonly onConnectionEnd: ((record: ConnectionRecord) => void) | undefined;
  readonly #onIdle: () => void;
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
      readonly onConnectionEnd?: ((record: ConnectionRecord) => void) | undefined;
      /** Called whenever the last running connection is over. */
      readonly onIdle: () => void;
    },
  ) {
    this.settings = settings;
    this.upstream = upstream;
    this.runtime = context.runtime;
    this.wheel = context.wheel;
    this.onConnectionEnd = context.onConnectionEnd;
    this.#onIdle = context.onIdle;
    this.outcomeCounts = Object.fromEntries(outcomeCodes.map((code) => [code, 0])) as Record<OutcomeCode, number>;
  }

  /** A connection is over: counts it and tells of it. */
  ended(connection: TcpConnection, outcome: OutcomeCode, durationMs: number): void {
    this.connections.delete(connection);
    this.outcomeCounts[outcome]++;
    this.durations.observeMs(durationMs);
    if (this.connections.size === 0) this.#onIdle();
  }

  /** Serves a client that has just connected. */
  serve(client: Socket): void {
    this.totalConnections++;
    const connection = new TcpConnection(this, client);
    this.connections.add(connection);
    connection.dial();
  }
}
