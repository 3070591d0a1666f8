import type { SharedMemory } from "../memory/shared-memory.ts";

/** How fast an estimate follows, and forgets: the time after which a sample's part has fallen to 37 %. */
const decayMs = 10_000;

/**
 * An estimate of how long an endpoint takes to answer: it follows a rise at once and a fall slowly, and falls by itself
 * while nothing is observed, so that an endpoint that was slow once is tried again. (After Finagle's Peak EWMA,
 * finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/PeakEwma.scala.)
 */
export class PeakEwma {
  readonly #memory: SharedMemory;
  /** The estimate, and when it was made: two `numbers`. Of two samples in one moment one may be lost. */
  readonly #index: number;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#index = memory.takeNumbers(2);
  }

  /** The estimate at a time of the monotonic clock; 0 when nothing is known. */
  valueMs(nowMs: number): number {
    return this.#value * this.#kept(nowMs);
  }

  /** Takes what was measured, in milliseconds, at a time of the monotonic clock. */
  observe(sampleMs: number, nowMs: number): void {
    const kept = this.#kept(nowMs);
    const estimate = this.#value * kept;
    const { numbers } = this.#memory;
    numbers[this.#index] = Math.max(sampleMs, estimate + (sampleMs - estimate) * (1 - kept));
    numbers[this.#index + 1] = nowMs;
  }

  get #value(): number {
    return this.#memory.numbers[this.#index] ?? 0;
  }

  #kept(nowMs: number): number {
    return Math.exp(-Math.max(0, nowMs - (this.#memory.numbers[this.#index + 1] ?? 0)) / decayMs);
  }
}
