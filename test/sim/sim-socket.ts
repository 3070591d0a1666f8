import type { Address } from "../../src/core/runtime/address.ts";
import type { SocketOptions } from "../../src/core/runtime/runtime.ts";
import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../../src/core/runtime/socket.ts";
import { isStale, lend, takeUpTo } from "./chunk-guard.ts";
import type { SimHost } from "./sim-host.ts";
import { SendQueue } from "./send-queue.ts";
import type { Ready } from "./sim-loop.ts";
import type { SimThread } from "./sim-thread.ts";
import { Wire } from "./wire.ts";

/** Of the chunks for the peer of `relayTo`, every third goes the short way: past the user. */
const shortWayEvery = 3;

/** What one end of a new connection is made with. */
export interface SimEnd {
  readonly thread: SimThread;
  readonly address: Address;
  readonly options: SocketOptions;
}

/** One end of a simulated connection: what an adapter and a strict kernel make of the port together. */
export class SimSocket implements Socket, Ready {
  handler: SocketHandler = ignoreSocket;
  readonly name: string;
  readonly host: SimHost;
  /** The one that has it. */
  readonly thread: SimThread;
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  /** A fault of the network or of a machine has touched the connection: it may end without being told why. */
  disturbed = false;
  /** The thread that had one of its ends died: the kernel closed it, whatever was still to be sent. */
  orphaned = false;
  /** When bytes last came to the user or left the user's buffer; virtual time. */
  lastMovedMs = 0;
  /** What was not read, and what waited, when the user closed. */
  unreadAtClose = 0;
  unreadSinceMs = 0;
  waitedAtClose = 0;
  /** Bytes that came to the user. */
  toldBytes = 0;
  /** How many of them had come when the user sent FIN; Infinity: it has not. */
  toldBytesAtEnd = Infinity;
  /** When it was over for the user; virtual time. */
  goneMs = 0;
  readonly #highWaterMarkBytes: number;
  readonly #keepAliveMs: number;
  #other: SimSocket | undefined;
  #out: Wire | undefined;
  #in: Wire | undefined;
  readonly #queue = new SendQueue();
  /** Taken by the kernel in this turn, and not yet said to be. */
  #lazyBytes = 0;
  #drainOwed = false;
  #paused = true;
  #woken = false;
  #endRequested = false;
  #shutDown = false;
  #endTold = false;
  /** Who gets what comes, when the user has promised that. */
  #relayPeer: SimSocket | undefined;
  #chunks = 0;
  #closedLocally = false;
  #closeTold = false;
  #vanished = false;
  #registered = false;
  #error: CloseReason | undefined = undefined;
  /** A reset that the process does not know yet, because it does not look. */
  #errorHidden = false;

  /** Connects two hosts: both ends exist and are paused, nobody knows them yet. */
  static pair(stream: number, name: string, from: SimEnd, to: SimEnd): readonly [SimSocket, SimSocket] {
    const dice = from.thread.host.network.dice(stream);
    const a = new SimSocket(`${name}<`, from, to.address);
    const b = new SimSocket(`${name}>`, to, from.address);
    a.#out = b.#in = new Wire(a, b, dice);
    b.#out = a.#in = new Wire(b, a, dice);
    a.#other = b;
    b.#other = a;
    return [a, b];
  }

  private constructor(name: string, end: SimEnd, remoteAddress: Address) {
    this.name = name;
    this.thread = end.thread;
    this.host = end.thread.host;
    this.localAddress = end.address;
    this.remoteAddress = remoteAddress;
    this.#highWaterMarkBytes = end.options.highWaterMarkBytes;
    this.#keepAliveMs = end.options.keepAliveMs;
    this.lastMovedMs = this.host.network.queue.nowMs;
  }

  /** It was accepted, not connected. */
  get accepted(): boolean {
    return this.name.endsWith(">");
  }

  /** The peer's address as `host:port`. */
  get remoteName(): string {
    const { remoteAddress } = this;
    return remoteAddress.kind === "tcp" ? `${remoteAddress.host}:${remoteAddress.port}` : remoteAddress.path;
  }

