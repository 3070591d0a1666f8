import type { ByteWriter } from "../bytes/byte-writer.ts";
import { carriageReturn, hexOctets, lineFeed, tokenOctets, valueOctets } from "../bytes/octets.ts";
import type { BodyKind } from "./framing.ts";
import { incomplete, malformed } from "./head-limits.ts";
import type { PartialHead } from "./partial-head.ts";
import type { TrailerParser } from "./trailer-parser.ts";

/** Fewer than 2^53: a size is exact. */
const maxSizeDigits = 13;
/** The size of a chunk with its extensions. */
const maxSizeLineBytes = 256;
const semicolon = ";".charCodeAt(0);
const equals = "=".charCodeAt(0);
const quote = '"'.charCodeAt(0);
const backslash = "\\".charCodeAt(0);

/** What the next octet of a chunked body is (RFC 9112 section 7.1). Up to `sizeLineFeed` it belongs to the size's line. */
const firstDigit = 0;
const nextDigit = 1;
const extensionStart = 2;
const extensionName = 3;
const extensionValue = 4;
const extensionToken = 5;
const extensionQuoted = 6;
const extensionEscaped = 7;
const extensionEnd = 8;
const sizeLineFeed = 9;
const data = 10;
const dataReturn = 11;
const dataLineFeed = 12;
const trailerSection = 13;

/**
 * Finds the body of a message in what comes behind its head (RFC 9112 sections 6 and 7). Of a chunked one it takes off all
 * framing: sizes are 1 to 13 hexadecimal digits and nothing else, extensions are checked and dropped, within a line of 256
 * bytes, lines end with CRLF, and trailers go through `TrailerParser`. One for each message under way.
 */
export class BodyReader {
  /** The body has ended: what is behind the position belongs to the next message. Never so of kind `close`. */
  done = true;
  /** No more of it is to be read or passed on, but what `dataStart` and `dataEnd` say. */
  malformed = false;
  /** After `malformed`: why, in a few words. */
  reason = "";
  /** What of the bytes given to `next` is body; may be empty. */
  dataStart = 0;
  dataEnd = 0;
  /** The trailers to pass on, as lines with their CRLF; once `done`. */
  trailers: ByteWriter | undefined = undefined;
  readonly #trailerParser: TrailerParser;
  #kind: BodyKind = "none";
  /** Of the body, or of the chunk. */
  #leftBytes = 0;
  #state = firstDigit;
  #sizeDigits = 0;
  #sizeLineBytes = 0;
  #partialTrailers: PartialHead | undefined = undefined;

  constructor(trailerParser: TrailerParser) {
    this.#trailerParser = trailerParser;
  }

  /** A new message: `bodyKind` and `contentLength` of its head. */
  begin(kind: BodyKind, contentLength: number): void {
    this.done = kind === "none" || (kind === "length" && contentLength === 0);
    this.malformed = false;
    this.reason = "";
    this.dataStart = 0;
    this.dataEnd = 0;
    this.trailers = undefined;
    this.#kind = kind;
    this.#leftBytes = kind === "length" ? contentLength : 0;
    this.#state = firstDigit;
    this.#sizeDigits = 0;
    this.#sizeLineBytes = 0;
    this.#partialTrailers = undefined;
  }

