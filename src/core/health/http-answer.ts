/**
 * What an http probe makes of the answer. It is read as strictly as an answer to a client's request, and within the same
 * limits: an endpoint whose answers cannot be passed on is not well.
 */
import type { HttpHealthSettings } from "../server/settings.ts";
import { answerLimits, maxInterims } from "../wire/answer-limits.ts";
import { BodyReader } from "../wire/body-reader.ts";
import { incomplete, malformed } from "../wire/head-limits.ts";
import type { PartialHead } from "../wire/partial-head.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import { ResponseParser } from "../wire/response-parser.ts";
import { TrailerParser } from "../wire/trailer-parser.ts";
import { TextSearch } from "./text-search.ts";

/** How much of a body is looked at. */
const maxBodyBytes = 64 * 1024;

/** They keep nothing from one call to the next: one of each is enough for a thread. */
const parser = new ResponseParser(answerLimits);
const trailers = new TrailerParser([]);

/**
 * Reads an answer as it comes, in whatever pieces. `feed` and `end` return the probe's result as soon as it is
 * certain: `ok`, `status 503`, `body does not match`, `not http`, `head too long`, `closed early`.
 */
export class HttpAnswer {
  readonly #expected: HttpHealthSettings;
  readonly #body: BodyReader = new BodyReader(trailers);
  #partial: PartialHead | undefined = undefined;
  #interims = 0;
  /** Looks through the body, once that has begun. */
  #search: TextSearch | undefined = undefined;
  /** The body ends with the connection. */
  #open = false;
  #searchedBytes = 0;

  constructor(expected: HttpHealthSettings) {
    this.#expected = expected;
  }

  /** Takes the next bytes. Not called any more once there is a result. */
  feed(bytes: Uint8Array): string | undefined {
    const end = bytes.length;
    for (let at = 0; at < end;) {
      if (this.#search !== undefined) return this.#read(this.#search, bytes, at);
      at = parser.read(bytes, at, end, this.#partial, this.#expected.method === "HEAD");
      this.#partial = parser.partial;
      if (at === incomplete) return undefined;
      if (at === malformed) return parser.tooLarge ? "head too long" : "not http";
      const result = this.#head(parser.head);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /** No more bytes come: the peer has sent FIN. */
  end(): string {
    return this.#open ? "body does not match" : "closed early";
  }

  #head(head: ResponseHead): string | undefined {
    const { statuses, body } = this.#expected;
    // RFC 9110 section 15.2: the answer itself is still to come. Nobody asked for the upgrade that a 101 confirms.
    if (head.isInterim && head.status !== 101) return ++this.#interims > maxInterims ? "not http" : undefined;
    if (!statuses.some(([from, to]) => from <= head.status && head.status <= to)) return `status ${head.status}`;
    if (body === undefined) return "ok";
    this.#search = new TextSearch(body);
    this.#open = head.bodyKind === "close";
    this.#body.begin(head.bodyKind, head.contentLength);
    return this.#body.done ? "body does not match" : undefined;
  }

  #read(search: TextSearch, bytes: Uint8Array, start: number): string | undefined {
    const body = this.#body;
    for (let at = start; at < bytes.length;) {
      at = body.next(bytes, at, bytes.length);
      const looked = bytes.subarray(
        body.dataStart,
        Math.min(body.dataEnd, body.dataStart + maxBodyBytes - this.#searchedBytes),
      );
      search.feed(looked);
      this.#searchedBytes += looked.length;
      if (search.found) return "ok";
      if (body.malformed) return "not http";
      if (body.done || this.#searchedBytes === maxBodyBytes) return "body does not match";
    }
    return undefined;
  }
}
