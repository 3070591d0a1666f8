/** The port's socket over libuv's handle: TCP, without the streams of `net.Socket`. */
import { writeSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import type { Address } from "../../core/runtime/address.ts";
import type { SocketOptions } from "../../core/runtime/runtime.ts";
import { type CloseReason, type Socket, type SocketHandler, ignoreSocket } from "../../core/runtime/socket.ts";
import { closeReason } from "../compat/error-codes.ts";
import { tcpAddress } from "../compat/net-address.ts";
import { type HandleBinding, type SocketName, socketOf, type TcpHandle } from "./handle-binding.ts";
import { HandleBuffers, scratchBytes } from "./handle-buffers.ts";

/** UV_EOF: the peer's FIN. The same number on all systems (uv/errno.h). */
const endOfFile = -4095;
/** What waits behind a write grows in steps from here. */
const minQueueBytes = 4096;

/** What all sockets over one binding have in common. */
export class HandleKit {
  readonly binding: HandleBinding;
  readonly buffers: HandleBuffers;
  readonly onRead: (this: TcpHandle) => void;

  constructor(binding: HandleBinding) {
    this.binding = binding;
    this.buffers = new HandleBuffers(binding);
    const { state, readIndex } = binding;
    this.onRead = function onRead(this: TcpHandle): void {
      this[socketOf]?.gotRead(state[readIndex] ?? 0);
    };
  }
}

/**
 * Wraps a connected handle that does not read yet. libuv reads only while told to, so nothing comes while paused. It
 * refuses a reset during a shutdown, and Node then never closes the handle: the reset waits for the shutdown, which
 * takes one turn because it starts only when nothing waits to be written.
 */
export class HandleSocket implements Socket {
  handler: SocketHandler = ignoreSocket;
  readonly #kit: HandleKit;
  readonly #handle: TcpHandle;
  readonly #highWaterMarkBytes: number;
  /** The peer's address where it is known already. */
  #remoteAddress: Address | undefined;
  #paused = true;
  #reading = false;
  #writing = false;
  /** What waits behind the write under way: so many bytes of this. */
  #queue: Uint8Array | undefined = undefined;
  #queuedBytes = 0;
  /** `write` has said false. */
  #needsDrain = false;
  #ended = false;
  #fin: Fin = "none";
  #peerEnded = false;
  #reason: CloseReason | undefined = undefined;

  constructor(kit: HandleKit, handle: TcpHandle, options: SocketOptions, remoteAddress?: Address) {
    this.#kit = kit;
    this.#handle = handle;
    this.#highWaterMarkBytes = options.highWaterMarkBytes;
    this.#remoteAddress = remoteAddress;
    handle[socketOf] = this;
    handle.onread = kit.onRead;
    handle.useUserBuffer(kit.buffers.readBuffer);
  }

  get remoteAddress(): Address {
    return (this.#remoteAddress ??= peerAddress(this.#handle) ?? tcpAddress(undefined, undefined));
  }

  get localAddress(): Address {
    const name: SocketName = {};
    this.#handle.getsockname(name);
    return tcpAddress(name.address, name.port);
  }

  get bufferedBytes(): number {
    return this.#writing && this.#reason === undefined ? this.#handle.writeQueueSize + this.#queuedBytes : 0;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.#reason !== undefined) return true;
    if (this.#writing) this.#enqueue(bytes);
    else this.#send(bytes);
    if (!this.#writing || this.bufferedBytes <= this.#highWaterMarkBytes) return true;
    this.#needsDrain = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
    if (!this.#reading) return;
    this.#reading = false;
    this.#handle.readStop();
  }

  resume(): void {
    this.#paused = false;
    if (this.#reading || this.#peerEnded || this.#reason !== undefined) return;
    this.#reading = true;
    const error = this.#handle.readStart();
    if (error !== 0) this.#fail(error);
  }

  end(): void {
    if (this.#ended || this.#reason !== undefined) return;
    this.#ended = true;
    this.#needsDrain = false;
    if (!this.#writing) this.#sendFin();
  }

  reset(): void {
    if (this.#reason !== undefined) return;
    this.#reason = "local";
    if (this.#fin === "under way") {
      this.#fin = "before reset";
      this.#handle.readStop();
    } else {
      this.#handle.reset(closed);
    }
  }

  destroy(): void {
    this.#close("local");
  }

  // --- for the callbacks of the handle and its requests ---

  /** `count` bytes were read, or an error came; 0 is neither. */
  gotRead(count: number): void {
    if (this.#paused || this.#reason !== undefined) return;
    if (count > 0) {
      this.handler.onData(this.#kit.buffers.read(count));
    } else if (count === endOfFile) {
      this.#peerEnded = true;
      this.#reading = false;
      this.handler.onEnd();
      if (this.#fin === "sent") this.#close("ended");
    } else if (count < 0) {
      this.#fail(count);
    }
  }

  /** The write under way is over. */
  wrote(status: number): void {
    this.#writing = false;
    if (this.#reason !== undefined) return;
    if (status < 0) {
      this.#fail(status);
      return;
    }
    const queue = this.#queue;
    if (queue !== undefined) {
      const queuedBytes = this.#queuedBytes;
      this.#queue = undefined;
      this.#queuedBytes = 0;
      this.#hand(queue.subarray(0, queuedBytes));
      if (this.#writing || this.#reason !== undefined) return;
    }
    if (this.#ended) {
      this.#sendFin();
    } else if (this.#needsDrain) {
      this.#needsDrain = false;
      this.handler.onDrain();
    }
  }

  /** Our FIN is in the kernel. That the connection was reset before, the next read tells. */
  sentFin(): void {
    if (this.#fin === "before reset") {
      this.#handle.reset(closed);
    } else {
      this.#fin = "sent";
      if (this.#peerEnded) this.#close("ended");
    }
  }

  closed(): void {
    this.handler.onClose(this.#reason ?? "local");
  }

  /** Nothing waits: sends now what goes; the rest waits. The bytes are of the caller, so what waits is a copy. */
  #send(bytes: Uint8Array): void {
    if (bytes.byteLength <= scratchBytes) {
      this.#hand(this.#kit.buffers.copy(bytes));
      return;
    }
    const sent = writeNow(this.#handle.fd, bytes);
    if (sent < 0) this.#fail(sent);
    else if (sent < bytes.byteLength) this.#hand(bytes.slice(sent));
  }

  /** Lets libuv send; what it cannot send at once, it keeps. */
  #hand(bytes: Uint8Array): void {
    const { binding, buffers } = this.#kit;
    const { request } = buffers;
    const error = this.#handle.writeBuffer(request, bytes);
    if (error !== 0) {
      this.#fail(error);
    } else if (binding.state[binding.writeWaitsIndex] !== 0) {
      request.oncomplete = wrote;
      buffers.give(bytes);
      this.#writing = true;
    }
  }

  #enqueue(bytes: Uint8Array): void {
    const neededBytes = this.#queuedBytes + bytes.byteLength;
    let queue = this.#queue;
    if (queue === undefined || queue.byteLength < neededBytes) {
      const grown = new Uint8Array(Math.max(minQueueBytes, neededBytes, this.#queuedBytes * 2));
      if (queue !== undefined) grown.set(queue.subarray(0, this.#queuedBytes));
      this.#queue = queue = grown;
    }
    queue.set(bytes, this.#queuedBytes);
    this.#queuedBytes = neededBytes;
  }

  /** When the peer's FIN is here too, closing sends ours: nothing is left to read that it could throw away. */
  #sendFin(): void {
    if (this.#peerEnded) {
      this.#close("ended");
      return;
    }
    const request = new this.#kit.binding.Shutdown();
    request.oncomplete = sentFin;
    this.#fin = this.#handle.shutdown(request) === 0 ? "under way" : "sent";
  }

  #fail(error: number): void {
    this.#close(closeReason({ code: getSystemErrorName(error) }));
  }

  #close(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#handle.close(closed);
  }
}

/** Our FIN: `under way` from the call until the kernel has it, or `before reset` when the reset waits for that. */
type Fin = "none" | "under way" | "before reset" | "sent";

/** The peer's address; undefined when it is gone. */
export function peerAddress(handle: TcpHandle): Address | undefined {
  const name: SocketName = {};
  return handle.getpeername(name) === 0 ? tcpAddress(name.address, name.port) : undefined;
}

/** Sets TCP_NODELAY and keepalive. */
export function setOptions(handle: TcpHandle, { keepAliveMs }: SocketOptions): void {
  handle.setNoDelay(true);
  if (keepAliveMs > 0) handle.setKeepAlive(true, Math.max(1, Math.trunc(keepAliveMs / 1000)));
}

/**
 * Writes what the kernel takes at once, straight from the caller's bytes: how much that was, or the error's number.
 * What a handle itself takes, it wants to keep.
 */
function writeNow(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    const { code, errno } = error as { readonly code: string; readonly errno: number };
    return code === "EAGAIN" ? 0 : errno;
  }
}

function wrote(this: unknown, status: number, handle: TcpHandle): void {
  handle[socketOf]?.wrote(status);
}

function sentFin(this: unknown, _status: number, handle: TcpHandle): void {
  handle[socketOf]?.sentFin();
}

function closed(this: TcpHandle): void {
  this[socketOf]?.closed();
}
