import type { Timer } from "../runtime/clock.ts";
import type { Resources, Runtime } from "../runtime/runtime.ts";
import type { OverloadSettings } from "../server/settings.ts";
import { MemoryTrigger } from "./memory-trigger.ts";
import { ThresholdTrigger } from "./threshold-trigger.ts";

/** How often the event loop is measured. */
const tickMs = 100;
/** How often the system is asked; it costs system calls. */
const resourcesMs = 1000;
/** Shedding for descriptors ends below this share of the threshold, seen twice: within a second or two. */
const descriptorsEnd = { share: 0.95, readings: 2 } as const;
/** Shedding for loop lag ends below this share of the threshold, seen ten times: after a second at least. */
const loopLagEnd = { share: 0.8, readings: 10 } as const;

/** What the process lacks. */
export type OverloadCause = "descriptors" | "memory" | "loop-lag";

/** What was last measured. Shares are of the limit, 0 where there is none. */
export interface OverloadReadings {
  readonly descriptorShare: number;
  readonly memoryShare: number;
  /** The smaller one of the last two. */
  readonly loopLagMs: number;
}

/**
 * Tells when new connections are to be refused so that the running ones stay well.
 *
 * - Descriptors: from the threshold until below 95 % of it. No wider gap: with connections that live for hours it would
 *   refuse everybody for hours, though there is room.
 * - Memory: see `MemoryTrigger`.
 * - Loop lag: how late a timer of 100 ms fires, from the threshold until below 80 % of it for a second. The smaller one
 *   of two measurements in a row counts: a queue that stands shows in both, a garbage collection or the jump of the
 *   clock after a suspend only in one. (After CoDel, RFC 8289, which takes the minimum for the same reason.)
 */
export class OverloadMonitor {
  readonly #runtime: Pick<Runtime, "clock" | "resources">;
  readonly #onChange: (cause: OverloadCause | undefined) => void;
  readonly #descriptors: ThresholdTrigger;
  readonly #memory: MemoryTrigger;
  readonly #loopLag: ThresholdTrigger;
  #timer: Timer | undefined;
  #cause: OverloadCause | undefined;
  #descriptorShare = 0;
  #memoryShare = 0;
  #loopLagMs = 0;
  #lastLagMs = 0;
  #nextResourcesMs = -Infinity;

  /** `onChange` is told each new cause, undefined when nothing is shed any more; never before `start` returns. */
  constructor(
    settings: OverloadSettings,
    runtime: Pick<Runtime, "clock" | "resources">,
    onChange: (cause: OverloadCause | undefined) => void,
  ) {
    this.#runtime = runtime;
    this.#onChange = onChange;
    this.#descriptors = new ThresholdTrigger(
      settings.descriptorShare,
      settings.descriptorShare * descriptorsEnd.share,
      descriptorsEnd.readings,
    );
    this.#memory = new MemoryTrigger(settings.memoryShare);
    this.#loopLag = new ThresholdTrigger(
      settings.loopLagMs,
      settings.loopLagMs * loopLagEnd.share,
      loopLagEnd.readings,
    );
  }

  /** Why new connections are to be refused now; undefined when they are not. */
  get cause(): OverloadCause | undefined {
    return this.#cause;
  }

  get readings(): OverloadReadings {
    return {
      descriptorShare: this.#descriptorShare,
      memoryShare: this.#memoryShare,
      loopLagMs: this.#loopLagMs,
    };
  }

  /** Starts to measure: first 100 ms from now. */
  start(): void {
    if (this.#timer === undefined) this.#schedule(this.#runtime.clock.now());
  }

  /** Stops to measure; from here on there is no cause, and nobody is told. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#cause = undefined;
  }

  #schedule(nowMs: number): void {
    this.#timer = this.#runtime.clock.after(tickMs, () => this.#tick(nowMs + tickMs));
  }

  #tick(dueMs: number): void {
    const now = this.#runtime.clock.now();
    this.#schedule(now);
    this.#takeLag(Math.max(0, now - dueMs));
    if (now >= this.#nextResourcesMs) {
      this.#nextResourcesMs = now + resourcesMs;
      this.#takeResources(this.#runtime.resources(), now);
    }
    const cause = this.#judge();
    if (cause === this.#cause) return;
    this.#cause = cause;
    this.#onChange(cause);
  }

  #takeLag(lagMs: number): void {
    this.#loopLagMs = Math.min(lagMs, this.#lastLagMs);
    this.#lastLagMs = lagMs;
    this.#loopLag.take(this.#loopLagMs);
  }

  #takeResources(resources: Resources, nowMs: number): void {
    this.#descriptorShare = shareOf(resources.openDescriptors, resources.maxDescriptors);
    this.#memoryShare = shareOf(resources.memoryBytes, resources.maxMemoryBytes);
    this.#descriptors.take(this.#descriptorShare);
    this.#memory.take(this.#memoryShare, nowMs);
  }

  /** Several may hold: the one that breaks connections soonest is told. */
  #judge(): OverloadCause | undefined {
    if (this.#descriptors.on) return "descriptors";
    if (this.#memory.on) return "memory";
    return this.#loopLag.on ? "loop-lag" : undefined;
  }
}

function shareOf(used: number, limit: number): number {
  return limit < Infinity ? used / limit : 0;
}
