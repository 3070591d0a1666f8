import type { SharedMemory } from "../memory/shared-memory.ts";

/** Counts of observed durations by upper bound, as Prometheus wants them, over all workers. */
export class Histogram {
  /** Upper bounds in seconds, ascending. */
  readonly boundsSeconds: readonly number[];
  readonly #memory: SharedMemory;
  /** `counters`: one per bound, one for what lies above all, and the sum of the seconds. */
  readonly #first: number;

  constructor(boundsSeconds: readonly number[], memory: SharedMemory) {
    this.boundsSeconds = boundsSeconds;
    this.#memory = memory;
    this.#first = memory.takeCounters(boundsSeconds.length + 2);
  }

  /** One count per bound, and a last one for what lies above all. Not cumulative. */
  get counts(): readonly number[] {
    return Array.from({ length: this.boundsSeconds.length + 1 }, (_, index) => this.#memory.sum(this.#first + index));
  }

  get sumSeconds(): number {
    return this.#memory.sum(this.#first + this.boundsSeconds.length + 1);
  }

  observeMs(durationMs: number): void {
    const { boundsSeconds } = this;
    const { counters } = this.#memory;
    const seconds = durationMs / 1000;
    let index = 0;
    while (index < boundsSeconds.length && seconds > (boundsSeconds[index] ?? Infinity)) index++;
    const place = this.#first + index;
    const sum = this.#first + boundsSeconds.length + 1;
    counters[place] = (counters[place] ?? 0) + 1;
    counters[sum] = (counters[sum] ?? 0) + seconds;
  }
}

/** From a loopback connect to one that ran into its timeout. */
export const connectBoundsSeconds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10,
];

/** From a single request to a database session. */
export const durationBoundsSeconds: readonly number[] = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800, 3600];

/** From an answer out of memory to a long upload. */
export const requestBoundsSeconds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60,
];
