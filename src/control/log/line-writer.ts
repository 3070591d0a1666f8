import type { Clock, Timer } from "../../core/runtime/clock.ts";

/** Where lines go in the end. */
export interface ByteOutput {
  /** Writes in the background and calls `done` once, with the part that was not written. */
  write(bytes: Uint8Array, done: (rest: Uint8Array) => void): void;
  /** Writes before it returns; may give up after a moment when nobody reads. */
  writeNow(bytes: Uint8Array): void;
}

/** How long a line may wait for company: one write for many lines. */
const flushMs = 100;
/** How soon the rest of a write is tried again when the reader has taken a part: a pipe holds only 64 KiB. */
const retryMs = 5;
/** From here on lines are written at once. */
const flushChars = 64 * 1024;
/** From here on lines are dropped and counted: a reader that stalls must not fill the memory. */
const maxChars = 4 * 1024 * 1024;
/** How long the end of the process waits for a reader that stalls. */
const endMs = 2000;

const nothing = new Uint8Array(0);

/** Gathers log lines and writes them in batches, off the byte path and within bounded memory. */
export class LineWriter {
  /** Lines lost because the reader did not keep up. */
  dropped = 0;
  readonly #output: ByteOutput;
  readonly #clock: Clock;
  #waiting: string[] = [];
  #waitingChars = 0;
  /** Of the write under way, or of what the last one left. */
  #unwrittenBytes = 0;
  #timer: Timer | undefined;
  #writing = false;
  /** What the last write left; it goes first. */
  #rest: Uint8Array = nothing;
  #whenEmpty: (() => void) | undefined;

  constructor(output: ByteOutput, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  /** Takes a line, with its newline, or several. */
  write(lines: string): void {
    if (this.#unwrittenBytes + this.#waitingChars + lines.length > maxChars) {
      this.dropped += lines.split("\n").length - 1;
      return;
    }
    this.#waiting.push(lines);
    this.#waitingChars += lines.length;
    if (this.#writing) return;
    if (this.#waitingChars >= flushChars && this.#rest.byteLength === 0) this.#flush();
    else this.#timer ??= this.#clock.after(flushMs, () => this.#flush());
  }

  /** Resolves when all lines are written, or after two seconds: the end of a process that ends in good order. */
  async end(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(endMs, resolve);
      this.#whenEmpty = () => {
        timer.cancel();
        resolve();
      };
      if (!this.#writing) this.#flush();
    });
  }

  /** Writes what waits before it returns, or gives up: the end of a process that ends at once. */
  flushNow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    // What is under way in the background cannot be taken back, and must not come twice.
    const bytes = this.#take();
    if (!this.#writing) this.#unwrittenBytes = 0;
    if (bytes.byteLength > 0) this.#output.writeNow(bytes);
  }

  #take(): Uint8Array {
    const text = new TextEncoder().encode(this.#waiting.join(""));
    this.#waiting = [];
    this.#waitingChars = 0;
    const rest = this.#rest;
    this.#rest = nothing;
    if (rest.byteLength === 0) return text;
    if (text.byteLength === 0) return rest;
    const both = new Uint8Array(rest.byteLength + text.byteLength);
    both.set(rest);
    both.set(text, rest.byteLength);
    return both;
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const bytes = this.#take();
    if (bytes.byteLength === 0) {
      this.#whenEmpty?.();
      return;
    }
    this.#writing = true;
    this.#unwrittenBytes = bytes.byteLength;
    this.#output.write(bytes, (rest) => {
      this.#writing = false;
      this.#rest = rest;
      this.#unwrittenBytes = rest.byteLength;
      const soonMs = rest.byteLength < bytes.byteLength ? retryMs : flushMs;
      if (rest.byteLength > 0) this.#timer ??= this.#clock.after(soonMs, () => this.#flush());
      else if (this.#whenEmpty !== undefined) this.#flush();
      else if (this.#waitingChars > 0) this.#timer ??= this.#clock.after(flushMs, () => this.#flush());
    });
  }
}
