import { Counter } from "../memory/counter.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { Total } from "../memory/total.ts";
import { Word } from "../memory/word.ts";
import type { QueueSettings } from "../server/settings.ts";

/** Who waits for an endpoint. */
export interface Waiter {
  /** Whether it has tried an endpoint already. */
  readonly isRetry: boolean;
}

/**
 * Where connections wait for an endpoint that has room, in the order in which they came, over all workers: each who
 * waits for a first endpoint draws a ticket, each worker shows the ticket of its first one, and the lowest is next.
 * Retries stand in a line of their own ahead of the others: they came earlier, and what they may use is bounded apart.
 */
export class ConnectQueue<W extends Waiter> {
  readonly #retrying = new Set<W>();
  /** Each with its ticket. */
  readonly #fresh = new Map<W, number>();
  readonly #settings: QueueSettings;
  readonly #worker: number;
  readonly #length: Total;
  readonly #lastTicket: Word;
  /** The ticket of each worker's first one; 0: it has none. */
  readonly #heads: readonly Word[];
  /** How many ever waited. */
  readonly total: Counter;

  constructor(settings: QueueSettings, memory: SharedMemory) {
    this.#settings = settings;
    this.#worker = memory.worker;
    this.#length = new Total(memory);
    this.#lastTicket = new Word(memory);
    this.#heads = Array.from({ length: memory.workers }, () => new Word(memory));
    this.total = new Counter(memory);
  }

  get maxLength(): number {
    return this.#settings.maxLength;
  }

  /** How many wait, in all workers. */
  get length(): number {
    return this.#length.value;
  }

  /** Whether somebody waits in this thread. */
  get hasOwn(): boolean {
    return this.#retrying.size > 0 || this.#fresh.size > 0;
  }

  /** Whether somebody waits in another one. */
  get hasOthers(): boolean {
    return this.#length.value > this.#retrying.size + this.#fresh.size;
  }

  /** Whether somebody waits who has not tried an endpoint yet: a newcomer's place is behind them. */
  get hasFresh(): boolean {
    return this.#heads.some((head) => head.value !== 0);
  }

  /** Puts a waiter last in its line; false when the queue is full. */
  add(waiter: W): boolean {
    if (!this.#length.enter(this.#settings.maxLength)) return false;
    if (waiter.isRetry) {
      this.#retrying.add(waiter);
    } else {
      this.#fresh.set(waiter, this.#drawTicket());
      if (this.#fresh.size === 1) this.#showHead();
    }
    this.total.add(1);
    return true;
  }

  /** Takes a waiter out; harmless when it is not in. */
  delete(waiter: W): void {
    if (waiter.isRetry) {
      if (this.#retrying.delete(waiter)) this.#length.leave();
    } else if (this.#fresh.delete(waiter)) {
      this.#length.leave();
      this.#showHead();
    }
  }

  /**
   * Offers a place to the waiters of this thread in order. `serve` says whether the waiter is done with; when one must go
   * on waiting, so must all fresh ones behind it, while each retry is asked: it can use other endpoints than the next.
   * Unless `retriesHeld`: then all retries must wait, and none is asked.
   */
  offer(serve: (waiter: W) => boolean, retriesHeld: () => boolean): void {
    for (const waiter of this.#retrying) {
      if (retriesHeld()) break;
      if (serve(waiter)) this.delete(waiter);
    }
    for (const waiter of this.#fresh.keys()) {
      if (!this.#isNext() || !serve(waiter)) return;
      this.delete(waiter);
    }
  }

  /** A worker is dead, and nobody waits in it any more. */
  reclaim(worker: number): void {
    const head = this.#heads[worker];
    if (head !== undefined) head.value = 0;
  }

  #drawTicket(): number {
    const ticket = (this.#lastTicket.add(1) + 1) | 0;
    return ticket === 0 ? this.#drawTicket() : ticket;
  }

  #showHead(): void {
    const [first = 0] = this.#fresh.values();
    const head = this.#heads[this.#worker];
    if (head !== undefined) head.value = first;
  }

  /** Whether no other worker's first one came earlier than this thread's. Tickets wrap around. */
  #isNext(): boolean {
    const own = this.#heads[this.#worker]?.value ?? 0;
    return this.#heads.every(({ value }) => value === 0 || ((value - own) | 0) >= 0);
  }
}
