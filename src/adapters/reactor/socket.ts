/** The port's socket over a descriptor that the reactor owns. */
import type { Address } from "../../core/runtime/address.ts";
import type { SocketOptions } from "../../core/runtime/runtime.ts";
import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../../core/runtime/socket.ts";
import { closeReason } from "../compat/error-codes.ts";
import { dropKeepAlive, type KeepAliveWaiter, setKeepAliveSoon } from "../compat/keep-alive.ts";
import { tcpAddress } from "../compat/net-address.ts";
import { errorName } from "./error-name.ts";
import {
  EAGAIN,
  EINTR,
  ENOBUFS,
  ENOMEM,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  IPPROTO_TCP,
  MSG_NOSIGNAL,
  MSG_PEEK,
  SHUT_WR,
  SO_ERROR,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPIDLE,
} from "./linux.ts";
import type { Block } from "./libc/libc.ts";
import type { Task } from "./loop.ts";
import type { Sender } from "./outbox.ts";
import type { Pipe } from "./pipe-pool.ts";
import type { Source } from "./poll.ts";
import type { Reactor } from "./reactor.ts";
import {
  paused,
  readable,
  ending,
  drainOwed,
  peerEnded,
  endRequested,
  finSent,
  failureMet,
  closing,
  closed,
  waiting,
  starved,
  erred,
  gathered,
  over,
} from "./socket-state.ts";
import { WriteQueue } from "./write-queue.ts";

const wholeMask = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
const endingMask = EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
/** After so many full reads others get their turn. */
const maxReadsPerTurn = 2;
const starvedMs = 10;
/** Reads of this size are worth two splices instead of a recv and a send. */
const largeReadBytes = 32 * 1024;
/**
 * After so many of them in a row, within `quickMs`, bytes go through a pipe. A slow reader stays below that: what is moved to
 * a pipe, the kernel counts as read, and lets the sender send the more.
 */
const movingPace = 6;
const quickMs = 20;
/** After so many small ones more than large ones, they go through memory again. */
const patience = 4;

/**
 * Wraps a connected socket that is registered once, edge-triggered, for all events: pause and resume cost no system call,
 * and a read that did not fill its buffer needs no second one to know that it was the last.
 *
 * A reset that comes while paused is told once there is nothing left to read before it.
 */
export class ReactorSocket implements Socket, Source, Task, Sender, KeepAliveWaiter {
  handler: SocketHandler = ignoreSocket;
  readonly remoteAddress: Address;
  keepAliveIndex = -1;
  readonly #reactor: Reactor;
  readonly #fd: number;
  readonly #options: SocketOptions;
  #state = paused;
  #reason: CloseReason = "local";
  #queue: WriteQueue | undefined = undefined;
  /** Whom all that comes is for, when that is known. */
  #relayPeer: ReactorSocket | undefined = undefined;
  /** How much comes at a time: up with each large read, down with each small one; and since when. */
  #pace = 0;
  #paceMs = 0;

  /** `fd` is this socket's from here on: it alone closes it. Its source in the poll must be, or become, this. */
  constructor(reactor: Reactor, fd: number, remoteAddress: Address, options: SocketOptions) {
    this.#reactor = reactor;
    this.#fd = fd;
    this.remoteAddress = remoteAddress;
    this.#options = options;
    if (remoteAddress.kind === "unix") this.#state |= ending;
    reactor.loop.hold();
  }

