import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { OutcomeCode } from "../observe/outcome.ts";
import type { Socket } from "../runtime/socket.ts";
import type { HttpSettings } from "../server/http-settings.ts";
import { BodyReader } from "../wire/body-reader.ts";
import { writeChunk, writeLastChunk } from "../wire/chunk-writer.ts";
import type { Counter } from "../memory/counter.ts";
import type { HttpService } from "./http-service.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { flush } from "./flush.ts";
import type { HttpPlane, RequestBuffer } from "./http-plane.ts";

/**
 * A request on its way to an endpoint: its head, which is put together once, and its body as it comes. What may have to be
 * sent again, or has nobody to take it yet, is kept, up to a bound; beyond that the client is held back. Used for one
 * request after the other.
 */
export class RequestStream {
  /** The body has come to its end, or there is none. */
  done = true;
  /** Of the body that came. */
  byteCount = 0;
  /** What of the body is allowed. */
  maxBytes: number = Infinity;
  /** What went wrong with the body, when `read` says so. */
  fault: OutcomeCode = "ok";
  reason = "";
  /** When a byte of it last came or was taken, by the wheel's time. */
  activityMs = 0;
  readonly #plane: HttpPlane;
  readonly #body: BodyReader;
  readonly #count: Counter;
  #client: Socket;
  /** That of the endpoint. */
  #endpointCount: Counter | undefined = undefined;
  #chunked = false;
  #contentLength = 0;
  /** The client sends its body only when it is told to, and was not. */
  #waitsForContinue = false;
  /** When the body could begin to come. */
  #startedMs = 0;
  /** The head and as much of the body as came; undefined when it is not needed any more. */
  #kept: RequestBuffer | undefined = undefined;
  #maxKeptBytes = 0;
  /** The kept part is all that came. */
  #whole = true;
  /** How many endpoints it went to. */
  #endpoints = 0;
  #endpoint: Socket | undefined = undefined;
  /** The rest of the body is read and dropped. */
  #discards = false;
  #held = false;
  #heldSinceMs = 0;
  #heldMs = 0;

  /** `begin` before anything else. */
  constructor({ plane, trailers, counters }: HttpService, client: Socket) {
    this.#body = new BodyReader(trailers);
    this.#count = counters.up;
    this.#plane = plane;
    this.#client = client;
  }

  /** A new request. Nothing is left of the one before, which has gone through `leave`. */
  begin(client: Socket, head: RequestHead): void {
    const now = this.#plane.wheel.coarseNowMs;
    this.#client = client;
    this.#body.begin(head.bodyKind, head.contentLength);
    this.done = this.#body.done;
    this.byteCount = 0;
    this.maxBytes = Infinity;
    this.fault = "ok";
    this.reason = "";
    this.activityMs = now;
    this.#endpointCount = undefined;
    this.#chunked = head.bodyKind === "chunked";
    this.#contentLength = head.contentLength;
    this.#waitsForContinue = head.expectsContinue;
    this.#startedMs = now;
    this.#kept = undefined;
    this.#maxKeptBytes = 0;
    this.#whole = true;
    this.#endpoints = 0;
    this.#endpoint = undefined;
    this.#discards = false;
    this.#held = false;
    this.#heldSinceMs = 0;
    this.#heldMs = 0;
  }

  /** All that came may be sent again. */
  get repeatable(): boolean {
    return this.#kept !== undefined && this.#whole;
  }

  /** It ends within so many bytes, for certain. */
  isShort(maxBytes: number): boolean {
    return !this.#chunked && !this.#waitsForContinue && this.#contentLength <= maxBytes;
  }

  /** The client waits for somebody to take what it sends. */
  get held(): boolean {
    return this.#held || this.#waitsForContinue;
  }

  /** The buffer for the head, which is to be written to it now. At most `maxKeptBytes` of the body are kept with it. */
  open(maxKeptBytes: number): ByteWriter {
    this.#kept = this.#plane.takeBuffer();
    this.#maxKeptBytes = maxKeptBytes;
    return this.#kept;
  }

