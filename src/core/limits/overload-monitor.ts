import type { SharedMemory } from "../memory/shared-memory.ts";
import { Word } from "../memory/word.ts";
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

/**
 * What a thread measures: `resources` of the process are one thread's matter, the lag of its `loop` each worker's; a
 * thread that is alone measures all.
 */
export type OverloadScope = "all" | "resources" | "loop";

/** What the monitor is made in. */
export interface OverloadContext {
  readonly runtime: Pick<Runtime, "clock" | "resources">;
  readonly memory: SharedMemory;
  readonly scope: OverloadScope;
}

/** What was last measured. Shares are of the limit, 0 where there is none. */
export interface OverloadReadings {
  readonly descriptorShare: number;
  readonly memoryShare: number;
  /** The smaller one of the last two; of several workers the one that is worst off. */
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
 *
 * What the process lacks holds for all workers; a worker whose loop lags sheds for itself.
 */
export class OverloadMonitor {
  readonly #runtime: Pick<Runtime, "clock" | "resources">;
  readonly #onChange: (cause: OverloadCause | undefined) => void;
  readonly #descriptors: ThresholdTrigger;
  readonly #memory: MemoryTrigger;
  readonly #loopLag: ThresholdTrigger;
  readonly #scope: OverloadScope;
  readonly #sharedMemory: SharedMemory;
  /** What the process lacks, as its place in `resourceCauses`. */
  readonly #resourceCause: Word;
  /** Whether each worker's loop lags, and by how much: the latter in `numbers`. */
  readonly #lagging: readonly Word[];
  readonly #lags: number;
  #timer: Timer | undefined;
  /** The last cause that was told of. */
  #told: OverloadCause | undefined;
  #descriptorShare = 0;
  #memoryShare = 0;
  #lastLagMs = 0;
  #nextResourcesMs = -Infinity;

  /**
   * `onChange` is told each new cause, undefined when nothing is shed any more; never before `start` returns, and
   * never with the scope `loop`.
   */
  constructor(
    settings: OverloadSettings,
    { runtime, memory, scope }: OverloadContext,
    onChange: (cause: OverloadCause | undefined) => void,
  ) {
    this.#runtime = runtime;
    this.#scope = scope;
    this.#sharedMemory = memory;
    this.#resourceCause = new Word(memory);
    this.#lagging = Array.from({ length: memory.workers }, () => new Word(memory));
    this.#lags = memory.takeNumbers(memory.workers);
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

  /**
   * Why new connections are to be refused now; undefined when they are not. In a thread without a worker's row: why
   * some worker refuses them.
   */
  get cause(): OverloadCause | undefined {
    const lacking = resourceCauses[this.#resourceCause.value];
    if (lacking !== undefined) return lacking;
    const own = this.#lagging[this.#sharedMemory.worker];
    const lags = own === undefined ? this.#lagging.some(({ value }) => value !== 0) : own.value !== 0;
    return lags ? "loop-lag" : undefined;
  }

  get readings(): OverloadReadings {
    const { numbers, workers } = this.#sharedMemory;
    return {
      descriptorShare: this.#descriptorShare,
      memoryShare: this.#memoryShare,
      loopLagMs: Math.max(...numbers.subarray(this.#lags, this.#lags + workers)),
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
    if (this.#scope !== "loop") this.#resourceCause.value = 0;
    if (this.#scope !== "resources") this.reclaim(this.#sharedMemory.worker);
  }

  /** A worker is over: its loop does not lag any more. */
  reclaim(worker: number): void {
    const lagging = this.#lagging[worker];
    if (lagging !== undefined) lagging.value = 0;
    this.#sharedMemory.numbers[this.#lags + worker] = 0;
  }

  #schedule(nowMs: number): void {
    this.#timer = this.#runtime.clock.after(tickMs, () => this.#tick(nowMs + tickMs));
  }

  #tick(dueMs: number): void {
    const now = this.#runtime.clock.now();
    this.#schedule(now);
    if (this.#scope !== "resources") this.#takeLag(Math.max(0, now - dueMs));
    if (this.#scope !== "loop" && now >= this.#nextResourcesMs) {
      this.#nextResourcesMs = now + resourcesMs;
      this.#takeResources(this.#runtime.resources(), now);
    }
    const { cause } = this;
    // Of the workers' loops too, the one thread tells that watches the process.
    if (this.#scope === "loop" || cause === this.#told) return;
    this.#told = cause;
    this.#onChange(cause);
  }

  #takeLag(lagMs: number): void {
    const { numbers, worker } = this.#sharedMemory;
    const loopLagMs = Math.min(lagMs, this.#lastLagMs);
    numbers[this.#lags + worker] = loopLagMs;
    this.#lastLagMs = lagMs;
    this.#loopLag.take(loopLagMs);
    const lagging = this.#lagging[worker];
    if (lagging !== undefined) lagging.value = Number(this.#loopLag.on);
  }

  #takeResources(resources: Resources, nowMs: number): void {
    this.#descriptorShare = shareOf(resources.openDescriptors, resources.maxDescriptors);
    this.#memoryShare = shareOf(resources.memoryBytes, resources.maxMemoryBytes);
    this.#descriptors.take(this.#descriptorShare);
    this.#memory.take(this.#memoryShare, nowMs);
    // Several may hold: the one that breaks connections soonest is told.
    const cause = this.#descriptors.on ? "descriptors" : this.#memory.on ? "memory" : undefined;
    this.#resourceCause.value = resourceCauses.indexOf(cause);
  }
}

/** In the memory by their index. */
const resourceCauses: readonly (OverloadCause | undefined)[] = [undefined, "descriptors", "memory"];

function shareOf(used: number, limit: number): number {
  return limit < Infinity ? used / limit : 0;
}