  /**
   * Goes on at `at`: up to the end of the next run of body bytes and of the framing behind it, to the end of the body, or of
   * the bytes. The new position; not behind `at` only when the body is `done` or `malformed`, or there are no bytes.
   */
  next(bytes: Uint8Array, at: number, end: number): number {
    this.dataStart = at;
    this.dataEnd = at;
    if (this.done || this.malformed) return at;
    if (this.#kind === "chunked") return this.#chunked(bytes, at, end);
    if (this.#kind === "close") {
      this.dataEnd = end;
      return end;
    }
    const taken = Math.min(end - at, this.#leftBytes);
    this.#leftBytes -= taken;
    this.dataEnd = at + taken;
    this.done = this.#leftBytes === 0;
    return this.dataEnd;
  }

  #chunked(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      if (this.#state === data) {
        // One run at a time: the framing behind it was taken off already.
        if (this.dataEnd > this.dataStart) return at;
        const taken = Math.min(end - at, this.#leftBytes);
        this.dataStart = at;
        at += taken;
        this.dataEnd = at;
        this.#leftBytes -= taken;
        if (this.#leftBytes === 0) this.#state = dataReturn;
      } else if (this.#state === trailerSection) return this.#trailers(bytes, at, end);
      else if (this.#framing(bytes[at] as number)) at++;
      else return at;
    }
    return at;
  }

  /** Takes an octet of the framing; false when it is wrong. */
  #framing(octet: number): boolean {
    switch (this.#state) {
      case dataReturn:
        this.#state = dataLineFeed;
        return octet === carriageReturn || this.#refuse("chunk longer than its size");
      case dataLineFeed:
        this.#state = firstDigit;
        this.#sizeDigits = 0;
        this.#sizeLineBytes = 0;
        return octet === lineFeed || this.#refuse("chunk longer than its size");
      case sizeLineFeed:
        this.#state = this.#leftBytes === 0 ? trailerSection : data;
        return octet === lineFeed || this.#refuse("bare carriage return");
      default:
        return this.#sizeLine(octet);
    }
  }

  #sizeLine(octet: number): boolean {
    const state = this.#state;
    if (octet === carriageReturn) {
      const isWhole =
        state === nextDigit || state === extensionName || state === extensionToken || state === extensionEnd;
      this.#state = sizeLineFeed;
      return isWhole || this.#refuse(state === firstDigit ? "invalid chunk size" : "invalid chunk extension");
    }
    if (++this.#sizeLineBytes > maxSizeLineBytes) return this.#refuse("chunk line too long");
    if (state <= nextDigit) {
      const hex = hexOctets[octet] as number;
      if (hex === 0) {
        this.#state = extensionStart;
        return (state === nextDigit && octet === semicolon) || this.#refuse("invalid chunk size");
      }
      this.#state = nextDigit;
      this.#leftBytes = this.#leftBytes * 16 + hex - 1;
      return ++this.#sizeDigits <= maxSizeDigits || this.#refuse("chunk too large");
    }
    this.#state = extensionAfter(state, octet);
    return this.#state !== malformed || this.#refuse("invalid chunk extension");
  }

  #trailers(bytes: Uint8Array, at: number, end: number): number {
    const parser = this.#trailerParser;
    const partial = this.#partialTrailers;
    const position = parser.read(bytes, at, end, partial);
    this.#partialTrailers = parser.partial;
    if (position === incomplete) return end;
    if (position === malformed) {
      this.#refuse(parser.reason);
      return at;
    }
    this.trailers = parser.allowedOf(partial === undefined ? bytes : partial.bytes);
    this.done = true;
    return position;
  }

  #refuse(reason: string): false {
    this.malformed = true;
    this.reason = reason;
    return false;
  }
}

/** RFC 9112 section 7.1.1, without white space: `;name`, `;name=token`, `;name="quoted"`. */
function extensionAfter(state: number, octet: number): number {
  const isToken = tokenOctets[octet] !== 0;
  switch (state) {
    case extensionStart:
      return isToken ? extensionName : malformed;
    case extensionName:
      if (isToken) return extensionName;
      return octet === equals ? extensionValue : octet === semicolon ? extensionStart : malformed;
    case extensionValue:
      return isToken ? extensionToken : octet === quote ? extensionQuoted : malformed;
    case extensionToken:
      if (isToken) return extensionToken;
      return octet === semicolon ? extensionStart : malformed;
    case extensionQuoted:
      if (octet === quote) return extensionEnd;
      if (octet === backslash) return extensionEscaped;
      return valueOctets[octet] === 0 ? malformed : extensionQuoted;
    case extensionEscaped:
      return valueOctets[octet] === 0 ? malformed : extensionQuoted;
    default:
      return octet === semicolon ? extensionStart : malformed;
  }
}
