import type { ByteOutput } from "../log/line-writer.ts";
import type { MainThread } from "./thread.ts";

/** Log lines of a worker on their way to the main thread: one batch at a time, so that what waits is bounded here. */
export class WorkerLogOutput implements ByteOutput {
  readonly #main: MainThread;
  /** Lines lost so far, and how many of them the main thread knows of. */
  readonly #dropped: () => number;
  #toldDropped = 0;
  #done: ((rest: Uint8Array) => void) | undefined;

  constructor(main: MainThread, dropped: () => number) {
    this.#main = main;
    this.#dropped = dropped;
  }

  write(bytes: Uint8Array, done: (rest: Uint8Array) => void): void {
    this.#done = done;
    this.writeNow(bytes);
  }

  writeNow(bytes: Uint8Array): void {
    const dropped = this.#dropped();
    this.#main.post({ type: "log", bytes, dropped: dropped - this.#toldDropped });
    this.#toldDropped = dropped;
  }

  /** The main thread has taken the last batch. */
  taken(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(new Uint8Array(0));
  }
}
