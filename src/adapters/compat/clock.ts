import type { Clock, Random, Timer } from "../../core/runtime/clock.ts";

/** The real clock; the same on the three runtimes. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(delayMs: number, callback: () => void): Timer {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Good enough to spread load; not for secrets. */
export const systemRandom: Random = { next: Math.random };
