import type { SharedMemory } from "../memory/shared-memory.ts";
import type { Clock, Timer } from "../runtime/clock.ts";

/** What an endpoint that comes back starts with. */
const firstShare = 0.1;
/** In how many steps its share grows. */
const steps = 20;

/**
 * The share of its weight that an endpoint gets: less than 1 for a time after it came back. All threads read it; the
 * keeper lets it begin and grow.
 */
export class SlowStart {
  readonly #durationMs: number;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #memory: SharedMemory;
  /** The share, in `numbers`; 0, as a new memory has it, is a whole one. */
  readonly #index: number;
  #startedMs = 0;
  #timer: Timer | undefined;

  /** `onChange` is called after each step. With `durationMs` 0 the share is always 1. */
  constructor(
    durationMs: number,
    { clock, memory }: { readonly clock: Clock; readonly memory: SharedMemory },
    onChange: () => void,
  ) {
    this.#durationMs = durationMs;
    this.#clock = clock;
    this.#memory = memory;
    this.#index = memory.takeNumbers(1);
    this.#onChange = onChange;
  }

  /** From 0.1 to 1. */
  get share(): number {
    return this.#memory.numbers[this.#index] || 1;
  }

  /** When the share will be whole, on the monotonic clock; undefined when it is. */
  get endsMs(): number | undefined {
    return this.share < 1 ? this.#startedMs + this.#durationMs : undefined;
  }

  /** The endpoint has come back. */
  begin(): void {
    this.stop();
    if (this.#durationMs === 0) return;
    this.#startedMs = this.#clock.now();
    this.#step();
  }

  /** Leaves no timer behind; the share is whole. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#setShare(1);
  }

  #setShare(share: number): void {
    this.#memory.numbers[this.#index] = share;
  }

  #step(): void {
    this.#timer = undefined;
    const passed = (this.#clock.now() - this.#startedMs) / this.#durationMs;
    this.#setShare(Math.min(1, firstShare + (1 - firstShare) * passed));
    if (this.share < 1) this.#timer = this.#clock.after(this.#durationMs / steps, () => this.#stepped());
  }

  #stepped(): void {
    this.#step();
    this.#onChange();
  }
}
