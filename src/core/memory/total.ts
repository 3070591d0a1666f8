import type { SharedMemory } from "./shared-memory.ts";

/** How many there are of something, over all workers: raised and lowered by each, never above a limit. */
export class Total {
  readonly #memory: SharedMemory;
  readonly #index: number;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#index = memory.takeTotals(1);
  }

  /** Below zero means that something left twice: it is shown, not hidden, and never thrown. */
  get value(): number {
    return Atomics.load(this.#memory.totals, this.#index);
  }

  /** How many of them this thread holds. */
  get own(): number {
    return this.#memory.shares[this.#index] ?? 0;
  }

  /** How many of them one worker holds. */
  of(worker: number): number {
    return this.#memory.shareOf(worker, this.#index);
  }

  /** One more, unless there are `limit` already: then false, and there is nothing to leave. */
  enter(limit: number): boolean {
    const { totals, shares } = this.#memory;
    const index = this.#index;
    while (true) {
      const value = Atomics.load(totals, index);
      if (value >= limit) return false;
      if (Atomics.compareExchange(totals, index, value, value + 1) !== value) continue;
      // A plain write, right behind: see `SharedMemory`.
      shares[index] = (shares[index] ?? 0) + 1;
      return true;
    }
  }

  /** One that entered is over. */
  leave(): void {
    const { totals, shares } = this.#memory;
    const index = this.#index;
    Atomics.sub(totals, index, 1);
    shares[index] = (shares[index] ?? 0) - 1;
  }
}
