import type { Clock, Timer } from "../runtime/clock.ts";
import type { Pending } from "../runtime/runtime.ts";

/** What a check is made of. */
export interface CheckSteps {
  /** Starts a probe; `done` is told its result, not before this returns. */
  start(done: (result: string) => void): Pending;
  /** A probe is over. May stop the check. */
  result(result: string, durationMs: number): void;
  /** From the start of the last probe to that of the next. */
  intervalMs(): number;
}

/** Probe, wait, probe again: one target's loop. */
export class TargetCheck {
  readonly #clock: Clock;
  readonly #steps: CheckSteps;
  /** What the loop is at, the probe or the wait; undefined while it does not run. */
  #current: Pending | Timer | undefined;

  constructor(clock: Clock, steps: CheckSteps) {
    this.#clock = clock;
    this.#steps = steps;
  }

  /** Probes `delayMs` from now, and on from there; when it runs already, it just runs on. */
  start(delayMs: number): void {
    if (this.#current !== undefined) return;
    if (delayMs > 0) this.#wait(delayMs);
    else this.#probe();
  }

  stop(): void {
    this.#current?.cancel();
    this.#current = undefined;
  }

  #wait(delayMs: number): void {
    this.#current = this.#clock.after(delayMs, () => this.#probe());
  }

  #probe(): void {
    // The next one is timed from this one's start: a slow failure does not stretch the interval.
    const startedMs = this.#clock.now();
    const probe = this.#steps.start((result) => {
      // First: it may stop the check, and start it again; and the wait depends on it.
      this.#steps.result(result, this.#clock.now() - startedMs);
      if (this.#current !== probe) return;
      this.#wait(Math.max(0, this.#steps.intervalMs() - (this.#clock.now() - startedMs)));
    });
    this.#current = probe;
  }
}
