import type { Clock, Timer } from "../../core/runtime/clock.ts";

/** The clock of a worker, whose monotonic time may have another start than the main thread's: set to it, it is the same. */
export class WorkerClock implements Clock {
  readonly #clock: Clock;
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It is `nowMs` now, by the main thread's clock. */
  set(nowMs: number): void {
    this.#aheadMs = nowMs - this.#clock.now();
  }

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  wallTime(): number {
    return this.#clock.wallTime();
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#clock.after(delayMs, callback);
  }
}
