import type { SharedMemory } from "../memory/shared-memory.ts";
import { Histogram, requestBoundsSeconds } from "./histogram.ts";

/** Classes of statuses: the first digit, 0 for no answer. */
const classes = 6;

/** How exchanges were answered, over all workers: how many by the class of their status, and how long they took. */
export class AnswerCounters {
  /** From the head of a request to the end of its exchange. */
  readonly durations: Histogram;
  readonly #memory: SharedMemory;
  readonly #first: number;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#first = memory.takeCounters(classes);
    this.durations = new Histogram(requestBoundsSeconds, memory);
  }

  /** An exchange is over. `status` is 0 when there was no answer, else 100 to 599. */
  add(status: number, durationMs: number): void {
    const { counters } = this.#memory;
    const place = this.#first + Math.floor(status / 100);
    counters[place] = (counters[place] ?? 0) + 1;
    this.durations.observeMs(durationMs);
  }

  /** How many by the first digit of their status, beginning with 0: no answer. */
  get statuses(): readonly number[] {
    return Array.from({ length: classes }, (_, place) => this.#memory.sum(this.#first + place));
  }
}
