import { firstOffset, isPattern, patternBytes } from "../../src/cli/load/pattern.ts";
import type { CloseReason, SocketHandler } from "../../src/core/runtime/socket.ts";
import type { Opening, SidePlan } from "./scenario.ts";
import type { Report } from "./sim-network.ts";
import type { SimSocket } from "./sim-socket.ts";

/** Each side starts with this: who it is, so that the other can check the rest. */
const headerBytes = 8;
const magic = 0xf7;
/** In its place, with what follows: a client that begins as one of HTTP might, whose methods all begin otherwise. */
const text: readonly number[] = [...new TextEncoder().encode("Q /x")];
/** So often a slow reader stops, and no more: a test shall end. */
const maxStalls = 12;

/** What an endpoint answers to a health check. */
const httpAnswer: Uint8Array = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nall's well");
const upperCaseG = 0x47;

/** Which side of the proxy. */
export type PeerKind = "client" | "endpoint";

/** Finds the other side by what its header says. */
export type FindPeer = (kind: PeerKind, id: number) => Peer | undefined;

/** One end of a connection outside the proxy: plays its plan, and checks every byte and the end that it sees. */
export class Peer implements SocketHandler {
  readonly kind: PeerKind;
  readonly id: number;
  readonly socket: SimSocket;
  /** The other end of the whole connection, when its first bytes are here. */
  linked: Peer | undefined = undefined;
  /** Header and bytes of the plan that were written. */
  sentBytes = 0;
  receivedBytes = 0;
  finSent = false;
  finSentMs = 0;
  /** It ended with `reset` or `destroy`. */
  aborted = false;
  endSeen = false;
  closeReason: CloseReason | undefined = undefined;
  lastReceivedMs = 0;
  readonly #report: Report;
  readonly #find: FindPeer;
  #plan: SidePlan | undefined;
  /** How many bytes the other side is going to send. */
  #expectedBytes = Infinity;
  readonly #header = new Uint8Array(headerBytes);
  #opening: Opening = "binary";
  /** What came of HTTP, which an endpoint of another protocol may get when its client was too slow. */
  #stray = "";
  #headerSent = false;
  #probed = false;
  #bodySent = 0;
  #waitsForDrain = false;
  #gap = false;
  #readSinceStall = 0;
  #stalls = 0;

  constructor(kind: PeerKind, id: number, socket: SimSocket, report: Report, find: FindPeer) {
    this.kind = kind;
    this.id = id;
    this.socket = socket;
    this.#report = report;
    this.#find = find;
    socket.handler = this;
  }

  /** Neither a fault nor this peer itself has cut the connection. */
  get clean(): boolean {
    return !this.aborted && !this.socket.disturbed;
  }

  /** Plays a plan; `otherBytes` is what the other side's plan sends. */
  play(plan: SidePlan, otherBytes: number, opening: Opening = "binary"): void {
    this.#plan = plan;
    this.#expectedBytes = otherBytes + headerBytes;
    this.#opening = opening;
    if (opening !== "silent") this.greet();
    this.#go();
    this.socket.resume();
  }

