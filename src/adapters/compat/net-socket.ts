/** The port's socket over `net.Socket`: Node's own, and the same name on Bun. */
import type { Socket as NetSocketBase } from "node:net";
import type { Address } from "../../core/runtime/address.ts";
import type { SocketOptions } from "../../core/runtime/runtime.ts";
import { type CloseReason, type Socket, type SocketHandler, ignoreSocket } from "../../core/runtime/socket.ts";
import { closeReason } from "./error-codes.ts";
import { tcpAddress } from "./net-address.ts";

/** How a `net.Socket` finds its owner, so that five shared listeners serve all sockets instead of five closures each. */
const owner: unique symbol = Symbol("geryon.owner");

type OwnedSocket = NetSocketBase & { [owner]?: NetSocket };

/**
 * Wraps a connected `net.Socket` that is paused and has `allowHalfOpen`. Two habits of Node are made good here: it
 * emits `end` although the stream is paused, when nothing is left to read; and it never closes a socket that is reset
 * while its shutdown is under way (libuv refuses uv_tcp_close_reset then).
 */
export class NetSocket implements Socket {
  handler: SocketHandler = ignoreSocket;
  readonly #socket: OwnedSocket;
  readonly #unixAddress: Address | undefined;
  #reason: CloseReason = "ended";
  #paused = true;
  /** The peer's FIN came while paused. */
  #endHeld = false;
  /** Both FINs are through, and the peer's has not been told yet. */
  #closeHeld = false;

  constructor(socket: NetSocketBase, unixAddress: Address | undefined, options: SocketOptions) {
    this.#socket = socket;
    this.#unixAddress = unixAddress;
    this.#socket[owner] = this;
    if (unixAddress === undefined) {
      socket.setNoDelay(true);
      if (options.keepAliveMs > 0) socket.setKeepAlive(true, options.keepAliveMs);
    }
    socket.on("data", onData);
    socket.on("drain", onDrain);
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  get remoteAddress(): Address {
    return this.#unixAddress ?? tcpAddress(this.#socket.remoteAddress, this.#socket.remotePort);
  }

  get localAddress(): Address {
    return this.#unixAddress ?? tcpAddress(this.#socket.localAddress, this.#socket.localPort);
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    return socket.destroyed || socket.writableEnded || socket.write(bytes);
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#endHeld) queueMicrotask(() => this.#tellHeldEnd());
    else this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    const socket = this.#socket;
    if (socket.destroyed || this.#reason === "local") return;
    this.#reason = "local";
    // A pipe has no RST; Node refuses resetAndDestroy on one.
    if (this.#unixAddress !== undefined) {
      socket.destroy();
    } else if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0) {
      socket.once("finish", () => socket.resetAndDestroy());
    } else {
      socket.resetAndDestroy();
    }
  }

  destroy(): void {
    if (this.#socket.destroyed) return;
    this.#reason = "local";
    this.#socket.destroy();
  }

  // --- for the listeners below ---

  gotData(bytes: Uint8Array): void {
    if (this.#reason !== "local") this.handler.onData(bytes);
  }

  gotRoom(): void {
    if (this.#reason !== "local" && !this.#socket.writableEnded) this.handler.onDrain();
  }

  gotEnd(): void {
    if (this.#reason === "local") return;
    if (this.#paused) this.#endHeld = true;
    else this.handler.onEnd();
  }

  failed(error: unknown): void {
    // The first error decides the reason.
    if (this.#reason === "ended") this.#reason = closeReason(error);
  }

  closed(): void {
    if (this.#endHeld && this.#reason === "ended") this.#closeHeld = true;
    else this.handler.onClose(this.#reason);
  }

  #tellHeldEnd(): void {
    if (this.#paused || !this.#endHeld || this.#reason !== "ended") return;
    this.#endHeld = false;
    this.handler.onEnd();
    if (this.#closeHeld) this.handler.onClose("ended");
  }
}

function onData(this: OwnedSocket, bytes: Uint8Array): void {
  this[owner]?.gotData(bytes);
}

function onDrain(this: OwnedSocket): void {
  this[owner]?.gotRoom();
}

function onEnd(this: OwnedSocket): void {
  this[owner]?.gotEnd();
}

function onError(this: OwnedSocket, error: unknown): void {
  this[owner]?.failed(error);
}

function onClose(this: OwnedSocket): void {
  this[owner]?.closed();
}