  get localAddress(): Address {
    if (this.remoteAddress.kind === "unix") return this.remoteAddress;
    const known = (this.#state & over) === 0 ? this.#reactor.localAddress(this.#fd) : undefined;
    return known ?? tcpAddress(undefined, undefined);
  }

  get bufferedBytes(): number {
    return this.#queue === undefined ? 0 : this.#queue.byteLength;
  }

  write(bytes: Uint8Array): boolean {
    if ((this.#state & (over | endRequested | failureMet)) !== 0) return true;
    const reactor = this.#reactor;
    if (this.#queue === undefined) {
      if (reactor.outbox.add(this, bytes)) {
        this.#state |= gathered;
        return true;
      }
      this.#sendGathered();
      if ((this.#state & failureMet) !== 0) return true;
    }
    if (this.#queue === undefined) this.#keepUnsent(reactor.send(this.#fd, bytes), reactor.sendError, bytes);
    else this.#queue.push(bytes, reactor);
    if (this.bufferedBytes <= this.#options.highWaterMarkBytes) return true;
    this.#state |= drainOwed;
    return false;
  }

  sendGathered(block: Block, length: number): void {
    if ((this.#state & (over | failureMet)) !== 0) return;
    const { libc } = this.#reactor;
    const queue = this.#queue;
    if (queue !== undefined) {
      queue.push(block.bytes.subarray(0, length), this.#reactor);
      return;
    }
    let sent = EINTR;
    while (sent === EINTR) sent = libc.send(this.#fd, block, 0, length, MSG_NOSIGNAL);
    if (sent < length) this.#keepUnsent(sent, 0, block.bytes.subarray(0, length));
  }

  /** What of `bytes` was not sent waits. `sent` is how much was, or the error; `error`, why it was not all: 0 for no room. */
  #keepUnsent(sent: number, error: number, bytes: Uint8Array): void {
    if (sent === bytes.byteLength) return;
    const met = sent < 0 ? sent : error;
    if (met < 0 && !this.#canWait(met)) {
      this.#failWrites(met);
      return;
    }
    const queue = new WriteQueue();
    this.#queue = queue;
    queue.push(sent <= 0 ? bytes : bytes.subarray(sent), this.#reactor);
  }

  gatheredSent(): void {
    this.#state &= ~gathered;
    if ((this.#state & (endRequested | finSent | failureMet | over)) !== endRequested) return;
    if (this.#queue === undefined) this.#sendFin();
  }

  /** Sends now what of this turn is still to be sent, before something else may be done. */
  #sendGathered(): void {
    if ((this.#state & gathered) !== 0) this.#reactor.outbox.flush();
  }

  relayTo(peer: Socket): void {
    if (#state in peer) this.#relayPeer = peer;
  }

  pause(): void {
    this.#state |= paused;
  }

  resume(): void {
    if ((this.#state & (over | paused)) !== paused) return;
    this.#state &= ~paused;
    if ((this.#state & readable) !== 0) this.#soon();
  }

  end(): void {
    if ((this.#state & (over | endRequested)) !== 0) return;
    this.#state = (this.#state | endRequested) & ~drainOwed;
    if (this.#queue === undefined && (this.#state & (failureMet | gathered)) === 0) this.#sendFin();
  }

  reset(): void {
    if ((this.#state & over) !== 0) return;
    this.#letGo("local", this.remoteAddress.kind === "tcp");
    this.#soon();
  }

  destroy(): void {
    if ((this.#state & over) !== 0) return;
    this.#letGo("local", false);
    this.#soon();
  }

  setKeepAlive(): void {
    const reactor = this.#reactor;
    reactor.setOption(this.#fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    reactor.setOption(this.#fd, IPPROTO_TCP, TCP_KEEPIDLE, keepAliveSeconds(this.#options));
  }

  /** For a socket that has not inherited it. */
  keepAliveSoon(): void {
    if (this.#options.keepAliveMs > 0) setKeepAliveSoon(this);
  }

  /** The kernel has told of the peer's reset, and will not tell again. */
  noteReset(): void {
    this.#reason = "reset";
    this.#state |= failureMet | readable | ending;
  }

  // --- for the poll and the loop ---

  onReady(events: number): void {
    if ((events & wholeMask) !== 0) {
      this.#state |= (events & endingMask) === 0 ? readable : readable | ending;
      if ((events & EPOLLERR) !== 0) this.#state |= erred;
      if ((this.#state & paused) === 0) this.#read();
      else if ((events & EPOLLERR) !== 0) this.#lookForReset();
      // Behind its FIN there is nothing to read that could tell of a reset.
      if ((events & EPOLLERR) !== 0 && (this.#state & (over | peerEnded)) === peerEnded) this.#fail(this.#error());
    }
    if ((events & EPOLLOUT) !== 0 && this.#queue !== undefined) this.#flush();
  }

  onTurn(): void {
    this.#state &= ~waiting;
    if ((this.#state & closing) !== 0) {
      this.#state = closed;
      this.handler.onClose(this.#reason);
      return;
    }
    this.#goOn();
  }

  /** A call could not be made for lack of memory: whatever it was, it is made again. */
  onMemory(): void {
    this.#state &= ~starved;
    if (this.#queue !== undefined) this.#flush();
    this.#goOn();
  }

  #goOn(): void {
    if ((this.#state & over) !== 0) return;
    if ((this.#state & (failureMet | peerEnded)) === (failureMet | peerEnded)) this.#close(this.#reason);
    else if ((this.#state & (failureMet | paused)) === (failureMet | paused)) this.#lookForReset();
    else if ((this.#state & (paused | readable)) === readable) this.#read();
  }

  #soon(): void {
    if ((this.#state & waiting) !== 0) return;
    this.#state |= waiting;
    this.#reactor.loop.soon(this);
  }

  #read(): void {
    for (let reads = 0; reads < maxReadsPerTurn; reads++) {
      if ((this.#state & (over | paused | peerEnded)) !== 0) return;
      const peer = this.#pace >= movingPace ? this.#pipedPeer() : undefined;
      const pipe = peer === undefined ? undefined : this.#reactor.pipes.take();
      const count = peer === undefined || pipe === undefined ? this.#readBytes() : this.#moveBytes(pipe, peer);
      if (count === 0) {
        this.#gotEnd();
        return;
      }
      if (count === EAGAIN) this.#state &= ~readable;
      else if (count < 0 && count !== EINTR && !this.#canWait(count)) this.#fail(count);
      if ((count < 0 && count !== EINTR) || (this.#state & readable) === 0) return;
      // What was moved may have been a mebibyte.
      if (pipe !== undefined) break;
    }
    this.#soon();
  }

  /** One read, told of. Answers what the kernel did. */
  #readBytes(): number {
    const reactor = this.#reactor;
    const { libc, readBlock } = reactor;
    const size = readBlock.bytes.byteLength;
    const count = libc.recv(this.#fd, readBlock, size, 0);
    if (count <= 0) return count;
    // Less than was asked for: there is no more, unless an end is behind it.
    if (count < size && (this.#state & ending) === 0) this.#state &= ~readable;
    this.#pace = count < largeReadBytes ? 0 : this.#pace + 1;
    if (this.#pace === 1) this.#paceMs = reactor.loop.lastMs;
    else if (this.#pace === movingPace && reactor.loop.lastMs - this.#paceMs > quickMs) this.#pace = 0;
    this.handler.onData(reactor.read(count));
    return count;
  }

  /** The peer of `relayTo`, when it can take bytes from a pipe now. */
  #pipedPeer(): ReactorSocket | undefined {
    const peer = this.#relayPeer;
    if (peer === undefined) return undefined;
    peer.#sendGathered();
    if (peer.#queue !== undefined) return undefined;
    return (peer.#state & (over | endRequested | failureMet)) === 0 ? peer : undefined;
  }

  /** One read past our memory, told of. Answers what the kernel did. */
  #moveBytes(pipe: Pipe, peer: ReactorSocket): number {
    const count = pipe.fill(this.#fd);
    if (count <= 0) {
      this.#reactor.pipes.give(pipe);
      return count;
    }
    this.#pace = count < largeReadBytes ? this.#pace - 1 : movingPace + patience;
    this.handler.onRelayed?.(count, peer.#takePipe(pipe));
    return count;
  }

  /** As `write`, with bytes in a pipe, when nothing waits. The pipe is this socket's from here on. */
  #takePipe(pipe: Pipe): boolean {
    const result = pipe.drain(this.#fd);
    if (result === 0) {
      this.#reactor.pipes.give(pipe);
      return true;
    }
    this.#queue = new WriteQueue(pipe);
    if (!this.#canWait(result)) {
      this.#failWrites(result);
      return true;
    }
    this.#state |= drainOwed;
    return false;
  }

  #gotEnd(): void {
    if ((this.#state & failureMet) !== 0) {
      this.#close(this.#reason);
      return;
    }
    this.#state |= peerEnded;
    this.handler.onEnd();
    if ((this.#state & finSent) !== 0) this.#close("ended");
    else if ((this.#state & (over | erred)) === erred) this.#fail(this.#error());
  }

  /** An error came while paused: when there is nothing left to read before it, it is told. */
  #lookForReset(): void {
    if ((this.#state & (over | peerEnded)) !== 0) return;
    const { libc, readBlock } = this.#reactor;
    let count = EINTR;
    while (count === EINTR) count = libc.recv(this.#fd, readBlock, 1, MSG_PEEK);
    if (count < 0) {
      if (!this.#canWait(count)) this.#fail(count);
    } else if (count === 0 && (this.#state & failureMet) !== 0) {
      this.#close(this.#reason);
    }
  }

  #failWrites(error: number): void {
    this.#reason = reasonOf(error);
    this.#queue?.clear(this.#reactor);
    this.#queue = undefined;
    this.#state = (this.#state | failureMet | readable | ending) & ~drainOwed;
    this.#soon();
  }

  #flush(): void {
    const queue = this.#queue;
    if (queue === undefined || (this.#state & over) !== 0) return;
    const result = queue.flush(this.#fd, this.#reactor);
    if (result < 0) {
      if (!this.#canWait(result)) this.#failWrites(result);
      return;
    }
    this.#queue = undefined;
    if ((this.#state & endRequested) !== 0) {
      this.#sendFin();
    } else if ((this.#state & drainOwed) !== 0) {
      this.#state &= ~drainOwed;
      this.handler.onDrain();
    }
  }

  /** When the peer's FIN is here too, closing sends ours: nothing is left to read that it could throw away. */
  #sendFin(): void {
    if ((this.#state & peerEnded) !== 0) {
      this.#letGo("ended", false);
      this.#soon();
      return;
    }
    this.#state |= finSent;
    // That it fails because the connection was reset, the next read tells.
    this.#reactor.libc.shutdown(this.#fd, SHUT_WR);
  }

  /** Whether an error says only that there is no room or no memory now. If so, the call is made again when there is. */
  #canWait(error: number): boolean {
    if (error === EAGAIN) return true;
    if (error !== ENOBUFS && error !== ENOMEM) return false;
    // No event tells when the kernel has memory again.
    if ((this.#state & starved) === 0) {
      this.#state |= starved;
      this.#reactor.clock.after(starvedMs, () => this.onMemory());
    }
    return true;
  }

  /** The error that waits for the socket. */
  #error(): number {
    return -this.#reactor.option(this.#fd, SOL_SOCKET, SO_ERROR);
  }

  #fail(error: number): void {
    // A write that failed has taken the error away.
    this.#close(error === 0 && (this.#state & failureMet) !== 0 ? this.#reason : reasonOf(error));
  }

  /** Over, from inside an event. */
  #close(reason: CloseReason): void {
    if ((this.#state & over) !== 0) return;
    this.#letGo(reason, false);
    this.#state = closed;
    this.handler.onClose(reason);
  }

  /** Gives back all that the kernel has of it. `onClose` is still to be called. */
  #letGo(reason: CloseReason, withReset: boolean): void {
    const reactor = this.#reactor;
    this.#sendGathered();
    this.#reason = reason;
    this.#state |= closing;
    this.#queue?.clear(reactor);
    this.#queue = undefined;
    dropKeepAlive(this);
    reactor.poll.forget(this.#fd);
    if (withReset) reactor.closeWithReset(this.#fd);
    else reactor.libc.close(this.#fd);
    reactor.loop.release();
  }
}

function reasonOf(error: number): CloseReason {
  return error === 0 ? "error" : closeReason({ code: errorName(error) });
}

/** TCP_KEEPIDLE takes whole seconds. */
export function keepAliveSeconds({ keepAliveMs }: SocketOptions): number {
  return Math.max(1, Math.trunc(keepAliveMs / 1000));
}
