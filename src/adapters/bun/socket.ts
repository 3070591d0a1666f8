/** The port's socket over `Bun.listen` and `Bun.connect`. */
import type { Address } from "../../core/runtime/address.ts";
import type { SocketOptions } from "../../core/runtime/runtime.ts";
import { type CloseReason, type Socket, type SocketHandler, ignoreSocket } from "../../core/runtime/socket.ts";
import { closeReason } from "../compat/error-codes.ts";
import { tcpAddress } from "../compat/net-address.ts";
import type { BunSocketHandlers, BunTcpSocket } from "./bun-api.ts";
import { dropKeepAlive, type KeepAliveWaiter, setKeepAliveSoon } from "../compat/keep-alive.ts";

/** What a socket may hold of what came while it was born paused, before it stops reading: a client's first words. */
const maxHeldBytes = 16 * 1024;

// A socket's state is one number: a field each would cost a busy proxy more memory than all else here.
/** The user wants no events. */
const paused = 1;
/** Bun reads nothing. */
const rawPaused = 2;
/** `write` said false and `onDrain` is owed. */
const drainOwed = 4;
/** The peer's FIN came. */
const peerEnded = 8;
/** It has not been told yet. */
const endHeld = 16;
/** Nor has the close that followed both FINs. */
const closeHeld = 32;
const endRequested = 64;
const finSent = 128;
/** A write met the peer's reset: `close` follows. */
const writeFailed = 256;
const closed = 512;

/**
 * What Bun 1.4 does differently, and is made good here:
 * - `write` takes what the kernel takes and queues nothing: the rest waits in `#queue` until `drain`;
 * - FIN is `shutdown`; `end` would be a full close that loses what the peer still sends;
 * - once our FIN is out, the peer's FIN comes as `close` without `end`, and so does an RST that a write met first;
 * - data that is already in the loop's hands arrives although the socket is paused, if the peer resets;
 * - `terminate` and `end` call `close` before they return;
 * - `pause` and the `resume` after it cost four system calls and two idle turns of `drain`. So a socket that is born
 *   paused reads all the same, and `pause` is for those whose peer says more than `maxHeldBytes` before the first
 *   `resume`.
 */
export class BunSocket implements Socket, KeepAliveWaiter {
  handler: SocketHandler = ignoreSocket;
  keepAliveIndex = -1;
  readonly #raw: BunTcpSocket;
  readonly #unixAddress: Address | undefined;
  readonly #highWaterMarkBytes: number;
  readonly #keepAliveMs: number;
  #state = paused;
  /** Chunks that the kernel did not take; undefined when there are none. */
  #queue: Uint8Array[] | undefined = undefined;
  #queuedBytes = 0;
  /** Chunks that came while paused and have not been told; undefined when there are none. */
  #held: Uint8Array[] | undefined = undefined;

