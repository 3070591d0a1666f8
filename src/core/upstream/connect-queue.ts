import type { QueueSettings } from "../server/settings.ts";

/** Who waits for an endpoint. */
export interface Waiter {
  /** Whether it has tried an endpoint already. */
  readonly isRetry: boolean;
}

/**
 * Where connections wait for an endpoint that has room, in the order in which they came. Retries stand in a line of
 * their own ahead of the others: they came earlier, and what they may use is bounded apart.
 */
export class ConnectQueue<W extends Waiter> {
  readonly #retrying = new Set<W>();
  readonly #fresh = new Set<W>();
  readonly #settings: QueueSettings;
  /** How many ever waited. */
  total = 0;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
  }

  get maxLength(): number {
    return this.#settings.maxLength;
  }

  get length(): number {
    return this.#retrying.size + this.#fresh.size;
  }

  /** Whether somebody waits who has not tried an endpoint yet: a newcomer's place is behind them. */
  get hasFresh(): boolean {
    return this.#fresh.size > 0;
  }

  /** Puts a waiter last in its line; false when the queue is full. */
  add(waiter: W): boolean {
    if (this.length >= this.#settings.maxLength) return false;
    this.#lineOf(waiter).add(waiter);
    this.total++;
    return true;
  }

  /** Takes a waiter out; harmless when it is not in. */
  delete(waiter: W): void {
    this.#lineOf(waiter).delete(waiter);
  }

  /**
   * Offers a place to the waiters in order. `serve` says whether the waiter is done with; when one must go on waiting,
   * so must all fresh ones behind it, while each retry is asked: it can use other endpoints than the next. Unless
   * `retriesHeld`: then all retries must wait, and none is asked.
   */
  offer(serve: (waiter: W) => boolean, retriesHeld: () => boolean): void {
    for (const waiter of this.#retrying) {
      if (retriesHeld()) break;
      if (serve(waiter)) this.#retrying.delete(waiter);
    }
    for (const waiter of this.#fresh) {
      if (!serve(waiter)) return;
      this.#fresh.delete(waiter);
    }
  }

  #lineOf(waiter: W): Set<W> {
    return waiter.isRetry ? this.#retrying : this.#fresh;
  }
}
