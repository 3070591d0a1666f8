import type { Bell } from "../../core/memory/bell.ts";
import type { Clock, Timer } from "../../core/runtime/clock.ts";

/** The flags of a bell, one a thread: 1 while it is to wake. */
export type BellFlags = Int32Array<SharedArrayBuffer>;

/** How threads wait for their flags; a parameter as time is, so that the simulator can decide when they wake. */
export interface FlagWaits {
  /** Calls `onWoken` once after a `notify`; false when the flag is 1 already: then nobody waits. */
  wait(flags: BellFlags, thread: number, onWoken: () => void): boolean;
  /** Wakes the thread if it waits. */
  notify(flags: BellFlags, thread: number): void;
}

/** Without blocking: `Atomics.waitAsync`, ECMAScript 2024. */
export const atomicWaits: FlagWaits = {
  wait(flags, thread, onWoken) {
    const { async, value } = Atomics.waitAsync(flags, thread, 0);
    if (async) void value.then(onWoken);
    return async;
  },
  notify(flags, thread) {
    Atomics.notify(flags, thread);
  },
};

/** What a thread's bell is made in. */
export interface BellContext {
  readonly clock: Clock;
  readonly waits: FlagWaits;
}

/** The bell between threads: a flag each in shared memory. Ringing twice before a thread has woken wakes it once. */
export class ThreadBell implements Bell {
  readonly #flags: BellFlags;
  readonly #thread: number;
  readonly #clock: Clock;
  readonly #waits: FlagWaits;
  #stopped = false;
  #timer: Timer | undefined;

  /** `thread` is the own place among the flags of `makeBellBuffer`. */
  constructor(buffer: SharedArrayBuffer, thread: number, { clock, waits }: BellContext) {
    this.#flags = new Int32Array(buffer);
    this.#thread = thread;
    this.#clock = clock;
    this.#waits = waits;
  }

  ring(): void {
    for (let thread = 0; thread < this.#flags.length; thread++) {
      if (thread === this.#thread || Atomics.exchange(this.#flags, thread, 1) === 1) continue;
      this.#waits.notify(this.#flags, thread);
    }
  }

  /** Calls `onRing` after others have rung, until `stop`. */
  listen(onRing: () => void): void {
    const wait = (): void => {
      if (this.#stopped) return;
      // Not at once when it has rung already: sockets have their turn between two rings.
      if (!this.#waits.wait(this.#flags, this.#thread, woken)) this.#timer = this.#clock.after(0, woken);
    };
    const woken = (): void => {
      if (this.#stopped) return;
      Atomics.store(this.#flags, this.#thread, 0);
      onRing();
      wait();
    };
    wait();
  }

  /** Leaves nothing waiting. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    Atomics.store(this.#flags, this.#thread, 1);
    this.#waits.notify(this.#flags, this.#thread);
  }
}

/** The shared flags of so many threads. */
export function makeBellBuffer(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT);
}
