import type { ByteOutput } from "../log/line-writer.ts";
import type { MainThread } from "./thread.ts";

/** Log lines of a worker on their way to the main thread: one batch at a time, so that what waits is bounded here. */
export class WorkerLogOutput implements ByteOutput {
  readonly #main: MainThread;
  #done: ((rest: Uint8Array) => void) | undefined;

  constructor(main: MainThread) {
    this.#main = main;
  }

  write(bytes: Uint8Array, done: (rest: Uint8Array) => void): void {
    this.#done = done;
    this.writeNow(bytes);
  }

  writeNow(bytes: Uint8Array): void {
    this.#main.post({ type: "log", bytes });
  }

  /** The main thread has taken the last batch. */
  taken(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(new Uint8Array(0));
  }
}
