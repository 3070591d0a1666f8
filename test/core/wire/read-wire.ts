/** Reads messages with the codec as a test wants them: from text, in pieces, and with all that was found in one object. */
import { latin1Text } from "../../../src/core/bytes/octets.ts";
import { BodyReader } from "../../../src/core/wire/body-reader.ts";
import { incomplete, malformed, type HeadLimits } from "../../../src/core/wire/head-limits.ts";
import type { Head } from "../../../src/core/wire/head.ts";
import type { PartialHead } from "../../../src/core/wire/partial-head.ts";
import { RequestParser } from "../../../src/core/wire/request-parser.ts";
import { ResponseParser } from "../../../src/core/wire/response-parser.ts";
import { TrailerParser } from "../../../src/core/wire/trailer-parser.ts";

export const limits: HeadLimits = { maxLineBytes: 8192, maxHeadBytes: 16_384, maxHeaders: 100 };

/** A byte for each character. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** What a message was read as. `at` is behind it. */
export interface Message {
  readonly verdict: "whole";
  readonly at: number;
  /** `GET /path HTTP/1.1`, `HTTP/1.1 200`. */
  readonly start: string;
  /** Names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly framing: string;
  readonly body: string;
  readonly trailers: string;
  readonly authority: string;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
}

/** What was read: a message, that more bytes are needed, or what is wrong. */
export type Verdict =
  | Message
  | { readonly verdict: "more" }
  | { readonly verdict: "refused"; readonly fault: string; readonly reason: string };

/** What is in a buffer before a piece, and behind it, one after the other: what would be misread if it were read. */
const before = bytesOf("\r\n");
const behind = ["\n", "a", "\r\n\r\n", "/", ":", " ", "1", "\r", ";", "GET / HTTP/1.1\r\n", ",", ".", "\0"].map(
  bytesOf,
);

/** One message from the first pieces, as a connection would read it: each piece is gone when the next one comes. */
export class WireReader {
  readonly requests: RequestParser;
  readonly answers: ResponseParser;
  readonly body: BodyReader;
  /** The most that a `PartialHead` held. */
  mostKept = 0;

  constructor(headLimits: HeadLimits = limits, trailers: readonly string[] = []) {
    this.requests = new RequestParser(headLimits);
    this.answers = new ResponseParser(headLimits);
    this.body = new BodyReader(new TrailerParser(trailers));
  }

  request(pieces: readonly Uint8Array[]): Verdict {
    const { requests } = this;
    return this.#message(
      pieces,
      (bytes, at, end, partial) => requests.read(bytes, at, end, partial),
      () => requests.partial,
      () => ({ fault: requests.fault, reason: requests.reason }),
      () => {
        const { head } = requests;
        const start = `${head.method} ${head.target} HTTP/1.${head.minorVersion}`;
        return this.#describe(head, start, head.authority);
      },
    );
  }

  /** The end of the last piece is the end of the connection. */
  answer(pieces: readonly Uint8Array[], toHead: boolean = false): Verdict {
    const { answers } = this;
    return this.#message(
      pieces,
      (bytes, at, end, partial) => answers.read(bytes, at, end, partial, toHead),
      () => answers.partial,
      () => ({ fault: "response-malformed", reason: answers.reason }),
      () => {
        const { head } = answers;
        return this.#describe(head, `HTTP/1.${head.minorVersion} ${head.status}`, "");
      },
    );
  }

  #describe(head: Head, start: string, authority: string): Omit<Message, "at" | "body" | "trailers"> {
    const fields = Array.from(
      { length: head.headerCount },
      (_, index) => [head.name(index).toLowerCase(), head.value(index)] as const,
    );
    const framing = head.bodyKind === "length" ? `length ${head.contentLength}` : head.bodyKind;
    this.body.begin(head.bodyKind, head.contentLength);
    return { verdict: "whole", start, fields, framing, authority, keepAlive: head.keepAlive, upgrade: head.upgrade };
  }

  #message(
    pieces: readonly Uint8Array[],
    read: (bytes: Uint8Array, at: number, end: number, partial: PartialHead | undefined) => number,
    partialOf: () => PartialHead | undefined,
    faultOf: () => { fault: string; reason: string },
    describe: () => Omit<Message, "at" | "body" | "trailers">,
  ): Verdict {
    let partial: PartialHead | undefined = undefined;
    let head: ReturnType<typeof describe> | undefined = undefined;
    let body = "";
    let taken = 0;
    for (const piece of pieces) {
      const bytes = inBuffer(piece, taken);
      const start = before.length;
      const end = start + piece.length;
      let at = start;
      if (head === undefined) {
        at = read(bytes, start, end, partial);
        if (at === malformed) return { verdict: "refused", ...faultOf() };
        partial = partialOf();
        this.mostKept = Math.max(this.mostKept, partial?.bytes.length ?? 0);
        if (at !== incomplete) head = describe();
      }
      if (head !== undefined) {
        while (at < end && !this.body.done) {
          const next = this.body.next(bytes, at, end);
          body += latin1Text(bytes, this.body.dataStart, this.body.dataEnd);
          if (this.body.malformed) return { verdict: "refused", fault: "body", reason: this.body.reason };
          if (next <= at) throw new Error("The body stands still");
          at = next;
        }
        if (this.body.done) {
          const trailers =
            this.body.trailers === undefined ? "" : latin1Text(this.body.trailers.bytes, 0, this.body.trailers.length);
          return { ...head, at: taken + at - start, body, trailers };
        }
      }
      // Whoever read on in bytes that are gone would read these.
      bytes.fill(0xff);
      taken += piece.length;
    }
    if (head?.framing === "close") return { ...head, at: taken, body, trailers: "" };
    return { verdict: "more" };
  }
}

/** A buffer with the piece behind `before`; `turn` chooses what is behind the piece. */
function inBuffer(piece: Uint8Array, turn: number): Uint8Array {
  const rest = behind[(turn + piece.length) % behind.length] as Uint8Array;
  const bytes = new Uint8Array(before.length + piece.length + rest.length);
  bytes.set(before);
  bytes.set(piece, before.length);
  bytes.set(rest, before.length + piece.length);
  return bytes;
}

/** Cuts at these positions, in any order. */
export function cut(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const ends = [...new Set(positions.map((position) => position % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** A piece for each byte. */
export function eachByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}
