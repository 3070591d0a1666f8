import { Buffer } from "node:buffer";
import type { Address } from "../../src/core/runtime/address.ts";
import type { SocketOptions } from "../../src/core/runtime/runtime.ts";
import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../../src/core/runtime/socket.ts";
import type { SimHost } from "./sim-host.ts";
import type { Ready } from "./sim-loop.ts";
import { Wire } from "./wire.ts";

/** What a checked socket shows its user: a copy that is good during the call only, and spoiled after it. */
const scratch = new Uint8Array(65_536);
const spoiled = 0xa5;

/** What one end of a new connection is made with. */
export interface SimEnd {
  readonly host: SimHost;
  readonly address: Address;
  readonly options: SocketOptions;
}

/** One end of a simulated connection: what an adapter and a strict kernel make of the port together. */
export class SimSocket implements Socket, Ready {
  handler: SocketHandler = ignoreSocket;
  readonly name: string;
  readonly host: SimHost;
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  /** A fault of the network or of a machine has touched the connection: it may end without being told why. */
  disturbed = false;
  /** Written and thrown away by a reset, a destroy or an error. */
  droppedBytes = 0;
  /** When bytes last came to the user or left the user's buffer; virtual time. */
  lastMovedMs = 0;
  /** What was not read, and what waited, when the user closed. */
  unreadAtClose = 0;
  unreadSinceMs = 0;
  waitedAtClose = 0;
  readonly #highWaterMarkBytes: number;
  readonly #keepAliveMs: number;
  #other: SimSocket | undefined;
  #out: Wire | undefined;
  #in: Wire | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Taken by the kernel in this turn, and not yet said to be. */
  #lazyBytes = 0;
  #drainOwed = false;
  #paused = true;
  #woken = false;
  #endRequested = false;
  #shutDown = false;
  #endTold = false;
  #closedLocally = false;
  #closeTold = false;
  #vanished = false;
  #registered = false;
  #error: CloseReason | undefined = undefined;
  /** A reset that the process does not know yet, because it does not look. */
  #errorHidden = false;

