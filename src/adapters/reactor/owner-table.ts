import type { OwnerPlace } from "../../core/runtime/ownership.ts";

/** The owner that is the thread which made the table; 0 is nobody. Those above go from one thread to the next. */
export const mainOwner = 1;
/** Numbers of owners end below this: those that run, and those that are said to be gone and are not yet. */
export const maxOwners = 1024;
/** Words of an owner: its thread, and its state. */
const wordsPerOwner = 2;
/** Descriptors above this get no entry, and so are not to be had: the most that Linux allows unless it is told otherwise. */
const maxEntries = 1024 * 1024;

/** Bits of an owner's state: it is opening or closing a descriptor; it may do that no more. */
const busy = 1;
const sealed = 2;

/** In an entry beside the owner's number: what brings new work, and is closed before the rest. */
const firstBit = 0x8000;

/**
 * Who owns which descriptor: shared memory that outlives the threads.
 *
 * ```
 * words    Int32  [owners][2]     the thread's id; before it has begun its life, negative; 0 for none. Its state
 * entries  Uint16 [descriptors]   the owner's number, 0 for nobody; the top bit says that it is closed first
 * ```
 *
 * An entry is written by its owner alone, right after the descriptor was opened and right before it is closed; the kernel
 * orders that with what the next owner of the same number does. Once an owner is sealed and not busy, its entries stand
 * still, whatever its thread does: only then, or when the thread is gone, does another thread touch its descriptors.
 */
export class OwnerTable {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #entries: Uint16Array;

  /** A table for a process that may have so many descriptors open; nobody is in it. */
  static make(maxDescriptors: number): OwnerTable {
    const entries = Math.min(maxDescriptors, maxEntries);
    return new OwnerTable(
      new SharedArrayBuffer(
        maxOwners * wordsPerOwner * Int32Array.BYTES_PER_ELEMENT + entries * Uint16Array.BYTES_PER_ELEMENT,
      ),
    );
  }

  /** The table that another thread made. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, maxOwners * wordsPerOwner);
    this.#entries = new Uint16Array(buffer, this.#words.byteLength);
  }

  /** Descriptors from this number on have no entry. */
  get maxDescriptors(): number {
    return this.#entries.length;
  }

  /** Lets a thread begin, later: `owner` is nobody's now. */
  open({ owner, life }: Omit<OwnerPlace, "table">): void {
    Atomics.store(this.#words, owner * wordsPerOwner + 1, 0);
    Atomics.store(this.#words, owner * wordsPerOwner, -life);
  }

  /** In the thread, before it opens anything. Throws when it is not to begin any more. */
  begin({ owner, life }: Omit<OwnerPlace, "table">, threadId: number): Owner {
    const before = Atomics.compareExchange(this.#words, owner * wordsPerOwner, -life, threadId);
    if (before !== -life) throw new Error("this thread is to end");
    return new Owner(owner, owner * wordsPerOwner + 1, this.#words, this.#entries);
  }

  /** The thread of an owner; undefined when none has begun. */
  threadOf(owner: number): number | undefined {
    const thread = Atomics.load(this.#words, owner * wordsPerOwner);
    return thread > 0 ? thread : undefined;
  }

  /**
   * From here on the owner opens and closes nothing, at the latest when it is not `isBusy` any more. One that has not begun
   * never will.
   */
  seal({ owner, life }: Omit<OwnerPlace, "table">): void {
    Atomics.compareExchange(this.#words, owner * wordsPerOwner, -life, 0);
    Atomics.or(this.#words, owner * wordsPerOwner + 1, sealed);
  }

  isBusy(owner: number): boolean {
    return (Atomics.load(this.#words, owner * wordsPerOwner + 1) & busy) !== 0;
  }

  /** All descriptors of an owner that stands still: listeners and epolls first. */
  descriptorsOf(owner: number): number[] {
    const first: number[] = [];
    const others: number[] = [];
    for (let fd = 0; fd < this.#entries.length; fd++) {
      const entry = this.#entries[fd] as number;
      if (entry === owner) others.push(fd);
      else if (entry === (owner | firstBit)) first.push(fd);
    }
    return [...first, ...others];
  }

  /** A descriptor is about to be closed for its owner. */
  clear(fd: number): void {
    this.#entries[fd] = 0;
  }
}

/** A thread's hand on the table. What opens and closes descriptors does so between `enter` and `leave`. */
export class Owner {
  readonly #number: number;
  readonly #state: number;
  readonly #words: Int32Array;
  readonly #entries: Uint16Array;

  constructor(number: number, state: number, words: Int32Array, entries: Uint16Array) {
    this.#number = number;
    this.#state = state;
    this.#words = words;
    this.#entries = entries;
  }

  /** Whether it may open or close something. If so, `leave` follows. */
  enter(): boolean {
    if ((Atomics.or(this.#words, this.#state, busy) & sealed) === 0) return true;
    this.leave();
    return false;
  }

  leave(): void {
    Atomics.and(this.#words, this.#state, ~busy);
  }

  /**
   * It has opened one, or knows now when it is to be closed: `first` what brings new work, a listener or an epoll. False:
   * there is no entry for it, and it must be closed again.
   */
  add(fd: number, order: "first" | "last"): boolean {
    if (fd >= this.#entries.length) return false;
    this.#entries[fd] = order === "first" ? this.#number | firstBit : this.#number;
    return true;
  }

  /** It is about to close one. */
  remove(fd: number): void {
    this.#entries[fd] = 0;
  }
}
