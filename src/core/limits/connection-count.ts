import type { SharedMemory } from "../memory/shared-memory.ts";
import { Total } from "../memory/total.ts";
import { Word } from "../memory/word.ts";

/**
 * How many descriptors are not for client connections, at least: the runtime's own, listeners, probes, the admin
 * address, log files. (The runtimes open about 20 to 30 by themselves.) Of a limit that is smaller, at most half.
 */
const reservedDescriptors = 128;
/**
 * What they come to when there is much: the process has so many of its own, and a worker so many: its loop and its thread
 * have up to six, the reactor three, and its pipes for bulk 32.
 */
const processDescriptors = 64;
const workerDescriptors = 44;

/** Counts what runs against a bound, in all workers: for the process, and for each listener. */
export class ConnectionCount {
  /** How many there may be at a time; Infinity is no bound. */
  readonly limit: number;
  readonly #active: Total;
  readonly #peak: Word;

  constructor(limit: number, memory: SharedMemory) {
    this.limit = limit;
    this.#active = new Total(memory);
    this.#peak = new Word(memory);
  }

  /** How many run. Below zero means that something left twice: it is shown, not hidden, and never thrown. */
  get active(): number {
    return this.#active.value;
  }

  /** The most that ever ran at a time. */
  get peak(): number {
    return this.#peak.value;
  }

  /** How many of them run in one worker. */
  of(worker: number): number {
    return this.#active.of(worker);
  }

  /** One more, unless the bound is reached: then false, and there is nothing to leave. */
  enter(): boolean {
    if (!this.#active.enter(this.limit)) return false;
    this.#peak.raise(this.#active.value);
    return true;
  }

  /** One that entered is over. */
  leave(): void {
    this.#active.leave();
  }
}

/**
 * The bound of the process' client connections. `auto` is what the limit of open descriptors allows: each connection
 * takes two, one to the client and one to the endpoint, and 128 are kept back, more with many workers or listeners, or
 * half of them when that is less. At least 1; without a limit Infinity.
 */
export function maxConnectionsFor(
  setting: number | "auto",
  maxDescriptors: number,
  { workers, listeners }: { readonly workers: number; readonly listeners: number },
): number {
  if (setting !== "auto") return setting;
  const own = Math.max(reservedDescriptors, processDescriptors + workers * (listeners + workerDescriptors));
  return Math.max(1, Math.floor((maxDescriptors - Math.min(own, maxDescriptors / 2)) / 2));
}
