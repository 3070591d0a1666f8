import type { Address } from "../../core/runtime/address.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { TimerWheel } from "../../core/runtime/timer-wheel.ts";
import { LoadClient } from "./load-client.ts";
import { LoadStats } from "./load-stats.ts";

/** What load to make. */
export interface LoadOptions {
  readonly address: Address;
  /** How many clients, each of which has one connection and one round trip at a time. */
  readonly connections: number;
  /** How much a round trip sends and expects back. */
  readonly sizeBytes: number;
  /** How long to wait for a connect, for more of an answer, and for a FIN. */
  readonly timeoutMs: number;
  /**
   * A client connects anew after so many. With 1 the connect is part of what is measured.
   * @default Infinity
   */
  readonly roundTripsPerConnection?: number;
  /**
   * About how long a client rests after a round trip.
   * @default 0
   */
  readonly pauseMs?: number;
  /** Runs with different ones send different bytes. @default 0 */
  readonly firstClient?: number;
}

/** A closed-loop load: each client sends, waits for all of it to come back, checks every byte, and goes on. */
export class LoadRun {
  readonly options: Required<LoadOptions>;
  readonly runtime: Runtime;
  readonly wheel: TimerWheel;
  readonly stats: LoadStats;
  /** Resolves when all clients have ended after `stop` or `abort`. */
  readonly ended: Promise<void>;
  readonly #clients: readonly LoadClient[];
  readonly #resolveEnded: () => void;
  #running: number;
  #stopping = false;
  #held = false;
  #unproven = 0;
  #whenProven: (() => void) | undefined;
  #startedMs = 0;
  #stoppedMs: number | undefined;
  /** When the last round trip succeeded. */
  lastRoundTripMs = 0;

  /** Nothing runs before `start`. */
  constructor(options: LoadOptions, runtime: Runtime, stats: LoadStats = new LoadStats()) {
    this.options = { roundTripsPerConnection: Infinity, pauseMs: 0, firstClient: 0, ...options };
    this.runtime = runtime;
    this.wheel = new TimerWheel(runtime.clock);
    this.stats = stats;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    const { firstClient, connections } = this.options;
    this.#clients = Array.from({ length: connections }, (_, index) => new LoadClient(this, firstClient + index));
    this.#running = connections;
  }

  /** Asked to end: a client that is done with a round trip closes. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** No client may connect for now. */
  get held(): boolean {
    return this.#held;
  }

  /** How long the load ran: until it was asked to stop, or until the last round trip that it had begun by then. */
  get seconds(): number {
    const endMs =
      this.#stoppedMs === undefined ? this.runtime.clock.now() : Math.max(this.#stoppedMs, this.lastRoundTripMs);
    return (endMs - this.#startedMs) / 1000;
  }

  start(): void {
    this.#startedMs = this.runtime.clock.now();
    for (const client of this.#clients) client.connect();
  }

  /** Lets every client finish what it has begun: it ends verified or as an error, within the timeouts. */
  async stop(): Promise<void> {
    this.#beginStop();
    for (const client of this.#clients) client.stop();
    await this.ended;
  }

  /** Ends everything at once; what is under way counts as nothing. */
  abort(): void {
    this.#beginStop();
    for (const client of this.#clients) client.abort();
  }

  /** Lets no client connect, until `release`. Resolves when every open connection has had an answer. */
  async hold(): Promise<void> {
    this.#held = true;
    if (this.#unproven === 0) return;
    await new Promise<void>((resolve) => (this.#whenProven = resolve));
  }

  /** Lets the clients connect again. */
  release(): void {
    this.#held = false;
    for (const client of this.#clients) client.released();
  }

  /** For clients: a connect begins, whose connection is unproven until the first answer came. */
  connectBegins(): void {
    this.#unproven++;
  }

  /** For clients: the first answer came, or never will. */
  connectProven(): void {
    this.#unproven--;
    if (this.#unproven === 0) this.#whenProven?.();
  }

  /** For clients: one has ended. */
  clientEnded(): void {
    this.#running--;
    if (this.#running === 0) this.#resolveEnded();
  }

  #beginStop(): void {
    this.#stopping = true;
    this.#stoppedMs ??= this.runtime.clock.now();
  }
}
