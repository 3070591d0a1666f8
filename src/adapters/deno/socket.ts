/** The port's socket over `Deno.Conn`: its promises end here. */
import type { Address } from "../../core/runtime/address.ts";
import type { SocketOptions } from "../../core/runtime/runtime.ts";
import { type CloseReason, type Socket, type SocketHandler, ignoreSocket } from "../../core/runtime/socket.ts";
import { closeReason } from "../compat/error-codes.ts";
import { tcpAddress } from "../compat/net-address.ts";
import type { DenoAddress, DenoConn } from "./deno-api.ts";
import { type ReadBuffer, lend, lender, nextSize, smallestSize, takeReadBuffer } from "./read-buffer.ts";

/** Bytes that wait behind a pending write; the read buffer that they are a part of is held. */
interface Chunk {
  readonly bytes: Uint8Array;
  readonly buffer: ReadBuffer | undefined;
}

/**
 * What waits and is smaller than this part of its read buffer is copied, so that what waits takes at most four times
 * its size.
 */
const copyBelowPart = 1 / 4;

/** What every TCP sends in one segment (RFC 9293 3.7.1). */
const leastSegmentBytes = 536;

/**
 * What Deno 2.9 does differently, and is made good here:
 * - reads and writes are promises: one read is pending while not paused, one write while anything waits;
 * - a pending read cannot be taken back: what it brings while paused is held until `resume`;
 * - `write` takes a part: the rest is written next;
 * - it never sends RST: `reset` closes.
 */
export class DenoSocket implements Socket {
  handler: SocketHandler = ignoreSocket;
  readonly #conn: DenoConn;
  readonly #unixAddress: Address | undefined;
  readonly #highWaterMarkBytes: number;
  #paused = true;
  #reading = false;
  /** `onData` is running. */
  #delivering = false;
  /** What the pending read fills, or holds the bytes that wait for `resume`. */
  #readBuffer: ReadBuffer | undefined = undefined;
  /** What a read brought while paused: bytes in `#readBuffer`, 0 for nothing, -1 for the peer's FIN. */
  #heldBytes = 0;
  /** For the next read. */
  #readSize: number = smallestSize;
  /** What the pending write still has to send. */
  #head: Uint8Array | undefined = undefined;
  #headBuffer: ReadBuffer | undefined = undefined;
  /** What follows it. */
  #waiting: Chunk[] | undefined = undefined;
  #queuedBytes = 0;
  #hasWritten = false;
  /** TCP_NODELAY is set, or there is no such option. */
  #noDelay = false;
  #drainOwed = false;
  #peerEnded = false;
  #endRequested = false;
  #finSent = false;
  #closed = false;
  readonly #onRead = (bytes: number | null): void => this.#gotRead(bytes);
  readonly #onWritten = (bytes: number): void => this.#gotWritten(bytes);
  readonly #onFail = (error: unknown): void => this.#fail(error);

  constructor(conn: DenoConn, unixAddress: Address | undefined, options: SocketOptions) {
    this.#conn = conn;
    this.#unixAddress = unixAddress;
    this.#highWaterMarkBytes = options.highWaterMarkBytes;
    if (options.keepAliveMs > 0) conn.setKeepAlive?.(true);
  }

  get remoteAddress(): Address {
    return this.#unixAddress ?? fromDeno(this.#conn.remoteAddr);
  }

  get localAddress(): Address {
    return this.#unixAddress ?? fromDeno(this.#conn.localAddr);
  }

