import type { Counter } from "../memory/counter.ts";
import type { CloseReason, Socket, SocketHandler } from "../runtime/socket.ts";
import type { TcpConnection } from "./tcp-connection.ts";

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
  readonly #connection: TcpConnection;
  readonly #listenerCount: Counter;

  constructor(socket: Socket, connection: TcpConnection, listenerCount: Counter) {
    this.socket = socket;
    this.#connection = connection;
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
    if (this.bytes === 0) this.#connection.sideSpoke(this);
    this.bytes += count;
    this.#listenerCount.add(count);
    this.endpointCount?.add(count);
    const { peer } = this;
    if (peer?.closed === true) {
      this.#connection.sideSpokeInVain(this, count);
      return undefined;
    }
    return peer;
  }

  #wrote(peer: RelaySide, room: boolean): void {
    this.#connection.touch();
    if (!room) this.socket.pause();
    peer.bytesWaiting = peer.socket.bufferedBytes;
  }

  onDrain(): void {
    this.bytesWaiting = 0;
    this.#connection.touch();
    this.peer?.socket.resume();
  }

  onEnd(): void {
    this.ended = true;
    this.peer?.socket.end();
    this.#connection.sideEnded(this);
  }

  onClose(reason: CloseReason): void {
    this.closed = true;
    this.#connection.sideClosed(this, reason);
  }
}
