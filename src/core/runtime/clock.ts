/** Time as a parameter: the core never asks the runtime for it, so the simulator and tests can turn it. */

/** Where the core takes time from. */
export interface Clock {
  /** Monotonic milliseconds with a fraction, from an arbitrary start. */
  now(): number;
  /** Milliseconds since 1970 UTC, for logs only: it may jump. */
  wallTime(): number;
  /** Calls `callback` once, `delayMs` from now at the earliest. */
  after(delayMs: number, callback: () => void): Timer;
}

/** A timer that has not fired yet. */
export interface Timer {
  /** Makes sure the callback is not called; harmless when it already was. */
  cancel(): void;
}

/** Where the core takes randomness from. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}
