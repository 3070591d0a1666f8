import type { Clock, Timer } from "../runtime/clock.ts";
import type { CircuitBreakerSettings } from "../server/settings.ts";
import type { AttemptResult } from "./attempt-result.ts";
import { FailureStreak } from "./failure-streak.ts";

/** Where a circuit breaker is. */
export type BreakerState = "closed" | "open" | "half-open";

/**
 * Keeps attempts away from what fails, and finds out with a few whether it works again.
 *
 * ```
 * closed ──`failures` in a row──▶ open ──`openMs` later──▶ half-open ──`successes`──▶ closed
 *                                   ▲                          │
 *                                   └────── a probe fails ─────┘
 * ```
 *
 * While half-open, `halfOpenProbes` attempts at a time go through and the rest stays away: no stampede on what has
 * just come back. (M. Nygard, "Release It!", 2007.)
 */
export class CircuitBreaker {
  readonly settings: CircuitBreakerSettings;
  readonly #clock: Clock;
  readonly #onChange: (entered: boolean) => void;
  readonly #streak: FailureStreak;
  #state: BreakerState = "closed";
  /** Counts the half-open times, and in each how often probes were given up. */
  #generation = 0;
  /** The generation that the half-open time began with: what began before is old news. */
  #firstGeneration = 0;
  #probes = 0;
  #successes = 0;
  #timer: Timer | undefined;
  /** When the state last changed, in wall-clock milliseconds. */
  sinceMs: number;
  /** When it will let probes through, on the monotonic clock; undefined unless open. */
  halfOpenAtMs: number | undefined = undefined;
  /** How often it opened. */
  trips = 0;

  /**
   * `onChange` is called after what it lets through has changed, with whether it entered another state; never from
   * within `begin`.
   */
  constructor(settings: CircuitBreakerSettings, clock: Clock, onChange: (entered: boolean) => void) {
    this.settings = settings;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#streak = new FailureStreak(settings.failures, settings.windowMs);
    this.sinceMs = clock.wallTime();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether an attempt may begin now. */
  get allows(): boolean {
    return this.#state === "closed" || (this.#state === "half-open" && this.#probes < this.settings.halfOpenProbes);
  }

  /** Failures in a row while closed. */
  get failures(): number {
    return this.#streak.length;
  }

  /** Successes while half-open. */
  get successes(): number {
    return this.#successes;
  }

  /** Probes under way while half-open. */
  get probes(): number {
    return this.#probes;
  }

  /** An attempt that is allowed begins; give the permit back with `settle`. */
  begin(): number {
    if (this.#state !== "half-open") return 0;
    this.#probes++;
    // A probe may be a connection on which nothing happens for hours: after a while others may try in its place.
    this.#timer ??= this.#clock.after(this.settings.openMs, () => this.#forgetProbes());
    return this.#generation;
  }

  /** The result of an attempt is known: exactly once for each `begin`. */
  settle(permit: number, result: AttemptResult): void {
    if (this.#state === "closed") {
      if (result === "success") this.#streak.clear();
      else if (result === "failure" && this.#streak.add(this.#clock.now())) this.#open();
      return;
    }
    // While open or half-open only probes count.
    if (this.#state !== "half-open" || permit < this.#firstGeneration) return;
    // Of one that was given up the place is another's, but what it shows counts: answers may take longer than `openMs`.
    if (permit === this.#generation) {
      this.#probes--;
      if (this.#probes === 0) this.stop();
    }
    if (result === "failure") {
      this.#open();
      return;
    }
    if (result === "success") this.#successes++;
    if (this.#successes >= this.settings.successes) this.reset();
    else this.#onChange(false);
  }

  /** Closes it, whatever it knew. */
  reset(): void {
    this.#streak.clear();
    if (this.#state !== "closed") this.#enter("closed");
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #open(): void {
    this.trips++;
    this.#streak.clear();
    this.halfOpenAtMs = this.#clock.now() + this.settings.openMs;
    this.#enter("open");
  }

  #enter(state: BreakerState): void {
    this.stop();
    this.#state = state;
    this.sinceMs = this.#clock.wallTime();
    this.#probes = 0;
    this.#successes = 0;
    if (state === "open") this.#timer = this.#clock.after(this.settings.openMs, () => this.#halfOpen());
    else this.halfOpenAtMs = undefined;
    this.#onChange(true);
  }

  #halfOpen(): void {
    this.#firstGeneration = ++this.#generation;
    this.#enter("half-open");
  }

  #forgetProbes(): void {
    this.#timer = undefined;
    this.#generation++;
    this.#probes = 0;
    this.#onChange(false);
  }
}
