import type { Clock, Timer } from "../../core/runtime/clock.ts";

/** Where lines go in the end. */
export interface TextOutput {
  /** Writes in the background and calls `done` once, with the part that was not written. */
  write(text: string, done: (rest: string) => void): void;
  /** Writes before it returns. */
  writeNow(text: string): void;
}

/** How long a line may wait for company: one write for many lines. */
const flushMs = 100;
/** From here on lines are written at once. */
const flushChars = 64 * 1024;
/** From here on lines are dropped and counted: a reader that stalls must not fill the memory. */
const maxChars = 4 * 1024 * 1024;

/** Gathers log lines and writes them in batches, off the byte path and within bounded memory. */
export class LineWriter {
  /** Lines lost because the reader did not keep up. */
  dropped = 0;
  readonly #output: TextOutput;
  readonly #clock: Clock;
  #waiting: string[] = [];
  #waitingChars = 0;
  #timer: Timer | undefined;
  #writing = "";

  constructor(output: TextOutput, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  /** Takes a line, with its newline. */
  write(line: string): void {
    if (this.#waitingChars + line.length > maxChars) {
      this.dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (this.#writing !== "") return;
    if (this.#waitingChars >= flushChars) this.#flush();
    else this.#timer ??= this.#clock.after(flushMs, () => this.#flush());
  }

  /** Writes all that waits before it returns: for the end of the process. */
  flushNow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    // What is under way in the background is on its way; writing it again would double it.
    const text = this.#take();
    if (text !== "") this.#output.writeNow(text);
  }

  #take(): string {
    const text = this.#waiting.join("");
    this.#waiting = [];
    this.#waitingChars = 0;
    return text;
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#send(this.#take());
  }

  #send(text: string): void {
    if (text === "") return;
    this.#writing = text;
    this.#output.write(text, (rest) => {
      this.#writing = "";
      if (rest !== "") {
        // Full for now: try the rest again before anything newer.
        this.#waiting.unshift(rest);
        this.#waitingChars += rest.length;
      }
      if (this.#waitingChars > 0) this.#timer ??= this.#clock.after(flushMs, () => this.#flush());
    });
  }
}
