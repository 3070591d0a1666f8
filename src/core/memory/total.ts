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

  /** One more, unless there are `limit` already: then false, and there is nothing to leave. */
  enter(limit: number): boolean {
    const { totals } = this.#memory;
    const index = this.#index;
    let value = Atomics.load(totals, index);
    while (value < limit) {
      const found = Atomics.compareExchange(totals, index, value, value + 1);
      if (found === value) {
        this.#hold(1);
        return true;
      }
      value = found;
    }
    return false;
  }

  /** One that entered is over. */
  leave(): void {
    Atomics.sub(this.#memory.totals, this.#index, 1);
    this.#hold(-1);
  }

  /** How many of them one worker holds. */
  of(worker: number): number {
    return this.#memory.shareOf(worker, this.#index);
  }

  #hold(change: number): void {
    const { shares } = this.#memory;
    shares[this.#index] = (shares[this.#index] ?? 0) + change;
  }
}