  /** Takes the next bytes of the body; the position behind them. `fault` tells what is wrong with them. */
  read(bytes: Uint8Array, at: number, end: number): number {
    const body = this.#body;
    const { out } = this.#plane;
    const before = this.byteCount;
    let next = at;
    if (at < end) this.continued();
    while (next < end && !body.done && this.fault === "ok") {
      next = body.next(bytes, next, end);
      if (body.malformed) {
        this.#fail("request-malformed", body.reason);
        break;
      }
      const count = body.dataEnd - body.dataStart;
      if (count === 0) continue;
      this.byteCount += count;
      if (this.#discards) continue;
      if (this.byteCount > this.maxBytes) this.#fail("request-too-large", "");
      else this.#take(bytes, body.dataStart, body.dataEnd);
    }
    this.#count.add(this.byteCount - before);
    this.#endpointCount?.add(this.byteCount - before);
    if (this.fault !== "ok") return next;
    this.activityMs = this.#plane.wheel.coarseNowMs;
    this.done = body.done;
    if (this.done && this.#chunked && !this.#discards) {
      if (this.#kept !== undefined && this.#whole) writeLastChunk(this.#kept, body.trailers);
      if (this.#endpoint !== undefined) writeLastChunk(out, body.trailers);
    }
    if (out.length > 0 && this.#endpoint !== undefined) this.#sent(flush(out, this.#endpoint));
    return next;
  }

  /** There is an endpoint, with its counter: sends all that is kept. `again`: it may have to be sent another time. */
  attach(endpoint: Socket, count: Counter, again: boolean): void {
    const kept = this.#kept;
    this.#endpoint = endpoint;
    this.#endpoints++;
    this.#endpointCount = count;
    count.add(this.byteCount);
    this.activityMs = this.#plane.wheel.coarseNowMs;
    this.#release();
    if (kept === undefined) return;
    this.#sent(endpoint.write(kept.written));
    // What the kernel has not taken yet, the socket still reads from there.
    if (endpoint.bufferedBytes > 0) kept.lent = true;
    if (!again) this.letGo();
  }

  /** Sends all that is kept to a second endpoint too, with its counter: the request has come to its end. */
  copyTo(endpoint: Socket, count: Counter): void {
    if (this.#kept === undefined) return;
    count.add(this.byteCount);
    // A copy: the buffer is lent to one socket at a time.
    endpoint.write(this.#kept.written.slice());
  }

  /** The client is told to send its body, or does so unasked: the time that it has for that begins. */
  continued(): void {
    if (!this.#waitsForContinue) return;
    this.#waitsForContinue = false;
    this.#startedMs = this.#plane.wheel.coarseNowMs;
    this.activityMs = this.#startedMs;
  }

  /** The endpoint is gone. */
  detach(): void {
    this.#endpoint = undefined;
  }

  /** There is no other attempt: nothing is kept any more. */
  letGo(): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    // Since then the endpoint has taken all of it. Of one before it, whose connection is gone, that is not known.
    if (this.#endpoints === 1 && this.#endpoint?.bufferedBytes === 0) kept.lent = false;
    this.#plane.giveBuffer(kept);
    this.#kept = undefined;
  }

  /** Nobody is there to take more of it: gives all back. */
  leave(): void {
    this.#endpoint = undefined;
    this.letGo();
    this.#release();
  }

  /** The rest of the body is dropped as it comes. */
  discard(): void {
    this.#discards = true;
    this.maxBytes = Infinity;
  }

  /** The endpoint takes more. */
  drained(): void {
    this.activityMs = this.#plane.wheel.coarseNowMs;
    this.#release();
  }

  /** In how many milliseconds the client is too late with the rest of its body; at most 0 when it is. */
  leftMs({ bodyTimeoutMs, minBodyRate }: HttpSettings): number {
    if (this.done || this.held) return Infinity;
    const now = this.#plane.wheel.coarseNowMs;
    const idleLeftMs = this.activityMs + bodyTimeoutMs - now;
    const { bytesPerSecond, graceMs } = minBodyRate;
    if (bytesPerSecond === 0) return idleLeftMs;
    // The time that its bytes are worth, beyond the one that everybody has.
    const worthMs = graceMs + (this.byteCount / bytesPerSecond) * 1000;
    return Math.min(idleLeftMs, this.#startedMs + this.#heldMs + worthMs - now);
  }

  #fail(fault: OutcomeCode, reason: string): void {
    this.fault = fault;
    this.reason = reason;
    this.#plane.out.clear();
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    if (this.#kept !== undefined && this.#whole) this.#keep(this.#kept, bytes, start, end);
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return;
    const { out } = this.#plane;
    if (this.#chunked) {
      writeChunk(out, bytes, start, end);
      return;
    }
    this.#sent(endpoint.write(bytes.subarray(start, end)));
  }

  /** Without an endpoint nothing may be lost; with one, what does not fit is sent and cannot be sent again. */
  #keep(kept: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
    if (this.byteCount > this.#maxKeptBytes) {
      if (this.#endpoint !== undefined) {
        this.#whole = false;
        this.letGo();
        return;
      }
      this.#hold();
    }
    if (this.#chunked) writeChunk(kept, bytes, start, end);
    else kept.range(bytes, start, end);
  }

  #sent(room: boolean): void {
    if (!room && !this.done) this.#hold();
  }

  #hold(): void {
    if (this.#held) return;
    this.#held = true;
    this.#heldSinceMs = this.#plane.wheel.coarseNowMs;
    this.#client.pause();
  }

  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#heldMs += this.#plane.wheel.coarseNowMs - this.#heldSinceMs;
    this.#client.resume();
  }
}