  /** Says who it is, before it has anything to say. */
  greet(): void {
    if (this.#headerSent) return;
    this.#headerSent = true;
    const header = new Uint8Array(headerBytes);
    header[0] = magic;
    header[1] = this.kind === "client" ? 1 : 2;
    if (this.#opening === "text") header.set(text);
    new DataView(header.buffer).setUint32(4, this.id);
    this.#write(header);
  }

  abort(how: "reset" | "destroy"): void {
    if (this.socket.gone) return;
    this.aborted = true;
    this.socket[how]();
    this.sentBytes -= this.socket.droppedBytes;
  }

  finish(): void {
    if (this.finSent) return;
    this.finSent = true;
    this.finSentMs = this.#nowMs;
    this.socket.end();
  }

  onData(bytes: Uint8Array): void {
    if (this.#isStray(bytes) || this.#isProbe(bytes)) return;
    let body = bytes;
    this.lastReceivedMs = this.#nowMs;
    if (this.receivedBytes < headerBytes) {
      const part = bytes.subarray(0, headerBytes - this.receivedBytes);
      this.#header.set(part, this.receivedBytes);
      this.receivedBytes += part.byteLength;
      body = bytes.subarray(part.byteLength);
      if (this.receivedBytes === headerBytes) this.#meet();
    }
    if (body.byteLength > 0) this.#gotBody(body);
    this.#stallAfter(bytes.byteLength);
    this.#go();
  }

  /** A client of HTTP, whose listener could not tell in time that it was one. */
  #isStray(bytes: Uint8Array): boolean {
    if (this.strayed === undefined || (this.#stray === "" && this.receivedBytes > 0)) return false;
    const [first = 0] = bytes;
    if (this.#stray === "" && (first < 0x41 || first > 0x5a || first === text[0])) return false;
    this.#stray += String.fromCharCode(...bytes.subarray(0, 400));
    const end = this.#stray.indexOf("\n");
    if (end !== -1) this.strayed(this.#stray.slice(0, end));
    return true;
  }

  /** A health check over HTTP asks with GET, and no header of ours starts with its G. */
  #isProbe(bytes: Uint8Array): boolean {
    if (this.kind === "client" || this.receivedBytes > 0) return this.#probed;
    if (bytes[0] === upperCaseG && !this.#probed) {
      this.#probed = true;
      this.socket.write(httpAnswer);
    }
    return this.#probed;
  }

  onDrain(): void {
    this.#waitsForDrain = false;
    if (this.#plan?.echoes === true) this.socket.resume();
    this.#go();
  }

  onEnd(): void {
    this.endSeen = true;
    const { linked } = this;
    if (linked !== undefined) this.#checkEnd(linked);
    else if (this.receivedBytes > 0 && !this.socket.orphaned)
      this.#fail("truncated", `FIN after ${this.receivedBytes} bytes of the header`);
    if (this.#plan === undefined) this.finish();
    this.#go();
  }

  onClose(reason: CloseReason): void {
    this.closeReason = reason;
    this.sentBytes -= this.aborted ? 0 : this.socket.droppedBytes;
  }

  get #nowMs(): number {
    return this.socket.host.network.queue.nowMs;
  }

  /** The other side has said who it is. */
  #meet(): void {
    const opensAsText = text.every((byte, at) => this.#header[at] === byte);
    const kind = opensAsText || this.#header[1] === 1 ? "client" : "endpoint";
    const id = new DataView(this.#header.buffer).getUint32(4);
    const other = (opensAsText || this.#header[0] === magic) && kind !== this.kind ? this.#find(kind, id) : undefined;
    if (other === undefined) return this.#fail("bytes-intact", `no header: ${this.#header.join(" ")}`);
    if (this.linked !== undefined && this.linked !== other)
      return this.#fail("connections-apart", `${other.name} and ${this.linked.name} at the other side`);
    if (other.linked !== undefined && other.linked !== this)
      return this.#fail("connections-apart", `${other.name} talks to ${other.linked.name} as well`);
    this.linked = other;
    other.linked = this;
    this.met(other);
    if (this.#opening === "silent") this.greet();
  }

  /** Told who the other side is: an endpoint learns its plan by that. */
  met: (other: Peer) => void = () => {};

  /** Told the first line of HTTP that an endpoint got; undefined: it may get none. */
  strayed: ((line: string) => void) | undefined = undefined;

  #gotBody(bytes: Uint8Array): void {
    const { linked } = this;
    if (linked === undefined) return;
    const position = this.receivedBytes - headerBytes;
    // What an endpoint echoes is the client's own pattern.
    const author = linked.#plan?.echoes === true ? this : linked;
    if (!isPattern(author.#offset + position, bytes))
      this.#fail("bytes-intact", `the ${bytes.byteLength} bytes from ${position} on are not what ${author.name} sent`);
    this.receivedBytes += bytes.byteLength;
    if (this.receivedBytes > linked.sentBytes)
      this.#fail("bytes-intact", `${this.receivedBytes} bytes came, ${linked.sentBytes} were sent`);
    if (this.#plan?.echoes === true) this.#echo(bytes);
  }

  get #offset(): number {
    return firstOffset(this.kind === "client" ? 2 * this.id : 2 * this.id + 1);
  }

  #checkEnd(linked: Peer): void {
    // What the proxy's dying thread had not passed on is lost, and its kernel ends the rest as if it were complete.
    if (this.socket.orphaned) return;
    const cleanEnd = linked.finSent || (linked.aborted && linked.receivedNothingUnread);
    if (!cleanEnd) this.#fail("fin-as-fin", `FIN, but ${linked.name} has sent none`);
    else if (this.receivedBytes !== linked.sentBytes)
      this.#fail("truncated", `FIN after ${this.receivedBytes} bytes of ${linked.sentBytes}`);
  }

  /** A `destroy` that the other side sees as FIN. */
  get receivedNothingUnread(): boolean {
    return this.socket.unreadAtClose === 0;
  }

  #go(): void {
    const plan = this.#plan;
    if (plan === undefined || this.aborted || this.finSent || this.closeReason !== undefined) return;
    if (!this.#headerSent) return;
    if (plan.end === "reset" || plan.end === "destroy") {
      if (this.#bodySent >= plan.abortAfterBytes) return this.abort(plan.end);
    }
    const ready = !plan.waits || this.receivedBytes >= this.#expectedBytes || this.endSeen;
    if (ready && !plan.echoes) this.#send(plan);
    this.#endIfDone(plan);
  }

  #send(plan: SidePlan): void {
    while (this.#bodySent < plan.bytes && !this.#waitsForDrain && !this.#gap) {
      const left = plan.bytes - this.#bodySent;
      const chunk = patternBytes(this.#offset + this.#bodySent, Math.min(plan.chunkBytes, left));
      this.#bodySent += chunk.byteLength;
      this.#write(chunk);
      if (this.#bodySent >= plan.abortAfterBytes && (plan.end === "reset" || plan.end === "destroy"))
        return this.abort(plan.end);
      if (plan.gapMs > 0 && this.#bodySent < plan.bytes) this.#wait(plan.gapMs);
    }
  }

  #wait(ms: number): void {
    this.#gap = true;
    this.socket.host.loop.after(ms, () => {
      this.#gap = false;
      this.#go();
    });
  }

  #echo(bytes: Uint8Array): void {
    this.#bodySent += bytes.byteLength;
    this.#write(bytes);
    if (this.#waitsForDrain) this.socket.pause();
  }

  #endIfDone(plan: SidePlan): void {
    if (this.aborted) return;
    const done = plan.echoes ? this.endSeen : this.#bodySent >= plan.bytes;
    if (!done) return;
    if (plan.end === "fin" || (plan.end === "last" && this.endSeen)) this.finish();
  }

  #write(bytes: Uint8Array): void {
    if (this.socket.gone) return;
    this.sentBytes += bytes.byteLength;
    this.#waitsForDrain = !this.socket.write(bytes);
  }

  #stallAfter(bytes: number): void {
    const plan = this.#plan;
    if (plan === undefined || plan.stallBytes === 0 || this.#stalls >= maxStalls) return;
    this.#readSinceStall += bytes;
    if (this.#readSinceStall < plan.stallBytes) return;
    this.#readSinceStall = 0;
    this.#stalls++;
    this.socket.pause();
    this.socket.host.loop.after(plan.stallMs, () => this.socket.resume());
  }

  get name(): string {
    return `${this.kind} ${this.id}`;
  }

  #fail(invariant: string, what: string): void {
    this.#report(invariant, `${this.name}: ${what}`);
  }
}
