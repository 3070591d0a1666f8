/** The port's socket over `Deno.Conn`: its promises end here. */
import type { Address } from "../../core/runtime/address.ts";
import type { SocketOptions } from "../../core/runtime/runtime.ts";
import { type CloseReason, type Socket, type SocketHandler, ignoreSocket } from "../../core/runtime/socket.ts";
import { closeReason } from "../compat/error-codes.ts";
import { tcpAddress } from "../compat/net-address.ts";
import type { DenoAddress, DenoConn } from "./deno-api.ts";
import { hold, isShared, nextSize, release, takeLarge, takeSmall } from "./read-buffer.ts";

/**
 * A chunk up to this size is copied when written; a larger one is held, and its reader takes another buffer. So what
 * waits takes at most four times its size.
 */
const copyLimitBytes = 16 * 1024;

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
  #buffer: Uint8Array<ArrayBuffer> = takeSmall();
  #paused = true;
  #reading = false;
  /** `onData` is running, on a part of `#buffer`. */
  #delivering = false;
  /** What a read brought while paused: bytes in `#buffer`, 0 for nothing, -1 for the peer's FIN. */
  #heldBytes = 0;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #writing = false;
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
    conn.setNoDelay?.(true);
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
    // Not `slice`: of a `Buffer` that is a view.
    const kept = bytes.byteLength <= copyLimitBytes ? new Uint8Array(bytes) : bytes;
    if (kept === bytes) hold(bytes.buffer);
    this.#queue.push(kept);
    this.#queuedBytes += kept.byteLength;
    if (!this.#writing) this.#writeHead();
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
    if (!this.#writing) this.#sendFin();
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
    this.#conn.read(this.#buffer).then(this.#onRead, this.#onFail);
  }

  #gotRead(bytes: number | null): void {
    this.#reading = false;
    if (this.#closed) return;
    this.#heldBytes = bytes ?? -1;
    if (!this.#paused) this.#deliverHeld();
  }

  #deliverHeld(): void {
    if (this.#paused || this.#closed || this.#heldBytes === 0) return;
    const bytes = this.#heldBytes;
    this.#heldBytes = 0;
    if (bytes < 0) {
      this.#peerEnded = true;
      this.handler.onEnd();
      this.#closeIfBothEnded();
      return;
    }
    const buffer = this.#buffer;
    this.#delivering = true;
    this.handler.onData(bytes === buffer.byteLength ? buffer : buffer.subarray(0, bytes));
    this.#delivering = false;
    if (this.#closed) {
      release(buffer.buffer);
      return;
    }
    const size = nextSize(buffer.byteLength, bytes);
    if (size !== buffer.byteLength || isShared(buffer.buffer)) {
      release(buffer.buffer);
      this.#buffer = size > copyLimitBytes ? takeLarge() : takeSmall();
    }
    if (!this.#paused) this.#read();
  }

  // --- writing ---

  #writeHead(): void {
    const head = this.#queue[0];
    if (head === undefined) return;
    this.#writing = true;
    this.#conn.write(head).then(this.#onWritten, this.#onFail);
  }

  #gotWritten(bytes: number): void {
    this.#writing = false;
    if (this.#closed) return;
    const head = this.#queue[0];
    if (head === undefined) return;
    this.#queuedBytes -= bytes;
    if (bytes < head.byteLength) {
      this.#queue[0] = head.subarray(bytes);
    } else {
      this.#queue.shift();
      release(head.buffer);
    }
    if (this.#queue.length > 0) {
      this.#writeHead();
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
    // A pending write still reads its bytes: what waits is not released but left to the garbage collector.
    this.#queue = [];
    this.#queuedBytes = 0;
    // So is the buffer of a pending read; that of a running `onData` is released when it returns.
    if (!this.#reading && !this.#delivering) release(this.#buffer.buffer);
    this.#conn.close();
  }
}

function fromDeno(address: DenoAddress): Address {
  return address.transport === "unix"
    ? { kind: "unix", path: address.path }
    : tcpAddress(address.hostname, address.port);
}
