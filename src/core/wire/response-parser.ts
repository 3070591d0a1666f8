import { carriageReturn, lineFeed, space, valueOctets } from "../bytes/octets.ts";
import {
  connectionClose,
  connectionKeepAlive,
  connectionMalformed,
  connectionUpgrade,
  readConnectionOptions,
} from "./connection-options.ts";
import { contentLengthOf, transferCodingOf } from "./framing.ts";
import { headerStride } from "./head.ts";
import { HeadParser } from "./head-parser.ts";
import { incomplete, malformed, type HeadLimits } from "./head-limits.ts";
import { HeaderId } from "./header-id.ts";
import { keepAliveSecondsOf } from "./keep-alive.ts";
import type { PartialHead } from "./partial-head.ts";
import { ResponseHead } from "./response-head.ts";

const zero = "0".charCodeAt(0);
/** A status line up to its status: `d` stands for a digit. */
const statusLine = new TextEncoder().encode("HTTP/1.d ddd");
const digit = "d".charCodeAt(0);

const lengthBit = 1 << HeaderId.contentLength;
const codingBit = 1 << HeaderId.transferEncoding;
const connectionBit = 1 << HeaderId.connection;
const upgradeBit = 1 << HeaderId.upgrade;
const keepAliveBit = 1 << HeaderId.keepAlive;

/**
 * Reads the heads of answers (RFC 9112 sections 4 to 7) as strictly as `RequestParser` those of requests: lines end with
 * CRLF, none is folded, `Content-Length` and `Transfer-Encoding` are there once and not together, no transfer coding but
 * `chunked`, and that only in HTTP/1.1. Interim answers (1xx) are heads of their own. A `Connection` that names a field which
 * is for all recipients does not take it out.
 *
 * One for all connections of a thread. A verdict does not depend on the pieces in which the bytes come.
 */
export class ResponseParser extends HeadParser {
  /** Valid after `read` answered a position, until the next `read`. */
  readonly head: ResponseHead;
  /** After `malformed`: it is only too much. */
  tooLarge = false;
  #toHead = false;
  /** A 204 that announces a body: there is none (RFC 9112 section 6.3), but some may follow, which is no next answer. */
  #unwantedBody = false;

  constructor(limits: HeadLimits) {
    super(limits);
    this.head = new ResponseHead(this.fields.fields);
  }

  /**
   * The position in `bytes` behind the head; or `incomplete`, with all bytes kept in `partial`; or `malformed`. `at` is where
   * the answer begins, or, with the `partial` of the read before, goes on. `toHead`: it answers a HEAD.
   */
  read(bytes: Uint8Array, at: number, end: number, partial: PartialHead | undefined, toHead: boolean): number {
    this.partial = undefined;
    this.#toHead = toHead;
    if (partial !== undefined) return this.resume(bytes, at, end, partial);
    const position = this.parse(bytes, at, end);
    return position === incomplete ? this.keep(bytes, at, end) : position;
  }

  protected override parse(bytes: Uint8Array, at: number, end: number): number {
    const { head } = this;
    head.bytes = bytes;
    head.start = at;
    this.headStart = at;
    const line = this.#statusLine(bytes, at, end);
    if (line < 0) return line;
    const position = this.fields.read(bytes, line, end, 0, at + this.maxHeadBytes);
    if (position < 0) return position === incomplete ? this.fieldsIncomplete() : this.fieldsMalformed();
    head.end = position;
    return this.#finish(bytes) ? position : malformed;
  }

  protected override fieldsMalformed(): number {
    return this.#refuse(this.fields.reason, this.fields.tooLarge);
  }

