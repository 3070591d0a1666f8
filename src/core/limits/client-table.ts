import type { Clock } from "../runtime/clock.ts";
import type { RateSettings } from "../server/settings.ts";

/** Remembered clients that have no connection. One takes about 200 bytes. */
const maxIdleClients = 65_536;
/** What the rounding of a burst's sums may come to: without it the last of a burst could be refused. */
const slackMs = 0.001;

/** What holds for each client of one listener. A bound that is absent does not hold. */
export interface ClientLimits {
  /** Connections of one client at a time. */
  readonly maxConnections?: number | undefined;
  /** New connections of one client: `perSecond` above 0, `burst` at least 1. */
  readonly rate?: RateSettings | undefined;
}

/**
 * What the clients of one listener have running and how fast they come, in constant time for each connection.
 *
 * The rate is a token bucket kept as one number, the theoretical arrival time of the generic cell rate algorithm
 * (ITU-T I.371, annex A): `burst` connections at once, then one every 1 / `perSecond`.
 *
 * A refused connection costs no token, and the connection limit is asked first: the rate bounds what is let in, so a
 * client that hammered above its connection limit gets its next one as soon as one of its others ends.
 *
 * A client is remembered while it has connections, and after that until its bucket is full again, when there is nothing
 * left to know. Of those without connections only 65,536 are remembered; above, the one that has been without for
 * longest is forgotten, and would start with a full bucket again.
 */
export class ClientTable {
  /** How many clients without connections are remembered at most. */
  static readonly maxIdleClients: number = maxIdleClients;

  readonly #maxConnections: number;
  readonly #clock: Clock;
  /** Between two connections at the steady rate; 0 without one: then every bucket is always full. */
  readonly #intervalMs: number;
  /** How far ahead of the time a theoretical arrival may lie. */
  readonly #toleranceMs: number;
  readonly #clients = new Map<string, Client>();
  /**
   * Head of the circular list of clients without connections, longest first. (Not a second Map: to find the first entry
   * of one whose first entries were deleted, V8 passes over all of them, which made each accept cost thousands of steps.)
   */
  readonly #idle = new Client("");
  #idleCount = 0;
  #active = 0;
  #highest = 0;
  /** How many clients have n connections, for each n from 1 (0 is unused) to the highest ever. */
  readonly #clientsWith: number[] = [0];

  constructor(limits: ClientLimits, clock: Clock) {
    this.#maxConnections = limits.maxConnections ?? Infinity;
    this.#clock = clock;
    this.#intervalMs = limits.rate === undefined ? 0 : 1000 / limits.rate.perSecond;
    this.#toleranceMs = limits.rate === undefined ? Infinity : (limits.rate.burst - 1) * this.#intervalMs + slackMs;
  }

  /** Clients that something is remembered about. Those with full buckets leave as others come. */
  get size(): number {
    return this.#clients.size;
  }

  /** Connections of all clients. Below zero means that something left twice: it is shown, not hidden. */
  get active(): number {
    return this.#active;
  }

  /** Connections of the client that has the most, now. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether one more connection of a client may run; `ok` counts it until `leave`. */
  admit(key: string): "ok" | "limit-client" | "limit-rate" {
    const now = this.#intervalMs === 0 ? 0 : this.#clock.now();
    this.#forgetFull(now);
    const known = this.#clients.get(key);
    if ((known?.active ?? 0) >= this.#maxConnections) return "limit-client";
    const arrivalMs = Math.max(known?.arrivalMs ?? now, now);
    if (arrivalMs - now > this.#toleranceMs) return "limit-rate";
    const client = known ?? this.#remember(key);
    client.arrivalMs = arrivalMs + this.#intervalMs;
    if (client.next !== undefined) this.#unlink(client);
    this.#enter(client);
    return "ok";
  }

  /** A connection that was admitted is over. */
  leave(key: string): void {
    this.#active--;
    const client = this.#clients.get(key);
    if (client === undefined || client.active === 0) return;
    this.#leave(client);
    if (client.active > 0) return;
    if (this.#intervalMs === 0 || client.arrivalMs <= this.#clock.now()) this.#clients.delete(key);
    else this.#append(client);
  }

  #enter(client: Client): void {
    this.#active++;
    if (client.active > 0) this.#addClientsWith(client.active, -1);
    client.active++;
    this.#addClientsWith(client.active, 1);
    if (client.active > this.#highest) this.#highest = client.active;
  }

  #leave(client: Client): void {
    this.#addClientsWith(client.active, -1);
    client.active--;
    if (client.active > 0) this.#addClientsWith(client.active, 1);
    // Whoever left the highest count alone has one less now, and nobody has more than that.
    if (this.#clientsWith[this.#highest] === 0) this.#highest--;
  }

  #addClientsWith(active: number, change: number): void {
    this.#clientsWith[active] = (this.#clientsWith[active] ?? 0) + change;
  }

  #remember(key: string): Client {
    const client = new Client(key);
    this.#clients.set(key, client);
    return client;
  }

  /** Two for each that comes: the list shrinks faster than it grows, and one accept stays cheap. */
  #forgetFull(now: number): void {
    for (let looked = 0; looked < 2; looked++) {
      const oldest = this.#idle.next;
      if (oldest === undefined || oldest === this.#idle || oldest.arrivalMs > now) return;
      this.#forget(oldest);
    }
  }

  #forget(client: Client): void {
    this.#unlink(client);
    this.#clients.delete(client.key);
  }

  #append(client: Client): void {
    const oldest = this.#idle.next;
    if (this.#idleCount >= maxIdleClients && oldest !== undefined) this.#forget(oldest);
    const last = this.#idle.previous ?? this.#idle;
    client.previous = last;
    client.next = this.#idle;
    last.next = client;
    this.#idle.previous = client;
    this.#idleCount++;
  }

  #unlink(client: Client): void {
    const { previous, next } = client;
    if (previous !== undefined) previous.next = next;
    if (next !== undefined) next.previous = previous;
    client.previous = undefined;
    client.next = undefined;
    this.#idleCount--;
  }
}

/** What is known about one client. */
class Client {
  readonly key: string;
  active = 0;
  /** When its next connection would come at the steady rate; not after now: its bucket is full. */
  arrivalMs = 0;
  /** Neighbours among the clients without connections; undefined while it has some. */
  previous: Client | undefined = undefined;
  next: Client | undefined = undefined;

  constructor(key: string) {
    this.key = key;
  }
}
