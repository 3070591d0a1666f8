import { Counter } from "../memory/counter.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { Clock, Timer } from "../runtime/clock.ts";

/**
 * Why a client's connection was refused at once: the process, its listener or the client itself has as many as it may;
 * the client opens them too fast; or the process is overloaded.
 */
export type RefusalReason = (typeof reasons)[number];

const reasons = ["limit-process", "limit-listener", "limit-client", "limit-rate", "overload"] as const;

/** How often a reason is told of, at most. */
const noticeIntervalMs = 10_000;

/**
 * Counts refused connections, and tells of them so that a flood of clients is no flood of log lines: of the first one
 * at once, then every 10 s of how many there were since, each reason for itself. Each worker tells of its own, and what
 * they told adds up to the counts.
 */
export class Refusals {
  readonly #counts: Readonly<Record<RefusalReason, Counter>>;
  readonly #untold: Record<RefusalReason, number> = byReason(() => 0);
  /** Reasons that were told of within the last interval. */
  readonly #timers = new Map<RefusalReason, Timer>();
  readonly #clock: Clock;
  readonly #notify: (reason: RefusalReason, count: number) => void;
  #stopped = false;

  /** `notify` is told how many connections were refused for a reason since it was last told of that reason. */
  constructor(clock: Clock, memory: SharedMemory, notify: (reason: RefusalReason, count: number) => void) {
    this.#clock = clock;
    this.#notify = notify;
    this.#counts = byReason(() => new Counter(memory));
  }

  /** All since the start, in all workers. */
  get counts(): Readonly<Record<RefusalReason, number>> {
    return byReason((reason) => this.#counts[reason].total);
  }

  /** One connection was refused. */
  add(reason: RefusalReason): void {
    this.#counts[reason].add(1);
    this.#untold[reason]++;
    if (!this.#stopped && !this.#timers.has(reason)) this.#tell(reason);
  }

  /** Tells of what was not told yet; from here on it only counts, and no timer runs. */
  stop(): void {
    this.#stopped = true;
    for (const [reason, timer] of this.#timers) {
      timer.cancel();
      this.#tell(reason);
    }
  }

  #tell(reason: RefusalReason): void {
    const count = this.#untold[reason];
    this.#timers.delete(reason);
    if (count === 0) return;
    this.#untold[reason] = 0;
    if (!this.#stopped)
      this.#timers.set(
        reason,
        this.#clock.after(noticeIntervalMs, () => this.#tell(reason)),
      );
    this.#notify(reason, count);
  }
}

function byReason<T>(value: (reason: RefusalReason) => T): Record<RefusalReason, T> {
  return Object.fromEntries(reasons.map((reason) => [reason, value(reason)])) as Record<RefusalReason, T>;
}
