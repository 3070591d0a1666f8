/**
 * A connected stream socket as the core sees it: push style, no promise and no allocation on the byte path, the same
 * contract for every runtime. `test/contract/` proves it for each adapter.
 */
import type { Address } from "./address.ts";

/**
 * One end of a stream connection.
 *
 * A socket is born paused: set `handler`, then call `resume()`. No method calls back into the handler before it
 * returns. After `onClose` every method is a no-op.
 */
export interface Socket {
  /** Who is told what happens. May be replaced at any time; the next event goes to the new one. */
  handler: SocketHandler;
  /** The peer's address. */
  readonly remoteAddress: Address;
  /** Our own address on this connection. */
  readonly localAddress: Address;
  /** Bytes accepted by `write` that the kernel has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * Sends `bytes`, all of them, now or as the peer makes room. Returns false when more than the high-water mark waits:
   * the caller then stops until `onDrain`.
   *
   * The bytes must not be changed from here on. A chunk from an `onData` may be passed on directly during that call,
   * whole or in parts, to one socket or several; to keep it longer takes a copy.
   */
  write(bytes: Uint8Array): boolean;
  /**
   * A promise that all that comes is written to `peer`, as it comes. An adapter that has a shorter way than through memory
   * may take it when there is much: it tells of those bytes with `onRelayed`, in the place of `onData`.
   */
  relayTo?(peer: Socket): void;
  /** Stops `onData` and `onEnd` at once. While paused, the peer's reset may go unnoticed. */
  pause(): void;
  /** Lets `onData` and `onEnd` come again. */
  resume(): void;
  /** Sends FIN once everything written has left; the peer may go on sending. No `onDrain` follows. */
  end(): void;
  /**
   * Aborts with RST where the `reset` capability allows, and drops what waits to be written. On a unix socket, and
   * without the capability, it closes at once.
   */
  reset(): void;
  /** Closes at once and drops what waits to be written. */
  destroy(): void;
}

/** What a socket tells its user. None of these may throw. */
export interface SocketHandler {
  /** Bytes arrived; the view is valid during the call only, see `Socket.write`. */
  onData(bytes: Uint8Array): void;
  /** So many bytes came and were written to the peer of `relayTo`; `room` is what `write` would have said. */
  onRelayed?(byteLength: number, room: boolean): void;
  /** After `write` returned false: everything that waited has been handed to the kernel. */
  onDrain(): void;
  /** The peer sent FIN: no more data comes. At most once, and never after `onClose`. */
  onEnd(): void;
  /** The connection is over: exactly once, and the last call. */
  onClose(reason: CloseReason): void;
}

/**
 * How a connection was over:
 * `ended` both sides sent FIN; `local` we called `reset` or `destroy`; `reset` the peer sent RST;
 * `timeout` the kernel gave up on the peer (keepalive, retransmission); `error` anything else.
 */
export type CloseReason = "ended" | "local" | "reset" | "timeout" | "error";

/** A handler that ignores everything: for sockets that nobody waits for any more. */
export const ignoreSocket: SocketHandler = {
  onData() {},
  onDrain() {},
  onEnd() {},
  onClose() {},
};
