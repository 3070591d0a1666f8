import type { Counter } from "../memory/counter.ts";
import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../runtime/socket.ts";

/** Whose sides are relayed: told what happens on them. */
export interface RelayOwner {
  /** The first bytes of a side have come. */
  sideSpoke(side: RelaySide): void;
  /** A side sends to one that is over. */
  sideSpokeInVain(side: RelaySide, bytes: number): void;
  /** A byte moved. */
  touch(): void;
  /** A side has sent FIN, and it was passed on. */
  sideEnded(side: RelaySide): void;
  /** A side's socket is over. */
  sideClosed(side: RelaySide, reason: CloseReason): void;
}

/**
 * Ends a side with RST, so that it does not take a cut connection for a complete one. But a side that was sent FIN, and
 * all before it, has a complete one: of that the kernel may still have much to deliver, which RST would throw away.
 */
export function closeSide(side: RelaySide): void {
  if (side.closed) return;
  side.socket.handler = ignoreSocket;
  if (side.peer?.ended === true && side.socket.bufferedBytes === 0) side.socket.destroy();
  else side.socket.reset();
}

/**
 * One side of a relayed connection: what it receives goes to its peer, at the pace at which the peer takes it. The
 * byte path of the proxy is `onData` and `onDrain`.
 */
export class RelaySide implements SocketHandler {
  readonly socket: Socket;
  /** The other side; undefined while it is being dialled, when this one is paused. */
  peer: RelaySide | undefined = undefined;
  /** What this side sent, for its endpoint's totals; set when the endpoint is known. */
  endpointCount: Counter | undefined = undefined;
  /** Bytes received on this connection. */
  bytes = 0;
  /** Its FIN came, and was passed on. */
  ended = false;
  /** Its socket is over. */
  closed = false;
  /** How much waited to be written to it when that was last known: when less waits now, bytes have moved since. */
  bytesWaiting = 0;
  readonly #owner: RelayOwner;
  readonly #listenerCount: Counter;

  constructor(socket: Socket, owner: RelayOwner, listenerCount: Counter) {
    this.socket = socket;
    this.#owner = owner;
    this.#listenerCount = listenerCount;
  }

  onData(bytes: Uint8Array): void {
    const peer = this.#came(bytes.byteLength);
    if (peer !== undefined) this.#wrote(peer, peer.socket.write(bytes));
  }

  onRelayed(byteLength: number, room: boolean): void {
    const peer = this.#came(byteLength);
    if (peer !== undefined) this.#wrote(peer, room);
  }

  /** Counts bytes that came, and answers whom they are for: nobody when that side is over. */
  #came(count: number): RelaySide | undefined {
    if (this.bytes === 0) this.#owner.sideSpoke(this);
    this.bytes += count;
    this.#listenerCount.add(count);
    this.endpointCount?.add(count);
    const { peer } = this;
    if (peer?.closed === true) {
      this.#owner.sideSpokeInVain(this, count);
      return undefined;
    }
    return peer;
  }

  #wrote(peer: RelaySide, room: boolean): void {
    this.#owner.touch();
    if (!room) this.socket.pause();
    peer.bytesWaiting = peer.socket.bufferedBytes;
  }

  onDrain(): void {
    this.bytesWaiting = 0;
    this.#owner.touch();
    this.peer?.socket.resume();
  }

  onEnd(): void {
    this.ended = true;
    this.peer?.socket.end();
    this.#owner.sideEnded(this);
  }

  onClose(reason: CloseReason): void {
    this.closed = true;
    this.#owner.sideClosed(this, reason);
  }
}