  constructor(raw: BunTcpSocket, unixAddress: Address | undefined, options: SocketOptions) {
    this.#raw = raw;
    this.#unixAddress = unixAddress;
    this.#highWaterMarkBytes = options.highWaterMarkBytes;
    this.#keepAliveMs = options.keepAliveMs;
    // TCP_NODELAY is always on in Bun.
    if (unixAddress === undefined && options.keepAliveMs > 0) setKeepAliveSoon(this);
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
    if ((this.#state & (closed | endRequested)) !== 0) return true;
    if (this.#queue === undefined) {
      const taken = this.#raw.write(bytes);
      if (taken === bytes.byteLength) return true;
      if (taken < 0) {
        this.#state |= writeFailed;
        return true;
      }
      this.#queue = [taken === 0 ? bytes : bytes.subarray(taken)];
      this.#queuedBytes = bytes.byteLength - taken;
    } else {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.byteLength;
    }
    if (this.#queuedBytes < this.#highWaterMarkBytes) return true;
    this.#state |= drainOwed;
    return false;
  }

  pause(): void {
    if ((this.#state & (paused | closed)) !== 0) return;
    this.#state |= paused;
    this.#pauseRaw();
  }

  resume(): void {
    if ((this.#state & (paused | closed)) !== paused) return;
    this.#state &= ~paused;
    if (this.#held === undefined && (this.#state & endHeld) === 0) this.#resumeRaw();
    else queueMicrotask(() => this.#deliverHeld());
  }

  end(): void {
    if ((this.#state & (closed | endRequested)) !== 0) return;
    this.#state |= endRequested;
    if (this.#queue === undefined) this.#sendFin();
  }

  reset(): void {
    if ((this.#state & closed) !== 0) return;
    this.#closeLocally();
    this.#raw.terminate();
  }

  destroy(): void {
    if ((this.#state & closed) !== 0) return;
    this.#closeLocally();
    this.#raw.end();
  }

  setKeepAlive(): void {
    this.#raw.setKeepAlive(true, this.#keepAliveMs);
  }

  #pauseRaw(): void {
    if ((this.#state & rawPaused) !== 0) return;
    this.#state |= rawPaused;
    this.#raw.pause();
  }

  #resumeRaw(): void {
    if ((this.#state & rawPaused) === 0) return;
    this.#state &= ~rawPaused;
    this.#raw.resume();
  }

  #sendFin(): void {
    this.#state |= finSent;
    this.#raw.shutdown();
  }

  #closeLocally(): void {
    this.#becomeClosed();
    queueMicrotask(() => this.handler.onClose("local"));
  }

  #becomeClosed(): void {
    this.#state |= closed;
    this.#queue = undefined;
    this.#queuedBytes = 0;
    this.#held = undefined;
    dropKeepAlive(this);
  }

  /** A second chunk may be in the loop's hands already; a third comes after `resume` only. */
  #hold(bytes: Uint8Array): void {
    if (this.#held === undefined) this.#held = [bytes];
    else this.#held.push(bytes);
    if (this.#held.length > 1 || bytes.byteLength > maxHeldBytes) this.#pauseRaw();
  }

  #deliverHeld(): void {
    while (this.#held !== undefined) {
      if ((this.#state & (paused | closed)) !== 0) return;
      const bytes = this.#held.shift();
      if (this.#held.length === 0) this.#held = undefined;
      if (bytes !== undefined) this.handler.onData(bytes);
    }
    if ((this.#state & (paused | closed)) !== 0) return;
    if ((this.#state & endHeld) === 0) {
      this.#resumeRaw();
      return;
    }
    this.#state &= ~endHeld;
    this.handler.onEnd();
    if ((this.#state & closeHeld) !== 0) this.#closedAs("ended");
  }

  #closedAs(reason: CloseReason): void {
    // `onEnd` may have closed the socket.
    if ((this.#state & closed) !== 0) return;
    this.#becomeClosed();
    this.handler.onClose(reason);
  }

  /** Bun's `data`. */
  gotData(bytes: Uint8Array): void {
    if ((this.#state & (paused | closed)) === 0 && this.#held === undefined) this.handler.onData(bytes);
    else if ((this.#state & closed) === 0) this.#hold(bytes);
  }

  /** Bun's `drain`: the kernel has room. It also comes when nothing waits. */
  gotRoom(): void {
    const queue = this.#queue;
    if (queue === undefined) return;
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const taken = this.#raw.write(head);
      if (taken < 0) {
        this.#state |= writeFailed;
        return;
      }
      this.#queuedBytes -= taken;
      if (taken < head.byteLength) {
        queue[0] = head.subarray(taken);
        return;
      }
      queue.shift();
    }
    this.#queue = undefined;
    if ((this.#state & endRequested) !== 0) {
      this.#sendFin();
    } else if ((this.#state & drainOwed) !== 0) {
      this.#state &= ~drainOwed;
      this.handler.onDrain();
    }
  }

  /** Bun's `end`: the peer's FIN. */
  gotEnd(): void {
    if ((this.#state & (closed | peerEnded)) !== 0) return;
    this.#state |= peerEnded;
    if ((this.#state & paused) !== 0 || this.#held !== undefined) this.#state |= endHeld;
    else this.handler.onEnd();
  }

  /** Bun's `close`. */
  gotClose(error: unknown): void {
    if ((this.#state & closed) !== 0) return;
    if (error !== undefined && error !== null) {
      this.#closedAs(closeReason(error));
    } else if ((this.#state & writeFailed) !== 0 || (this.#state & finSent) === 0) {
      this.#closedAs("reset");
    } else {
      this.gotEnd();
      if ((this.#state & endHeld) !== 0) this.#state |= closeHeld;
      else this.#closedAs("ended");
    }
  }
}

/** What all sockets share; the two places that make sockets add `open` and `connectError`. */
export const sharedHandlers: Omit<BunSocketHandlers, "open"> = {
  binaryType: "uint8array",
  data: (raw, bytes) => owner(raw)?.gotData(bytes),
  drain: (raw) => owner(raw)?.gotRoom(),
  end: (raw) => owner(raw)?.gotEnd(),
  close: (raw, error) => owner(raw)?.gotClose(error),
  error: (raw, error) => owner(raw)?.gotClose(error),
};

/** Undefined for a connection that nobody wanted. */
function owner(raw: BunTcpSocket): BunSocket | undefined {
  return raw.data as BunSocket | undefined;
}
