import type { BlockPool } from "./block-pool.ts";
import { EINTR, MSG_NOSIGNAL } from "./linux.ts";
import type { Block, Libc } from "./libc/libc.ts";
import type { Pipe, PipePool } from "./pipe-pool.ts";

/** What all queues of a thread share. */
export interface WriteMeans {
  readonly libc: Libc;
  readonly pool: BlockPool;
  readonly pipes: PipePool;
}

/** What a socket's kernel buffer has no room for: first what is in a pipe, then bytes in blocks of the pool. */
export class WriteQueue {
  #pipe: Pipe | undefined;
  readonly #blocks: Block[] = [];
  /** Where what waits begins in the first block. */
  #start = 0;
  /** Where it ends in the last. */
  #end = 0;
  #blockBytes = 0;

  /** `pipe` is the queue's from here on. */
  constructor(pipe?: Pipe) {
    this.#pipe = pipe;
  }

  get byteLength(): number {
    return this.#blockBytes + (this.#pipe === undefined ? 0 : this.#pipe.byteLength);
  }

  /** Copies `bytes` behind what waits. */
  push(bytes: Uint8Array, { pool }: WriteMeans): void {
    let offset = 0;
    while (offset < bytes.byteLength) {
      let last = this.#blocks.at(-1);
      if (last === undefined || this.#end === last.bytes.byteLength) {
        last = pool.take(bytes.byteLength - offset);
        this.#blocks.push(last);
        this.#end = 0;
      }
      const count = Math.min(bytes.byteLength - offset, last.bytes.byteLength - this.#end);
      last.bytes.set(bytes.subarray(offset, offset + count), this.#end);
      this.#end += count;
      offset += count;
    }
    this.#blockBytes += bytes.byteLength;
  }

  /** Sends all of it, or what the kernel takes: answers 0, or the error that came then, such as EAGAIN. */
  flush(fd: number, { libc, pool, pipes }: WriteMeans): number {
    if (this.#pipe !== undefined) {
      const result = this.#pipe.drain(fd);
      if (result < 0) return result;
      pipes.give(this.#pipe);
      this.#pipe = undefined;
    }
    for (let first = this.#blocks[0]; first !== undefined; first = this.#blocks[0]) {
      const end = this.#blocks.length === 1 ? this.#end : first.bytes.byteLength;
      const sent = libc.send(fd, first, this.#start, end - this.#start, MSG_NOSIGNAL);
      if (sent === EINTR) continue;
      if (sent < 0) return sent;
      this.#start += sent;
      this.#blockBytes -= sent;
      if (this.#start < end) continue;
      this.#start = 0;
      this.#blocks.shift();
      pool.give(first);
    }
    return 0;
  }

  /** Drops what waits. */
  clear({ pool, pipes }: WriteMeans): void {
    if (this.#pipe !== undefined) pipes.give(this.#pipe);
    this.#pipe = undefined;
    for (const block of this.#blocks) pool.give(block);
    this.#blocks.length = 0;
    this.#blockBytes = 0;
  }
}