  get bufferedBytes(): number {
    return this.#queuedBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#endRequested) return true;
    this.#queuedBytes += bytes.byteLength;
    const buffer = lender(bytes);
    if (this.#head !== undefined) {
      this.#wait(bytes, buffer);
    } else {
      buffer?.hold();
      this.#headBuffer = buffer;
      this.#writeHead(bytes);
    }
    if (this.#queuedBytes < this.#highWaterMarkBytes) return true;
    this.#drainOwed = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    // Inside `onData` the buffer is in use; the next read follows when it returns.
    if (this.#delivering) return;
    if (this.#heldBytes !== 0) queueMicrotask(() => this.#deliverHeld());
    else this.#read();
  }

  end(): void {
    if (this.#closed || this.#endRequested) return;
    this.#endRequested = true;
    if (this.#head === undefined) this.#sendFin();
  }

  reset(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#close();
    queueMicrotask(() => this.handler.onClose("local"));
  }

  // --- reading ---

  #read(): void {
    if (this.#reading || this.#peerEnded) return;
    this.#reading = true;
    const buffer = takeReadBuffer(this.#readSize);
    this.#readBuffer = buffer;
    this.#conn.read(buffer.bytes).then(this.#onRead, this.#onFail);
  }

  #gotRead(bytes: number | null): void {
    this.#reading = false;
    // The peer's FIN is null or, from the cheaper call, 0.
    this.#heldBytes = bytes || -1;
    if (this.#closed || this.#heldBytes < 0) this.#releaseReadBuffer();
    if (!this.#paused) this.#deliverHeld();
  }

  #releaseReadBuffer(): void {
    this.#readBuffer?.release();
    this.#readBuffer = undefined;
  }

  #deliverHeld(): void {
    if (this.#paused || this.#closed || this.#heldBytes === 0) return;
    const count = this.#heldBytes;
    this.#heldBytes = 0;
    const buffer = this.#readBuffer;
    if (buffer === undefined) {
      this.#peerEnded = true;
      this.handler.onEnd();
      this.#closeIfBothEnded();
      return;
    }
    const { bytes } = buffer;
    // Held until `onData` returns: `#close` may come from there.
    this.#readBuffer = undefined;
    this.#delivering = true;
    lend(buffer);
    this.handler.onData(count === bytes.byteLength ? bytes : bytes.subarray(0, count));
    lend(undefined);
    this.#delivering = false;
    buffer.release();
    this.#readSize = nextSize(this.#readSize, count);
    if (!this.#paused && !this.#closed) this.#read();
  }

  // --- writing ---

  #wait(bytes: Uint8Array, buffer: ReadBuffer | undefined): void {
    this.#waiting ??= [];
    if (buffer !== undefined && bytes.byteLength < buffer.bytes.byteLength * copyBelowPart) {
      // Not `slice`: of a `Buffer` that is a view.
      this.#waiting.push({ bytes: new Uint8Array(bytes), buffer: undefined });
    } else {
      buffer?.hold();
      this.#waiting.push({ bytes, buffer });
    }
  }

  #writeHead(bytes: Uint8Array): void {
    this.#head = bytes;
    if (!this.#noDelay) this.#keepFromDelay(bytes);
    this.#conn.write(bytes).then(this.#onWritten, this.#onFail);
  }

  /**
   * Nagle's rule holds back only a part of a segment that follows bytes not yet acknowledged (RFC 896): a first small
   * write is not delayed. Many connections never write twice, and the option costs half a microsecond.
   */
  #keepFromDelay(bytes: Uint8Array): void {
    const first = !this.#hasWritten;
    this.#hasWritten = true;
    if (first && bytes.byteLength <= leastSegmentBytes) return;
    this.#noDelay = true;
    this.#conn.setNoDelay?.(true);
  }

  #gotWritten(bytes: number): void {
    const head = this.#head;
    if (head === undefined) return;
    if (bytes < head.byteLength && !this.#closed) {
      this.#queuedBytes -= bytes;
      this.#writeHead(head.subarray(bytes));
      return;
    }
    this.#headBuffer?.release();
    this.#headBuffer = undefined;
    this.#head = undefined;
    if (this.#closed) return;
    this.#queuedBytes -= bytes;
    const next = this.#waiting?.shift();
    if (next !== undefined) {
      this.#headBuffer = next.buffer;
      this.#writeHead(next.bytes);
      return;
    }
    if (this.#endRequested) {
      this.#sendFin();
      return;
    }
    if (!this.#drainOwed) return;
    this.#drainOwed = false;
    this.handler.onDrain();
  }

  #sendFin(): void {
    if (this.#peerEnded) {
      // Nothing is left to do but to send FIN, and that the close does, without a promise.
      this.#close();
      queueMicrotask(() => this.handler.onClose("ended"));
      return;
    }
    this.#conn.closeWrite().then(() => {
      this.#finSent = true;
      this.#closeIfBothEnded();
    }, this.#onFail);
  }

  // --- closing ---

  #closeIfBothEnded(): void {
    if (this.#closed || !this.#peerEnded || !this.#finSent) return;
    this.#close();
    this.handler.onClose("ended");
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    const reason: CloseReason = closeReason(error);
    this.#close();
    this.handler.onClose(reason);
  }

  #close(): void {
    this.#closed = true;
    this.#queuedBytes = 0;
    // What a pending read or write uses is released when that settles. (When it fails, it is left to the garbage
    // collector.)
    if (!this.#reading) this.#releaseReadBuffer();
    for (const { buffer } of this.#waiting ?? []) buffer?.release();
    this.#waiting = undefined;
    this.#conn.close();
  }
}

function fromDeno(address: DenoAddress): Address {
  return address.transport === "unix"
    ? { kind: "unix", path: address.path }
    : tcpAddress(address.hostname, address.port);
}
