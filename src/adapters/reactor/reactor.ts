import type { Address } from "../../core/runtime/address.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import { BlockPool } from "./block-pool.ts";
import type { Block, Libc } from "./libc/libc.ts";
import type { Loop } from "./loop.ts";
import type { Outbox } from "./outbox.ts";
import { PipePool } from "./pipe-pool.ts";
import type { Poll } from "./poll.ts";
import { EINTR, MSG_NOSIGNAL, SO_LINGER, SOL_SOCKET } from "./linux.ts";
import { readSocketAddress, socketAddressBytes } from "./socket-address.ts";

/** One read takes at most this. */
const readBytes = 128 * 1024;
/** So many views of what was read are kept, by their size. */
const keptViews = 64;
/** Other bytes are copied in pieces of this. */
const scratchBytes = 64 * 1024;

/** What all sockets of a thread share. */
export class Reactor {
  readonly libc: Libc;
  readonly poll: Poll;
  readonly loop: Loop;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly pool: BlockPool;
  readonly pipes: PipePool;
  /** Where reads put their bytes: a read is over, and told, before the next one starts. */
  readonly readBlock: Block;
  /** For addresses, options and their lengths in calls that are over when they return. */
  readonly address: Block;
  readonly length: Block;
  readonly #lengthWords: Int32Array;
  readonly #value: Block;
  readonly #valueWords: Int32Array;
  /** For bytes that are not in memory of ours, on their way to the kernel. */
  readonly #scratch: Block;
  #view: Uint8Array;
  /** By the low bits of their sizes. */
  readonly #views: Uint8Array[];
  /** Why the last `send` took only a part; 0 when the kernel just took no more. */
  sendError = 0;

  constructor(
    libc: Libc,
    { poll, loop, outbox }: { readonly poll: Poll; readonly loop: Loop; readonly outbox: Outbox },
    clock: Clock,
  ) {
    this.libc = libc;
    this.poll = poll;
    this.loop = loop;
    this.outbox = outbox;
    this.clock = clock;
    this.pool = new BlockPool(libc);
    this.pipes = new PipePool(libc);
    this.readBlock = libc.allocate(readBytes);
    this.address = libc.allocate(socketAddressBytes + 2);
    this.length = libc.allocate(4);
    this.#lengthWords = new Int32Array(this.length.bytes.buffer);
    this.#value = libc.allocate(8);
    this.#valueWords = new Int32Array(this.#value.bytes.buffer);
    this.#scratch = libc.allocate(scratchBytes);
    this.#view = this.readBlock.bytes;
    this.#views = Array.from({ length: keptViews }, () => this.#view);
  }

  /** What the last read brought. Messages are often as long as others before, so views are used again: a new one costs more than a call. */
  read(count: number): Uint8Array {
    if (this.#view.byteLength === count) return this.#view;
    const place = count % keptViews;
    let view = this.#views[place] as Uint8Array;
    if (view.byteLength !== count) {
      view = new Uint8Array(this.readBlock.bytes.buffer, 0, count);
      this.#views[place] = view;
    }
    this.#view = view;
    return view;
  }

  /** Sends what the kernel takes of `bytes`, once: how much that was, or the error. */
  send(fd: number, bytes: Uint8Array): number {
    const { libc, readBlock } = this;
    this.sendError = 0;
    // What was just read, whole: the common case, told by the view alone.
    if (bytes === this.#view) {
      const result = libc.send(fd, readBlock, 0, bytes.byteLength, MSG_NOSIGNAL);
      if (result !== EINTR) return result;
    }
    if (bytes.buffer === readBlock.bytes.buffer) {
      let result = EINTR;
      while (result === EINTR) result = libc.send(fd, readBlock, bytes.byteOffset, bytes.byteLength, MSG_NOSIGNAL);
      return result;
    }
    let sent = 0;
    while (sent < bytes.byteLength) {
      const count = Math.min(scratchBytes, bytes.byteLength - sent);
      // A view costs as much as a small copy.
      this.#scratch.bytes.set(count === bytes.byteLength ? bytes : bytes.subarray(sent, sent + count));
      const result = libc.send(fd, this.#scratch, 0, count, MSG_NOSIGNAL);
      if (result === EINTR) continue;
      if (result < 0) {
        this.sendError = result;
        return sent > 0 ? sent : result;
      }
      sent += result;
      if (result < count) break;
    }
    return sent;
  }

  /** Sets an option that is an int. Answers 0, or the error. */
  setOption(fd: number, level: number, option: number, value: number): number {
    this.#valueWords[0] = value;
    return this.libc.setsockopt(fd, level, option, this.#value, 4);
  }

  /** An option that is an int; 0 where it cannot be read. */
  option(fd: number, level: number, option: number): number {
    this.#lengthWords[0] = 4;
    const result = this.libc.getsockopt(fd, level, option, this.#value, this.length);
    return result < 0 ? 0 : (this.#valueWords[0] as number);
  }

  /** Closes with RST, where the socket knows that. */
  closeWithReset(fd: number): void {
    this.#valueWords[0] = 1;
    this.#valueWords[1] = 0;
    this.libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, this.#value, 8);
    this.libc.close(fd);
  }

  /** Before a call that fills in `address`. */
  wantAddress(): void {
    this.#lengthWords[0] = this.address.bytes.byteLength;
  }

  /** Our own address on a socket; undefined when it has none that says something. */
  localAddress(fd: number): Address | undefined {
    this.wantAddress();
    const result = this.libc.getsockname(fd, this.address, this.length);
    return result < 0 ? undefined : readSocketAddress(this.address.bytes);
  }
}
