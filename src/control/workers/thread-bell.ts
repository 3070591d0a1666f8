import type { Bell } from "../../core/memory/bell.ts";
import type { Clock } from "../../core/runtime/clock.ts";

/**
 * The bell between threads: a flag each in shared memory, on which it waits without blocking (`Atomics.waitAsync`,
 * ECMAScript 2024). Ringing twice before a thread has woken wakes it once.
 */
export class ThreadBell implements Bell {
  /** One flag a thread: 1 while it is to wake. */
  readonly #flags: Int32Array<SharedArrayBuffer>;
  readonly #thread: number;
  readonly #clock: Clock;
  #stopped = false;

  /** `thread` is the own place among the flags of `makeBellBuffer`. */
  constructor(buffer: SharedArrayBuffer, thread: number, clock: Clock) {
    this.#flags = new Int32Array(buffer);
    this.#thread = thread;
    this.#clock = clock;
  }

  ring(): void {
    for (let thread = 0; thread < this.#flags.length; thread++) {
      if (thread === this.#thread || Atomics.exchange(this.#flags, thread, 1) === 1) continue;
      Atomics.notify(this.#flags, thread);
    }
  }

  /** Calls `onRing` after others have rung, until `stop`. */
  listen(onRing: () => void): void {
    const wait = (): void => {
      if (this.#stopped) return;
      const { async, value } = Atomics.waitAsync(this.#flags, this.#thread, 0);
      // Not at once when it has rung already: sockets have their turn between two rings.
      if (async) void value.then(woken);
      else this.#clock.after(0, woken);
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
    Atomics.store(this.#flags, this.#thread, 1);
    Atomics.notify(this.#flags, this.#thread);
  }
}

/** The shared flags of so many threads. */
export function makeBellBuffer(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT);
}
