import { EINTR, EPIPE, F_SETPIPE_SZ, O_CLOEXEC, O_NONBLOCK, SPLICE_F_MOVE, SPLICE_F_NONBLOCK } from "./linux.ts";
import type { Block, Libc } from "./libc/libc.ts";

/** What a pipe shall hold; without the right to so much it holds 64 KiB (pipe(7), pipe-max-size). */
const pipeBytes = 1024 * 1024;
/** Each has two descriptors, and no connection must lack those (core/limits/connection-count.ts): more go through memory. */
const maxPipes = 16;

/** A pipe in the kernel, through which bytes go from one socket to another without being copied. */
export class Pipe {
  readonly #libc: Libc;
  readonly readEnd: number;
  readonly writeEnd: number;
  /** What is in it. */
  byteLength = 0;

  constructor(libc: Libc, readEnd: number, writeEnd: number) {
    this.#libc = libc;
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
  }

  /** Takes what a socket has. Answers how much that was, or the error; 0 is its FIN. */
  fill(from: number): number {
    const count = this.#libc.splice(from, this.writeEnd, pipeBytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (count > 0) this.byteLength += count;
    return count;
  }

  /** Gives a socket what it takes. Answers 0 when all is given, or the error. */
  drain(to: number): number {
    while (this.byteLength > 0) {
      const count = this.#libc.splice(this.readEnd, to, this.byteLength, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
      if (count === EINTR) continue;
      // Nothing taken and no error: a socket that takes nothing any more.
      if (count <= 0) return count === 0 ? EPIPE : count;
      this.byteLength -= count;
    }
    return 0;
  }
}

/** The pipes of a thread, used again and again. */
export class PipePool {
  readonly #libc: Libc;
  readonly #ends: Block;
  readonly #endWords: Int32Array;
  readonly #idle: Pipe[] = [];
  #count = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#ends = libc.allocate(8);
    this.#endWords = new Int32Array(this.#ends.bytes.buffer);
  }

  /** An empty pipe; undefined when all are in use, or the system has none. */
  take(): Pipe | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#count === maxPipes) return idle;
    if (this.#libc.pipe(this.#ends, O_NONBLOCK | O_CLOEXEC) < 0) return undefined;
    const [readEnd, writeEnd] = this.#endWords as unknown as readonly [number, number];
    this.#libc.fcntl(writeEnd, F_SETPIPE_SZ, pipeBytes);
    this.#count++;
    return new Pipe(this.#libc, readEnd, writeEnd);
  }

  /** Gives a pipe back. What is still in it is thrown away. */
  give(pipe: Pipe): void {
    if (pipe.byteLength === 0) {
      this.#idle.push(pipe);
      return;
    }
    this.#libc.close(pipe.readEnd);
    this.#libc.close(pipe.writeEnd);
    this.#count--;
  }
}