  /** Connects two hosts: both ends exist and are paused, nobody knows them yet. */
  static pair(stream: number, name: string, from: SimEnd, to: SimEnd): readonly [SimSocket, SimSocket] {
    const dice = from.host.network.dice(stream);
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
    this.host = end.host;
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

  get bufferedBytes(): number {
    return this.#queuedBytes + this.#lazyBytes;
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
    if (this.#drainOwed && this.host.checked) this.#report("write-before-drain", "a write before the drain it owes");
    this.#trace(`write ${bytes.byteLength}`);
    this.#accept(this.host.checked ? this.#owned(bytes) : bytes);
    const waiting = this.bufferedBytes;
    const bound = this.#highWaterMarkBytes + this.host.network.settings.readBytes;
    if (this.host.checked && waiting > bound)
      this.#report("bounded-memory", `${waiting} bytes wait, at most ${bound} may`);
    if (waiting < this.#highWaterMarkBytes) return true;
    this.#drainOwed = true;
    if (this.#queuedBytes === 0) this.#wake();
    return false;
  }

  pause(): void {
    if (!this.gone && !this.#paused) this.#trace("pause");
    this.#paused = true;
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
    this.#drainOwed = false;
    if (this.#error !== undefined) this.#notice();
    else if (this.#queuedBytes === 0) this.#sendFin();
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
    if (this.#queuedBytes === 0) return;
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
    this.#dropQueue();
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
    if (!this.#drainOwed || this.#queuedBytes > 0 || this.gone || this.#error !== undefined) return;
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
      wire.windowOpened();
      this.handler.onData(head);
      return;
    }
    const parts = takeUpTo(wire, this.host.network.settings.readBytes, this.lastMovedMs);
    let length = 0;
    for (const part of parts) {
      scratch.set(part, length);
      length += part.byteLength;
    }
    wire.windowOpened();
    this.#trace(`onData ${length}`);
    inOnData = true;
    this.handler.onData(scratch.subarray(0, length));
    inOnData = false;
    this.#checkUnchanged(parts);
    scratch.fill(spoiled, 0, length);
  }

  #checkUnchanged(parts: readonly Uint8Array[]): void {
    let offset = 0;
    for (const part of parts) {
      if (Buffer.compare(part, scratch.subarray(offset, offset + part.byteLength)) !== 0)
        this.#report("bytes-changed", "a chunk was changed during onData");
      offset += part.byteLength;
    }
  }

  #tellEnd(): void {
    if (this.#paused || this.gone || !this.#endWaits() || this.unreadBytes > 0) return;
    this.#endTold = true;
    this.#trace("onEnd");
    this.handler.onEnd();
  }

  #tellClose(reason: CloseReason): void {
    this.#closeTold = true;
    this.host.sockets.delete(this);
    if (reason === "reset" || reason === "timeout") this.#out?.silence();
    this.#trace(`onClose ${reason}`);
    this.handler.onClose(reason);
  }

  // --- writing ---

  /** The caller's bytes as they are now: they are the kernel's, and must not change any more. */
  #owned(bytes: Uint8Array): Uint8Array {
    if (bytes.buffer === scratch.buffer && !inOnData)
      this.#report("chunk-kept", "a chunk of onData was written after that call");
    return bytes.slice();
  }

  #accept(bytes: Uint8Array): void {
    const room = this.#queuedBytes > 0 ? 0 : (this.#out?.room ?? 0);
    if (room >= bytes.byteLength) {
      this.#take(bytes);
      return;
    }
    if (room > 0) this.#take(bytes.subarray(0, room));
    const rest = room > 0 ? bytes.subarray(room) : bytes;
    this.#queue.push(rest);
    this.#queuedBytes += rest.byteLength;
  }

  #take(bytes: Uint8Array): void {
    this.#out?.take(bytes);
    if (!this.host.checked || !this.host.network.settings.writesWaitATurn) return;
    this.#lazyBytes += bytes.byteLength;
    this.#wake();
  }

  #flush(): void {
    while (this.#queuedBytes > 0) {
      const head = this.#queue[0];
      const room = this.#out?.room ?? 0;
      if (head === undefined || room <= 0) return;
      const size = Math.min(room, head.byteLength);
      if (size === head.byteLength) this.#queue.shift();
      else this.#queue[0] = head.subarray(size);
      this.#queuedBytes -= size;
      this.#out?.take(size === head.byteLength ? head : head.subarray(0, size));
    }
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
    this.waitedAtClose = this.#queuedBytes;
    this.#closedLocally = true;
    this.#dropQueue();
    this.#in?.dropReceived();
    this.#wake();
  }

  #dropQueue(): void {
    this.droppedBytes += this.#queuedBytes;
    this.#queue = [];
    this.#queuedBytes = 0;
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
    this.host.loop.wake(this);
  }

  #report(invariant: string, what: string): void {
    this.host.network.report(invariant, `${this.name}: ${what}`);
  }

  #trace(what: string): void {
    this.host.network.trace?.(this.name, what);
  }
}

/** A checked socket's `onData` runs: the scratch is good. */
let inOnData = false;

/** Takes what was received, up to `bytes`, in the parts it came in. */
function takeUpTo(wire: Wire, bytes: number, nowMs: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let left = bytes;
  while (left > 0) {
    const head = wire.received[0];
    if (head === undefined) break;
    if (head.byteLength <= left) {
      wire.received.shift();
      parts.push(head);
      left -= head.byteLength;
    } else {
      parts.push(head.subarray(0, left));
      wire.received[0] = head.subarray(left);
      left = 0;
    }
  }
  wire.receivedBytes -= bytes - left;
  wire.unreadSinceMs = nowMs;
  return parts;
}