  /** RFC 9112 section 4. The space before an empty reason phrase may be missing, as many servers send it. */
  #statusLine(bytes: Uint8Array, start: number, end: number): number {
    const { head } = this;
    const stop = Math.min(end, start + this.maxLineBytes + 2, start + this.maxHeadBytes);
    let at = start;
    for (let index = 0; index < statusLine.length; index++, at++) {
      if (at === stop) return this.#short(at, undefined);
      const octet = bytes[at] as number;
      const isRight = statusLine[index] === digit ? octet >= zero && octet <= zero + 9 : octet === statusLine[index];
      if (!isRight) return this.#refuse("malformed status line");
    }
    const version = (bytes[start + 7] as number) - zero;
    head.minorVersion = version === 0 ? 0 : 1;
    head.status =
      (bytes[at - 3] as number) * 100 + (bytes[at - 2] as number) * 10 + (bytes[at - 1] as number) - zero * 111;
    if (version > 1) return this.#refuse("unknown version");
    if (head.status < 100 || head.status > 599) return this.#refuse("invalid status");
    if (at === stop) return this.#short(at, undefined);
    if (bytes[at] === space) at++;
    else if (bytes[at] !== carriageReturn) return this.#refuse("malformed status line");
    head.reasonStart = at;
    while (at < stop && valueOctets[bytes[at] as number] !== 0) at++;
    if (at === stop) return this.#short(at, valueOctets);
    head.reasonEnd = at;
    if (bytes[at] !== carriageReturn) return this.#refuse("invalid octet in the status line");
    if (at + 1 === stop) return this.#short(stop, undefined);
    return bytes[at + 1] === lineFeed ? at + 2 : this.#refuse("bare carriage return");
  }

  /** What the fields mean together. */
  #finish(bytes: Uint8Array): boolean {
    const { head, fields } = this;
    const { idsLow, idsTwice } = fields;
    head.headerCount = fields.count;
    head.idsLow = idsLow;
    head.idsHigh = fields.idsHigh;
    head.upgrade = false;
    head.keepAliveSeconds = undefined;
    if (!this.#framing(bytes)) return false;
    let options = 0;
    if ((idsLow & connectionBit) !== 0) {
      options = readConnectionOptions(bytes, fields);
      if ((options & connectionMalformed) !== 0) {
        this.#refuse("invalid connection");
        return false;
      }
      const upgrades = (options & connectionUpgrade) !== 0 && (idsLow & ~idsTwice & upgradeBit) !== 0;
      head.upgrade = upgrades && head.minorVersion === 1 && head.bodyKind === "none";
    }
    head.keepAlive =
      head.bodyKind !== "close" &&
      !this.#unwantedBody &&
      (options & connectionClose) === 0 &&
      (head.minorVersion === 1 || (options & connectionKeepAlive) !== 0);
    if ((idsLow & keepAliveBit) !== 0) {
      const field = head.find(HeaderId.keepAlive) * headerStride;
      head.keepAliveSeconds = keepAliveSecondsOf(
        bytes,
        fields.fields[field + 3] as number,
        fields.fields[field + 4] as number,
      );
    }
    return true;
  }

  /** RFC 9112 section 6.3. */
  #framing(bytes: Uint8Array): boolean {
    const { head } = this;
    const { fields, idsLow, idsTwice } = this.fields;
    const { status } = head;
    const hasNoLength = status < 200 || status === 204;
    const hasNoBody = hasNoLength || status === 304 || this.#toHead;
    head.bodyKind = hasNoBody ? "none" : "close";
    this.#unwantedBody = false;
    head.contentLength = 0;
    head.hasContentLength = false;
    if ((idsLow & (lengthBit | codingBit)) === 0) return true;
    let reason = "";
    if ((idsTwice & (lengthBit | codingBit)) !== 0) {
      reason = (idsTwice & lengthBit) === 0 ? "two transfer-encoding" : "two content-length";
    } else if ((idsLow & lengthBit) === 0) {
      const field = head.find(HeaderId.transferEncoding) * headerStride;
      const coding = transferCodingOf(bytes, fields[field + 3] as number, fields[field + 4] as number);
      if (coding !== "chunked") reason = "unknown transfer coding";
      else if (head.minorVersion === 0) reason = "transfer-encoding in HTTP/1.0";
      else if (status < 200) reason = "transfer-encoding without a body";
      else if (!hasNoBody) head.bodyKind = "chunked";
      else this.#unwantedBody = status === 204;
    } else if ((idsLow & codingBit) === 0) {
      const field = head.find(HeaderId.contentLength) * headerStride;
      const length = contentLengthOf(bytes, fields[field + 3] as number, fields[field + 4] as number);
      if (length === -1) reason = "invalid content-length";
      else if (status < 200 && length > 0) reason = "content-length without a body";
      else {
        head.contentLength = hasNoLength ? 0 : length;
        this.#unwantedBody = hasNoLength && length > 0;
        head.hasContentLength = !hasNoLength;
        if (!hasNoBody) head.bodyKind = "length";
      }
    } else reason = "content-length and transfer-encoding";
    if (reason === "") return true;
    this.#refuse(reason);
    return false;
  }

  /** The status line ends at `at` so far: because the bytes do, or because it may not be longer. */
  #short(at: number, plain: Uint8Array | undefined): number {
    const start = this.headStart;
    const tooLong = at >= Math.min(start + this.maxLineBytes + 2, start + this.maxHeadBytes);
    return tooLong ? this.#refuse("status line too long", true) : this.startIncomplete(start, plain);
  }

  #refuse(reason: string, tooLarge: boolean = false): number {
    this.reason = reason;
    this.tooLarge = tooLarge;
    return malformed;
  }
}