  /** It was over before the user closed it. */
  get closedByPeer(): boolean {
    return this.#closeTold && !this.#closedLocally;
  }

  /** The end at the other host. */
  get other(): SimSocket | undefined {
    return this.#other;
  }

  /** Written and thrown away by a reset, a destroy or an error. */
  get droppedBytes(): number {
    return this.#queue.droppedBytes;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes + this.#lazyBytes;
  }

  /** Nobody takes what arrives. */
  get gone(): boolean {
    return this.#closedLocally || this.#closeTold || this.#vanished;
  }

  /** The peer's FIN was told to the user. */
  get endTold(): boolean {
    return this.#endTold;
  }

  /** The user has called `end`. */
  get endRequested(): boolean {
    return this.#endRequested;
  }

  /** An error of the network or the peer's RST is here, told or not. */
  get failed(): boolean {
    return this.#error !== undefined;
  }

  /** Bytes that arrived and were not read. */
  get unreadBytes(): number {
    return this.#in?.receivedBytes ?? 0;
  }

  /** For how long some have been there, or had been when the user closed; 0: there are none. */
  get unreadMs(): number {
    if (this.#closedLocally) return this.unreadAtClose === 0 ? 0 : this.goneMs - this.unreadSinceMs;
    return this.#in === undefined || this.unreadBytes === 0
      ? 0
      : this.host.network.queue.nowMs - this.#in.unreadSinceMs;
  }

  // --- the port ---

  write(bytes: Uint8Array): boolean {
    if (this.gone) return true;
    if (this.#endRequested) {
      if (this.host.checked) this.#report("write-after-end", "a write after end");
      return true;
    }
    if (this.#error !== undefined) {
      this.#notice();
      return true;
    }
    if (this.#drainOwed && this.host.checked && this.host.writesAheadBytes === 0)
      this.#report("write-before-drain", "a write before the drain it owes");
    this.#trace(`write ${bytes.byteLength}`);
    this.host.onWrite?.(this, bytes);
    this.#accept(this.host.checked ? this.#owned(bytes) : bytes);
    const waiting = this.bufferedBytes;
    const bound = this.#highWaterMarkBytes + this.host.network.settings.readBytes + this.host.writesAheadBytes;
    if (this.host.checked && waiting > bound)
      this.#report("bounded-memory", `${waiting} bytes wait, at most ${bound} may`);
    if (waiting < this.#highWaterMarkBytes) return true;
    this.#drainOwed = true;
    if (this.#queue.bytes === 0) this.#wake();
    return false;
  }

  pause(): void {
    if (!this.gone && !this.#paused) this.#trace("pause");
    this.#paused = true;
  }

  relayTo(peer: Socket): void {
    if (peer instanceof SimSocket) this.#relayPeer = peer;
  }

  resume(): void {
    if (this.gone || !this.#paused) return;
    this.#trace("resume");
    this.#paused = false;
    this.#notice();
    this.#wake();
  }

  end(): void {
    if (this.gone || this.#endRequested) return;
    this.#trace("end");
    this.#endRequested = true;
    this.toldBytesAtEnd = this.toldBytes;
    this.#drainOwed = false;
    if (this.#error !== undefined) this.#notice();
    else if (this.#queue.bytes === 0) this.#sendFin();
  }

  reset(): void {
    if (this.gone) return;
    this.#trace("reset");
    this.#closeLocally();
    this.#out?.rst();
  }

  destroy(): void {
    if (this.gone) return;
    this.#trace("destroy");
    const unread = this.unreadBytes;
    this.#closeLocally();
    // close(2) with data that nobody read is an RST: RFC 2525 2.17.
    if (unread > 0 || this.#error !== undefined) this.#out?.rst();
    else this.#out?.fin();
  }

  // --- for listeners and connects ---

  /** The process takes the connection over. False: it was reset already, and the adapter hides it. */
  open(showReset: boolean): boolean {
    if (this.gone || (this.#error !== undefined && !showReset)) return false;
    this.#register();
    if (this.#error !== undefined) this.#wake();
    return true;
  }

  /** The kernel ends it; no process ever knew it. */
  abandon(how: "rst" | "fin" = "rst"): void {
    if (this.gone) return;
    this.#vanished = true;
    if (how === "rst" || this.unreadBytes > 0) this.#out?.rst();
    else this.#out?.fin();
  }

  /** Its thread is gone: the kernel closes it, with RST where something was not read (RFC 2525 2.17). */
  orphan(): void {
    if (!this.gone) {
      this.#trace("orphan");
      const rst = this.unreadBytes > 0 || this.#error !== undefined;
      this.unreadAtClose = this.unreadBytes;
      this.#disturb();
      this.orphaned = true;
      if (this.#other !== undefined) this.#other.orphaned = true;
      this.#vanished = true;
      this.#queue.drop();
      this.#in?.dropReceived();
      if (rst) this.#out?.rst();
      else this.#out?.fin();
    }
    this.host.sockets.delete(this);
  }

  /** The machine is gone, and with it all it knew. */
  vanish(): void {
    this.#vanished = true;
    this.host.sockets.delete(this);
    this.#disturb();
    this.#out?.silence();
    this.#other?.startKeepAlive();
  }

  /** The other side will never answer again. */
  startKeepAlive(): void {
    if (this.#keepAliveMs === 0 || this.gone) return;
    const { queue, settings } = this.host.network;
    queue.after(this.#keepAliveMs + settings.keepAliveProbesMs, () => this.gotReset("timeout"));
  }

  // --- for the wires ---

  /** Something arrived. */
  news(): void {
    if (!this.#paused) this.#wake();
  }

  /** The other side's kernel has taken bytes. */
  roomMade(): void {
    if (this.#queue.bytes === 0) return;
    this.lastMovedMs = this.host.network.queue.nowMs;
    this.#flush();
  }

  gotReset(reason: "reset" | "timeout"): void {
    if (this.#error !== undefined || this.gone) {
      this.#out?.silence();
      return;
    }
    const { settings } = this.host.network;
    if (reason === "timeout") this.#disturb();
    this.#error = reason;
    this.#errorHidden = settings.resetHidesWhilePaused && this.#paused;
    this.#queue.drop();
    this.#out?.silence();
    if (settings.resetDropsUnread) this.#in?.dropReceived();
    this.#wake();
  }

  /** Data came for a socket that is gone. */
  refuseData(): void {
    this.#out?.rst();
  }

  /** The network kept segments back. */
  heldBack(): void {
    this.#disturb();
  }

  // --- the loop ---

  runReady(): void {
    this.#woken = false;
    this.#lazyBytes = 0;
    if (this.#closeTold || this.#vanished || !this.#registered) return;
    if (this.#closedLocally) return this.#tellClose("local");
    if (this.#error !== undefined && !this.#readsOn()) {
      if (!this.#errorHidden) this.#tellClose(this.#error);
      return;
    }
    const { drainFirst } = this.host.network.settings;
    if (drainFirst) this.#tellDrain();
    this.#tellData();
    if (!drainFirst) this.#tellDrain();
    this.#tellEnd();
    if (this.gone) return;
    if (this.#endTold && this.#shutDown) this.#tellClose("ended");
    else if (!this.#paused && (this.unreadBytes > 0 || this.#error !== undefined || this.#endWaits())) this.#wake();
  }

  /** After an error: whether there is something left that was here before it. */
  #readsOn(): boolean {
    return !this.#paused && (this.unreadBytes > 0 || this.#endWaits());
  }

  #endWaits(): boolean {
    return this.#in?.finArrived === true && !this.#endTold;
  }

  #tellDrain(): void {
    if (!this.#drainOwed || this.bufferedBytes > 0 || this.gone || this.#error !== undefined) return;
    this.#drainOwed = false;
    this.#trace("onDrain");
    this.handler.onDrain();
  }

  #tellData(): void {
    const wire = this.#in;
    if (this.#paused || this.gone || wire === undefined || wire.receivedBytes === 0) return;
    this.lastMovedMs = this.host.network.queue.nowMs;
    if (!this.host.checked) {
      const head = wire.received.shift();
      if (head === undefined) return;
      wire.receivedBytes -= head.byteLength;
      this.toldBytes += head.byteLength;
      wire.windowOpened();
      this.handler.onData(head);
      return;
    }
    const parts = takeUpTo(wire, this.host.network.settings.readBytes, this.lastMovedMs);
    wire.windowOpened();
    const unchanged = lend(parts, (chunk) => {
      this.toldBytes += chunk.byteLength;
      const peer = this.#relayPeer;
      if (peer === undefined || peer.gone || ++this.#chunks % shortWayEvery !== 0) {
        this.#trace(`onData ${chunk.byteLength}`);
        this.handler.onData(chunk);
      } else {
        this.#trace(`onRelayed ${chunk.byteLength}`);
        this.handler.onRelayed?.(chunk.byteLength, peer.write(chunk));
      }
    });
    if (!unchanged) this.#report("bytes-changed", "a chunk was changed during onData");
  }

  #tellEnd(): void {
    if (this.#paused || this.gone || !this.#endWaits() || this.unreadBytes > 0) return;
    this.#endTold = true;
    this.#trace("onEnd");
    this.handler.onEnd();
  }

  #tellClose(reason: CloseReason): void {
    this.#closeTold = true;
    if (!this.#closedLocally) this.goneMs = this.host.network.queue.nowMs;
    this.host.sockets.delete(this);
    if (reason === "reset" || reason === "timeout") this.#out?.silence();
    this.#trace(`onClose ${reason}`);
    this.handler.onClose(reason);
  }

  // --- writing ---

  /** The caller's bytes as they are now: they are the kernel's, and must not change any more. */
  #owned(bytes: Uint8Array): Uint8Array {
    if (isStale(bytes)) this.#report("chunk-kept", "a chunk of onData was written after that call");
    return bytes.slice();
  }

  #accept(bytes: Uint8Array): void {
    const taken = this.#out === undefined ? 0 : this.#queue.write(this.#out, bytes);
    if (taken === 0 || !this.host.checked || !this.host.network.settings.writesWaitATurn) return;
    this.#lazyBytes += taken;
    this.#wake();
  }

  #flush(): void {
    if (this.#out !== undefined) this.#queue.flush(this.#out);
    if (this.#queue.bytes > 0) return;
    if (this.#endRequested) this.#sendFin();
    else if (this.#drainOwed) this.#wake();
  }

  #sendFin(): void {
    if (this.#shutDown) return;
    this.#shutDown = true;
    this.#out?.fin();
    if (this.#endTold) this.#wake();
  }

  // --- closing ---

  #closeLocally(): void {
    this.unreadAtClose = this.unreadBytes;
    this.unreadSinceMs = this.#in?.unreadSinceMs ?? 0;
    this.waitedAtClose = this.#queue.bytes;
    this.#closedLocally = true;
    this.goneMs = this.host.network.queue.nowMs;
    this.#queue.drop();
    this.#in?.dropReceived();
    this.#wake();
  }

  #notice(): void {
    if (this.#error === undefined) return;
    this.#errorHidden = false;
    this.#wake();
  }

  #disturb(): void {
    this.disturbed = true;
    if (this.#other !== undefined) this.#other.disturbed = true;
  }

  #register(): void {
    this.#registered = true;
    this.host.sockets.add(this);
    this.host.onOpen?.(this);
  }

  #wake(): void {
    if (this.#woken || !this.#registered) return;
    this.#woken = true;
    this.thread.loop.wake(this);
  }

  #report(invariant: string, what: string): void {
    this.host.network.report(invariant, `${this.name}: ${what}`);
  }

  #trace(what: string): void {
    this.host.network.trace?.(this.name, what);
  }
}
