/** Failures in a row: tells when so many came within a window, with no success between them. */
export class FailureStreak {
  /** When each of the last ones was, as a ring. */
  readonly #timesMs: Float64Array;
  readonly #windowMs: number;
  #length = 0;
  #next = 0;

  /** Complete with `count` failures within `windowMs`. */
  constructor(count: number, windowMs: number) {
    this.#timesMs = new Float64Array(count).fill(-Infinity);
    this.#windowMs = windowMs;
  }

  /** How many there are in a row, at most as many as make it complete. */
  get length(): number {
    return this.#length;
  }

  /** Adds one; returns whether the streak is complete now. */
  add(nowMs: number): boolean {
    this.#timesMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#timesMs.length;
    this.#length = Math.min(this.#length + 1, this.#timesMs.length);
    // What would be overwritten next is the oldest.
    return nowMs - (this.#timesMs[this.#next] ?? -Infinity) <= this.#windowMs;
  }

  /** A success: it starts anew. */
  clear(): void {
    if (this.#length === 0) return;
    this.#timesMs.fill(-Infinity);
    this.#length = 0;
  }
}
