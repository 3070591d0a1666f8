import type { Socket } from "../runtime/socket.ts";
import { BodyReader } from "../wire/body-reader.ts";
import { writeChunk, writeLastChunk } from "../wire/chunk-writer.ts";
import type { BodyKind } from "../wire/framing.ts";
import type { Counter } from "../memory/counter.ts";
import type { EndpointConnection } from "./endpoint-connection.ts";
import type { HttpService } from "./http-service.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import { flush } from "./flush.ts";
import type { HttpPlane } from "./http-plane.ts";

/** Body bytes up to this size are copied behind what is before them, and leave with it; larger ones go as they are. */
export const maxCopiedBytes: number = 16 * 1024;

/**
 * A response on its way to the client: unbuffered, framed anew, at the pace at which the client takes it. Used for one
 * response after the other.
 */
export class ResponseStream {
  /** Its head was sent, or is about to be. */
  started = false;
  /** All of it came, and was passed on. */
  done = false;
  /** Of the body. */
  byteCount = 0;
  /** Why the body is no body; empty while all is well. */
  fault = "";
  /** When a byte of it last came, by the wheel's time. */
  activityMs = 0;
  /** How the body goes to the client. */
  framing: BodyKind = "none";
  readonly #plane: HttpPlane;
  readonly #body: BodyReader;
  readonly #count: Counter;
  #client: Socket;
  /** That of the endpoint. */
  #endpointCount: Counter | undefined = undefined;
  #kind: BodyKind = "none";
  #endpoint: Socket | undefined = undefined;
  #held = false;
  /** Some of it left. */
  #sentAny = false;
  /** How much waited for the client when that was last looked at. */
  #waitingBytes = 0;

  /** `expect` before anything else. */
  constructor({ plane, trailers, counters }: HttpService, client: Socket) {
    this.#body = new BodyReader(trailers);
    this.#plane = plane;
    this.#count = counters.down;
    this.#client = client;
  }

  /** Nothing has come yet of a new response, which is for this client. */
  expect(client: Socket): void {
    this.#client = client;
    this.started = false;
    this.done = false;
    this.byteCount = 0;
    this.fault = "";
    this.activityMs = 0;
    this.framing = "none";
    this.#endpointCount = undefined;
    this.#kind = "none";
    this.#endpoint = undefined;
    this.#held = false;
    this.#sentAny = false;
    this.#waitingBytes = 0;
  }

  /**
   * Begins with a head: the client's is written to the plane's `out` behind this call, before `read`. `chunks`: the client
   * understands chunks. Else a body of unknown length ends with the connection.
   */
  begin(head: ResponseHead, { socket }: EndpointConnection, count: Counter, chunks: boolean): void {
    this.started = true;
    this.#endpoint = socket;
    this.#endpointCount = count;
    this.#kind = head.bodyKind;
    this.#body.begin(head.bodyKind, head.contentLength);
    this.framing = head.bodyKind;
    if (this.framing === "chunked" || this.framing === "close") this.framing = chunks ? "chunked" : "close";
  }

  /** Takes what comes, from `at`, and sends it with the head that may wait in `out`. Returns the position behind it. */
  read(bytes: Uint8Array, at: number, end: number): number {
    const body = this.#body;
    const before = this.byteCount;
    let next = at;
    while (next < end && !body.done) {
      next = body.next(bytes, next, end);
      if (body.malformed) {
        this.fault = body.reason;
        this.#plane.out.clear();
        // Of what the client has seen nothing, it need not see the beginning.
        this.started = this.#sentAny;
        break;
      }
      if (body.dataEnd > body.dataStart) this.#take(bytes, body.dataStart, body.dataEnd);
    }
    this.#count.add(this.byteCount - before);
    this.#endpointCount?.add(this.byteCount - before);
    if (body.malformed) return next;
    if (body.done) this.#finish();
    this.activityMs = this.#plane.wheel.coarseNowMs;
    this.#flush();
    return next;
  }

  /** The endpoint has ended the connection: whether that makes the response whole. */
  end(): boolean {
    if (this.done) return true;
    if (this.#kind !== "close") return false;
    this.#finish();
    this.#flush();
    return true;
  }

  /** The endpoint has nothing more to do with it. */
  detach(): void {
    this.#endpoint = undefined;
  }

  /** The client has taken all. */
  drained(): void {
    this.#waitingBytes = 0;
    this.activityMs = this.#plane.wheel.coarseNowMs;
    this.#goOn();
  }

  /** Whom it waits for: a client that does not take what it asked for, or an endpoint that does not go on. */
  get waitsForClient(): boolean {
    const { bufferedBytes } = this.#client;
    // That some of it left, the socket may not have told.
    if (bufferedBytes !== this.#waitingBytes) this.activityMs = this.#plane.wheel.coarseNowMs;
    this.#waitingBytes = bufferedBytes;
    return bufferedBytes > 0;
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    const { out } = this.#plane;
    this.byteCount += end - start;
    if (this.framing === "chunked") {
      writeChunk(out, bytes, start, end);
    } else if (out.length > 0 && end - start <= maxCopiedBytes) {
      out.range(bytes, start, end);
    } else {
      this.#flush();
      this.#sent(this.#client.write(bytes.subarray(start, end)));
    }
  }

  #finish(): void {
    this.done = true;
    this.#goOn();
    if (this.framing === "chunked") writeLastChunk(this.#plane.out, this.#body.trailers);
  }

  #goOn(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#endpoint?.resume();
  }

  #flush(): void {
    const { out } = this.#plane;
    if (out.length > 0) this.#sent(flush(out, this.#client));
  }

  #sent(room: boolean): void {
    this.#sentAny = true;
    this.#waitingBytes = this.#client.bufferedBytes;
    if (room || this.done || this.#held) return;
    this.#held = true;
    this.#endpoint?.pause();
  }
}
