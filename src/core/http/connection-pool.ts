import { Deadline, type TimerWheel } from "../runtime/timer-wheel.ts";
import type { KeepAliveSettings } from "../server/http-settings.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { EndpointConnection } from "./endpoint-connection.ts";

/** How much earlier than its endpoint an idle connection is given up, so that no request meets the endpoint's FIN. */
const marginMs = 1000;

/**
 * The idle connections of a thread to one endpoint. The last one that came is the first to go: so few stay busy, and the
 * others are over soon.
 */
export class ConnectionPool extends Deadline {
  readonly #idle: EndpointConnection[] = [];
  readonly #settings: KeepAliveSettings;
  readonly #wheel: TimerWheel;

  readonly #filled: Set<ConnectionPool>;

  /** `filled` are those that hold connections: it is among them as long as it does. */
  constructor(settings: KeepAliveSettings, wheel: TimerWheel, filled: Set<ConnectionPool>) {
    super();
    this.#settings = settings;
    this.#wheel = wheel;
    this.#filled = filled;
  }

  get size(): number {
    return this.#idle.length;
  }

  /** A connection that may serve another exchange; undefined when there is none. */
  take(): EndpointConnection | undefined {
    const connection = this.#idle.pop();
    if (connection === undefined) return undefined;
    if (connection.usableUntilMs > this.#wheel.coarseNowMs) return connection;
    // The others wait for longer, but may have been promised more time.
    connection.close();
    return this.take();
  }

  /** Takes a connection whose exchange is over; closes it when there are enough, or it is too old. */
  put(connection: EndpointConnection): void {
    const { idleTimeoutMs, maxIdle, maxAgeMs } = this.#settings;
    const { keepAliveMs } = connection;
    const now = this.#wheel.coarseNowMs;
    const idleMs = keepAliveMs === undefined ? idleTimeoutMs : Math.max(0, keepAliveMs - marginMs);
    connection.usableUntilMs = Math.min(now + idleMs, connection.madeMs + maxAgeMs);
    if (idleTimeoutMs === 0 || connection.usableUntilMs <= now || this.#idle.length >= maxIdle) {
      connection.close();
      return;
    }
    this.#idle.push(connection);
    if (this.nextInSlot !== undefined && this.deadlineMs <= connection.usableUntilMs) return;
    this.#filled.add(this);
    this.#wheel.set(this, connection.usableUntilMs - now);
  }

  /** It is over, or is not to be used: harmless when it is not in. */
  remove(connection: EndpointConnection): void {
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  /** Closes all. */
  close(): void {
    this.#wheel.drop(this);
    this.#filled.delete(this);
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  override onDeadline(): void {
    const now = this.#wheel.coarseNowMs;
    let nextMs = Infinity;
    for (const connection of this.#idle.splice(0)) {
      if (connection.usableUntilMs <= now) {
        connection.close();
      } else {
        nextMs = Math.min(nextMs, connection.usableUntilMs);
        this.#idle.push(connection);
      }
    }
    if (this.#idle.length > 0) this.#wheel.set(this, nextMs - now);
    else this.#filled.delete(this);
  }
}

/** The idle connections of a thread to all endpoints. */
export class ConnectionPools {
  /** Of an endpoint that is gone nothing stays. */
  readonly #pools = new WeakMap<Endpoint, ConnectionPool>();
  /** Those that have connections, or had some lately. */
  readonly #filled = new Set<ConnectionPool>();
  readonly #wheel: TimerWheel;

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  /** How many connections are idle. */
  get size(): number {
    let count = 0;
    for (const pool of this.#filled) count += pool.size;
    return count;
  }

  /** The pool of an endpoint. */
  of(endpoint: Endpoint, settings: KeepAliveSettings): ConnectionPool {
    let pool = this.#pools.get(endpoint);
    if (pool === undefined) {
      pool = new ConnectionPool(settings, this.#wheel, this.#filled);
      this.#pools.set(endpoint, pool);
    }
    return pool;
  }

  /** Closes all. */
  close(): void {
    for (const pool of this.#filled) pool.close();
  }
}
