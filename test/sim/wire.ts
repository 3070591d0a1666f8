import type { SimEvent } from "./event-queue.ts";
import type { Dice } from "./dice.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimSocket } from "./sim-socket.ts";

/** What travels: bytes, or one of TCP's ends. */
type Segment = Uint8Array | "fin" | "rst";

/** A number of a range, for one connection. */
function draw(dice: Dice, [from, to]: readonly [number, number]): number {
  return dice.int(from, to);
}

/**
 * One direction of a connection: the sender's kernel buffer, what is under way, and the receiver's kernel buffer.
 * Segments are cut at random and delayed, but keep their order; only RST may overtake.
 */
export class Wire {
  /** Arrived and not read. */
  received: Uint8Array[] = [];
  receivedBytes = 0;
  /** Since when something waits to be read. */
  unreadSinceMs = 0;
  finArrived = false;
  /** Bytes that the kernel has taken from the sender. */
  takenBytes = 0;
  readonly #from: SimSocket;
  readonly #to: SimSocket;
  readonly #network: SimNetwork;
  readonly #dice: Dice;
  readonly #latencyMs: number;
  readonly #jitterMs: number;
  readonly #sendBufferBytes: number;
  readonly #receiveBufferBytes: number;
  readonly #segmentBytes: number;
  #tinySegments: number;
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #underWay: Segment[] = [];
  #underWayBytes = 0;
  #lastArrivalMs = 0;
  #finQueued = false;
  #finSent = false;
  #windowUpdate = false;
  #giveUp: SimEvent | undefined = undefined;

  constructor(from: SimSocket, to: SimSocket, dice: Dice) {
    this.#from = from;
    this.#to = to;
    this.#network = from.host.network;
    this.#dice = dice;
    const { settings } = this.#network;
    this.#latencyMs = dice.between(...settings.latencyMs);
    this.#jitterMs = dice.between(...settings.jitterMs);
    this.#sendBufferBytes = draw(dice, settings.sendBufferBytes);
    this.#receiveBufferBytes = draw(dice, settings.receiveBufferBytes);
    this.#segmentBytes = draw(dice, settings.segmentBytes);
    this.#tinySegments = draw(dice, settings.tinySegments);
  }

  /** Bytes that the sender's kernel still takes. */
  get room(): number {
    return this.#sendBufferBytes - this.#unsentBytes - this.#underWayBytes;
  }

  /** The sender's kernel takes bytes, no more than there is room for. */
  take(bytes: Uint8Array): void {
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes.byteLength;
    this.takenBytes += bytes.byteLength;
    this.#pump();
  }

  /** FIN behind everything that was taken. */
  fin(): void {
    if (this.#finQueued) return;
    this.#finQueued = true;
    this.#pump();
  }

  /** RST: what was not sent is lost, and perhaps what is under way. */
  rst(): void {
    this.dropUnsent();
    this.#finQueued = true;
    this.#finSent = true;
    if (!this.#dice.chance(this.#network.settings.resetOvertakes)) {
      this.#send("rst");
      return;
    }
    const arrive = (): void => {
      const outageMs = this.#network.outageMs(this.#from.host, this.#to.host);
      if (outageMs > 0) {
        this.#to.heldBack();
        this.#network.queue.after(outageMs + this.#delayMs(), arrive);
        return;
      }
      this.#underWay = [];
      this.#underWayBytes = 0;
      this.#to.gotReset("reset");
    };
    this.#network.queue.after(this.#delayMs(), arrive);
  }

  dropUnsent(): void {
    this.#unsent = [];
    this.#unsentBytes = 0;
  }

  dropReceived(): void {
    this.received = [];
    this.receivedBytes = 0;
    this.finArrived = false;
  }

  /** The sender is gone, and so is its kernel. */
  silence(): void {
    this.dropUnsent();
    this.#finQueued = true;
    this.#finSent = true;
    this.#underWay = [];
    this.#underWayBytes = 0;
    this.#giveUp?.cancel();
  }

  /** The receiver has read: there is room again, which the sender learns a little later. */
  windowOpened(): void {
    if (this.#windowUpdate || this.#unsentBytes === 0) return;
    this.#windowUpdate = true;
    this.#network.queue.after(this.#delayMs(), () => {
      this.#windowUpdate = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#unsentBytes > 0) {
      const head = this.#unsent[0];
      if (head === undefined) break;
      const window = this.#receiveBufferBytes - this.receivedBytes - this.#underWayBytes;
      const wanted = Math.min(this.#nextSegment(), head.byteLength);
      // Not a few bytes at a time: RFC 1122 4.2.3.3.
      if (window < wanted && window < this.#receiveBufferBytes / 2) break;
      const size = Math.min(wanted, window);
      if (size === head.byteLength) this.#unsent.shift();
      else this.#unsent[0] = head.subarray(size);
      this.#unsentBytes -= size;
      this.#underWayBytes += size;
      this.#send(size === head.byteLength ? head : head.subarray(0, size));
    }
    if (this.#finQueued && !this.#finSent && this.#unsentBytes === 0) {
      this.#finSent = true;
      this.#send("fin");
    }
  }

  #nextSegment(): number {
    if (this.#tinySegments <= 0) return this.#segmentBytes;
    this.#tinySegments--;
    return this.#dice.int(1, 20);
  }

  #delayMs(): number {
    return this.#latencyMs + this.#jitterMs * this.#dice.next();
  }

  #send(segment: Segment): void {
    const { queue } = this.#network;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, queue.nowMs + this.#delayMs());
    this.#underWay.push(segment);
    queue.at(this.#lastArrivalMs, () => this.#arrive());
  }

  /** One segment arrives, the first: there is one such event for each that is under way. */
  #arrive(): void {
    if (this.#underWay.length === 0) return;
    const { queue, settings } = this.#network;
    const outageMs = this.#network.outageMs(this.#from.host, this.#to.host);
    if (outageMs > 0) {
      this.#to.heldBack();
      this.#giveUp ??= queue.after(settings.kernelTimeoutMs, () => this.#from.gotReset("timeout"));
      this.#lastArrivalMs = Math.max(this.#lastArrivalMs, queue.nowMs + outageMs + this.#delayMs());
      queue.at(this.#lastArrivalMs, () => this.#arrive());
      return;
    }
    this.#giveUp?.cancel();
    this.#giveUp = undefined;
    const segment = this.#underWay.shift();
    if (segment === undefined) return;
    if (segment === "rst") this.#to.gotReset("reset");
    else if (this.#to.gone) this.#refuse(segment);
    else if (segment === "fin") this.#gotFin();
    else this.#gotData(segment);
  }

  #gotFin(): void {
    this.finArrived = true;
    this.#to.news();
  }

  #gotData(bytes: Uint8Array): void {
    this.#underWayBytes -= bytes.byteLength;
    if (this.receivedBytes === 0) this.unreadSinceMs = this.#network.queue.nowMs;
    this.received.push(bytes);
    this.receivedBytes += bytes.byteLength;
    this.#to.news();
    this.#from.roomMade();
  }

  /** Nobody is there any more to take it. */
  #refuse(segment: Segment): void {
    if (segment === "fin") return;
    this.#underWayBytes -= segment.length;
    this.#to.refuseData();
  }
}
