/** The port's socket over `Bun.listen` and `Bun.connect`. */
import type { Address } from "../../core/runtime/address.ts";
import type { SocketOptions } from "../../core/runtime/runtime.ts";
import { type CloseReason, type Socket, type SocketHandler, ignoreSocket } from "../../core/runtime/socket.ts";
import { closeReason } from "../compat/error-codes.ts";
import { tcpAddress } from "../compat/net-address.ts";
import type { BunSocketHandlers, BunTcpSocket } from "./bun-api.ts";

/**
 * What Bun 1.4 does differently, and is made good here:
 * - `write` takes what the kernel takes and queues nothing: the rest waits in `#queue` until `drain`;
 * - FIN is `shutdown`; `end` would be a full close that loses what the peer still sends;
 * - once our FIN is out, the peer's FIN comes as `close` without `end`, and so does an RST that a write met first;
 * - data that is already in the loop's hands arrives although the socket is paused, if the peer resets;
 * - `terminate` and `end` call `close` before they return.
 */
export class BunSocket implements Socket {
  handler: SocketHandler = ignoreSocket;
  readonly #raw: BunTcpSocket;
  readonly #unixAddress: Address | undefined;
  readonly #highWaterMarkBytes: number;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** `write` said false and `onDrain` is owed. */
  #drainOwed = false;
  #paused = true;
  /** Chunks that came while paused; then the peer's FIN, and the close that followed both FINs. */
  #held: Uint8Array[] = [];
  #endHeld = false;
  #closeHeld = false;
  #peerEnded = false;
  #endRequested = false;
  #finSent = false;
  /** A write met the peer's reset: `close` follows. */
  #writeFailed = false;
  #closed = false;

  constructor(raw: BunTcpSocket, unixAddress: Address | undefined, options: SocketOptions) {
    this.#raw = raw;
    this.#unixAddress = unixAddress;
    this.#highWaterMarkBytes = options.highWaterMarkBytes;
    raw.pause();
    // TCP_NODELAY is always on in Bun.
    if (unixAddress === undefined && options.keepAliveMs > 0) raw.setKeepAlive(true, options.keepAliveMs);
  }

  get remoteAddress(): Address {
    return this.#unixAddress ?? tcpAddress(this.#raw.remoteAddress, this.#raw.remotePort);
  }

  get localAddress(): Address {
    return this.#unixAddress ?? tcpAddress(this.#raw.localAddress, this.#raw.localPort);
  }

  get bufferedBytes(): number {
    return this.#queuedBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#endRequested) return true;
    if (this.#queuedBytes === 0) {
      const taken = this.#raw.write(bytes);
      if (taken < 0) this.#writeFailed = true;
      if (taken === bytes.byteLength || taken < 0) return true;
      this.#enqueue(taken === 0 ? bytes : bytes.subarray(taken));
    } else {
      this.#enqueue(bytes);
    }
    if (this.#queuedBytes < this.#highWaterMarkBytes) return true;
    this.#drainOwed = true;
    return false;
  }

  pause(): void {
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    this.#raw.pause();
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    if (this.#held.length === 0 && !this.#endHeld) this.#raw.resume();
    else queueMicrotask(() => this.#deliverHeld());
  }

  end(): void {
    if (this.#closed || this.#endRequested) return;
    this.#endRequested = true;
    if (this.#queuedBytes === 0) this.#sendFin();
  }

  reset(): void {
    if (this.#closed) return;
    this.#closeLocally();
    this.#raw.terminate();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closeLocally();
    this.#raw.end();
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
  }

  #sendFin(): void {
    this.#finSent = true;
    this.#raw.shutdown();
  }

  #closeLocally(): void {
    this.#closed = true;
    this.#dropQueues();
    queueMicrotask(() => this.handler.onClose("local"));
  }

  #dropQueues(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#held = [];
  }

  #deliverHeld(): void {
    while (this.#held.length > 0) {
      if (this.#paused || this.#closed) return;
      const bytes = this.#held.shift();
      if (bytes !== undefined) this.handler.onData(bytes);
    }
    if (this.#paused || this.#closed) return;
    if (this.#endHeld) {
      this.#endHeld = false;
      this.handler.onEnd();
      if (this.#closeHeld) this.#closedAs("ended");
    } else {
      this.#raw.resume();
    }
  }

  #closedAs(reason: CloseReason): void {
    // `onEnd` may have closed the socket.
    if (this.#closed) return;
    this.#closed = true;
    this.#dropQueues();
    this.handler.onClose(reason);
  }

  /** Bun's `data`. */
  gotData(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#paused || this.#held.length > 0) this.#held.push(bytes);
    else this.handler.onData(bytes);
  }

  /** Bun's `drain`: the kernel has room. It also comes when nothing waits. */
  gotRoom(): void {
    if (this.#closed || this.#queuedBytes === 0) return;
    while (true) {
      const head = this.#queue[0];
      if (head === undefined) break;
      const taken = this.#raw.write(head);
      if (taken < 0) {
        this.#writeFailed = true;
        return;
      }
      this.#queuedBytes -= taken;
      if (taken < head.byteLength) {
        this.#queue[0] = head.subarray(taken);
        return;
      }
      this.#queue.shift();
    }
    if (this.#endRequested) {
      this.#sendFin();
      return;
    }
    if (!this.#drainOwed) return;
    this.#drainOwed = false;
    this.handler.onDrain();
  }

  /** Bun's `end`: the peer's FIN. */
  gotEnd(): void {
    if (this.#closed || this.#peerEnded) return;
    this.#peerEnded = true;
    if (this.#paused || this.#held.length > 0) this.#endHeld = true;
    else this.handler.onEnd();
  }

  /** Bun's `close`. */
  gotClose(error: unknown): void {
    if (this.#closed) return;
    if (error !== undefined && error !== null) {
      this.#closedAs(closeReason(error));
    } else if (this.#writeFailed || !this.#finSent) {
      this.#closedAs("reset");
    } else {
      this.gotEnd();
      if (this.#endHeld) this.#closeHeld = true;
      else this.#closedAs("ended");
    }
  }
}

/** What all sockets share; the two places that make sockets add `open` and `connectError`. */
export const sharedHandlers: Omit<BunSocketHandlers, "open"> = {
  binaryType: "uint8array",
  data: (raw, bytes) => raw.data?.gotData(bytes),
  drain: (raw) => raw.data?.gotRoom(),
  end: (raw) => raw.data?.gotEnd(),
  close: (raw, error) => raw.data?.gotClose(error),
  error: (raw, error) => raw.data?.gotClose(error),
};
