import type { SharedMemory } from "./shared-memory.ts";

/** A sum that only grows, counted by each worker for itself: adding costs what adding to a field costs. */
export class Counter {
  readonly #memory: SharedMemory;
  readonly #index: number;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#index = memory.takeCounters(1);
  }

  add(amount: number): void {
    const { counters } = this.#memory;
    counters[this.#index] = (counters[this.#index] ?? 0) + amount;
  }

  /** Adds for a worker that is dead: nobody else writes its row then. */
  addFor(worker: number, amount: number): void {
    this.#memory.addFor(worker, this.#index, amount);
  }

  /** Over all workers. */
  get total(): number {
    return this.#memory.sum(this.#index);
  }

  /** What one worker has counted. */
  of(worker: number): number {
    return this.#memory.countOf(worker, this.#index);
  }
}
