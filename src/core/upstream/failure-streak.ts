import type { SharedMemory } from "../memory/shared-memory.ts";
import { Word } from "../memory/word.ts";

/**
 * Failures in a row, whichever worker saw them: tells when so many came within a window, with no success between them.
 * Of a failure and a success in one moment either may count as the first.
 */
export class FailureStreak {
  readonly #memory: SharedMemory;
  /** When each of the last ones was, as a ring in `numbers`; 0 is never. */
  readonly #first: number;
  readonly #count: number;
  readonly #windowMs: number;
  readonly #length: Word;
  readonly #turn: Word;

  /** Complete with `count` failures within `windowMs`. */
  constructor(count: number, windowMs: number, memory: SharedMemory) {
    this.#memory = memory;
    this.#first = memory.takeNumbers(count);
    this.#count = count;
    this.#windowMs = windowMs;
    this.#length = new Word(memory);
    this.#turn = new Word(memory);
  }

  /** How many there are in a row, at most as many as make it complete. */
  get length(): number {
    return Math.min(this.#length.value, this.#count);
  }

  /** Adds one; returns whether the streak is complete now. */
  add(nowMs: number): boolean {
    const { numbers } = this.#memory;
    const turn = this.#turn.add(1) >>> 0;
    // The clock may start at 0, which is never here.
    const time = nowMs + 1;
    numbers[this.#first + (turn % this.#count)] = time;
    if (this.#length.value < this.#count) this.#length.add(1);
    // What would be overwritten next is the oldest.
    const oldest = numbers[this.#first + ((turn + 1) % this.#count)] ?? 0;
    return oldest > 0 && time - oldest <= this.#windowMs;
  }

  /** A success: it starts anew. */
  clear(): void {
    if (this.#length.value === 0) return;
    this.#memory.numbers.fill(0, this.#first, this.#first + this.#count);
    this.#length.value = 0;
  }
}
