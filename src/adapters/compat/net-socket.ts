/** The port's socket over `net.Socket`: Node's own, and the same name on Bun and Deno. */
import type { Socket as NetSocketBase } from "node:net";
import type { Address } from "../../core/runtime/address.ts";
import type { SocketOptions } from "../../core/runtime/runtime.ts";
import { type CloseReason, type Socket, type SocketHandler, ignoreSocket } from "../../core/runtime/socket.ts";
import { closeReason } from "./error-codes.ts";
import { tcpAddress } from "./net-address.ts";

/** How a `net.Socket` finds its owner, so that five shared listeners serve all sockets instead of five closures each. */
const owner: unique symbol = Symbol("geryon.owner");

type OwnedSocket = NetSocketBase & { [owner]?: NetSocket };

/** Wraps a connected `net.Socket` that is paused and has `allowHalfOpen`. */
export class NetSocket implements Socket {
  handler: SocketHandler = ignoreSocket;
  readonly #socket: OwnedSocket;
  readonly #unixAddress: Address | undefined;
  #reason: CloseReason = "ended";

  constructor(socket: NetSocketBase, unixAddress: Address | undefined, options: SocketOptions) {
    this.#socket = socket;
    this.#unixAddress = unixAddress;
    this.#socket[owner] = this;
    if (unixAddress === undefined) {
      socket.setNoDelay(true);
      // Deno ignores the server's keepAlive option for accepted sockets; the method works everywhere.
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
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    if (this.#socket.destroyed) return;
    this.#reason = "local";
    // A pipe has no RST; Node refuses resetAndDestroy on one.
    if (this.#unixAddress === undefined) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  destroy(): void {
    if (this.#socket.destroyed) return;
    this.#reason = "local";
    this.#socket.destroy();
  }

  /** For the listeners below: the first error decides the reason. */
  failed(error: unknown): void {
    if (this.#reason === "ended") this.#reason = closeReason(error);
  }

  /** For the listeners below. */
  closed(): void {
    this.handler.onClose(this.#reason);
  }
}

function onData(this: OwnedSocket, bytes: Uint8Array): void {
  this[owner]?.handler.onData(bytes);
}

function onDrain(this: OwnedSocket): void {
  this[owner]?.handler.onDrain();
}

function onEnd(this: OwnedSocket): void {
  this[owner]?.handler.onEnd();
}

function onError(this: OwnedSocket, error: unknown): void {
  this[owner]?.failed(error);
}

function onClose(this: OwnedSocket): void {
  this[owner]?.closed();
}
