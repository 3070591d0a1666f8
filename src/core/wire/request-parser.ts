import {
  carriageReturn,
  hexOctets,
  hostOctets,
  isSame,
  isText,
  lineFeed,
  octets,
  space,
  tokenOctets,
} from "../bytes/octets.ts";
import type { OutcomeCode } from "../observe/outcome.ts";
import { hasAlias } from "./alias.ts";
import { hostEndOf, withoutDefaultPort } from "./authority.ts";
import {
  connectionClose,
  connectionEndToEnd,
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
import type { PartialHead } from "./partial-head.ts";
import { RequestHead } from "./request-head.ts";
import { pathOctets, queryOctets } from "./target-octets.ts";

const maxMethodBytes = 32;
const slash = "/".charCodeAt(0);
const asterisk = "*".charCodeAt(0);
const percent = "%".charCodeAt(0);
const question = "?".charCodeAt(0);
/** How a request line ends: `d` stands for a digit. */
const version = new TextEncoder().encode("HTTP/d.d\r\n");
const digit = "d".charCodeAt(0);
const zero = "0".charCodeAt(0);
const letterS = "s".charCodeAt(0);
const atSign = "@".charCodeAt(0);
/** What an authority may be made of; what it must be, `hostEndOf` knows. */
const authorityOctets = octets(":[]");
for (let octet = 0; octet < 256; octet++) if (hostOctets[octet] === 1) authorityOctets[octet] = 1;

const hostBit = 1 << HeaderId.host;
const lengthBit = 1 << HeaderId.contentLength;
const codingBit = 1 << HeaderId.transferEncoding;
const connectionBit = 1 << HeaderId.connection;
const upgradeBit = 1 << HeaderId.upgrade;
const expectBit = 1 << HeaderId.expect;

/**
 * Reads the heads of requests (RFC 9112 sections 2 to 7, RFC 9110 sections 5 to 10) and refuses what two readers could
 * understand in two ways. One for all connections of a thread: what a connection must keep is in its `PartialHead`.
 *
 * Stricter than the RFCs let it be: CRLF only; no field twice that frames or routes (`Host`, `Content-Length`,
 * `Transfer-Encoding`); `Content-Length` and `Transfer-Encoding` never together; no transfer coding but `chunked`, and that
 * only in HTTP/1.1; an absolute target must be of the host in `Host`; `Connection` may name no field that is for all recipients;
 * a name that with dashes for underscores is one that the proxy sets, trusts or frames by is refused (`X_Forwarded_For`).
 *
 * A verdict does not depend on the pieces in which the bytes come.
 */
export class RequestParser extends HeadParser {
  /** Valid after `read` answered a position, until the next `read`. */
  readonly head: RequestHead;
  /** After `malformed`: what to answer. */
  fault: OutcomeCode = "request-malformed";
  #isOptions = false;
  #isConnect = false;

  constructor(limits: HeadLimits) {
    super(limits);
    this.head = new RequestHead(this.fields.fields);
  }

  /**
   * The position in `bytes` behind the head; or `incomplete`, with all bytes kept in `partial`; or `malformed`. `at` is where
   * the request begins, or, with the `partial` of the read before, goes on.
   */
  read(bytes: Uint8Array, at: number, end: number, partial: PartialHead | undefined): number {
    this.partial = undefined;
    if (partial !== undefined) return this.resume(bytes, at, end, partial);
    const position = this.parse(bytes, at, end);
    return position === incomplete ? this.keep(bytes, at, end) : position;
  }

  protected override parse(bytes: Uint8Array, at: number, end: number): number {
    const { head } = this;
    head.bytes = bytes;
    this.headStart = at;
    if (at < end && bytes[at] === carriageReturn) {
      // RFC 9112 section 2.2: some clients send an empty line behind the body of a POST.
      if (at + 1 < end && bytes[at + 1] !== lineFeed) return this.#refuse("bare carriage return");
      this.headStart = at + 2;
      if (at + 2 >= end) return this.startIncomplete(at, undefined);
    }
    head.start = this.headStart;
    head.isHead = false;
    const line = this.#requestLine(bytes, head.start, end);
    if (line < 0) return line;
    const position = this.fields.read(bytes, line, end, 0, head.start + this.maxHeadBytes);
    if (position < 0) return position === incomplete ? this.fieldsIncomplete() : this.fieldsMalformed();
    head.end = position;
    return this.#finish(bytes) ? position : malformed;
  }

  #requestLine(bytes: Uint8Array, start: number, end: number): number {
    const { head } = this;
    const stop = Math.min(end, start + this.maxLineBytes + 2, start + this.maxHeadBytes);
    let at = start;
    while (at < stop && tokenOctets[bytes[at] as number] !== 0) at++;
    if (at - start > maxMethodBytes) return this.#refuse("method too long");
    if (at === stop) return this.#short(at, end, undefined);
    if (bytes[at] !== space || at === start) return this.#refuse("not a request");
    head.methodStart = start;
    head.methodEnd = at;
    this.#method(bytes, start, at);
    at = this.#target(bytes, at + 1, stop, end);
    return at < 0 ? at : this.#version(bytes, at, stop, end);
  }

  #method(bytes: Uint8Array, start: number, end: number): void {
    const { head } = this;
    head.isHead = false;
    head.isIdempotent = false;
    this.#isOptions = false;
    this.#isConnect = false;
    switch (end - start) {
      case 3:
        head.isIdempotent = isExactly(bytes, start, "GET") || isExactly(bytes, start, "PUT");
        break;
      case 4:
        head.isHead = isExactly(bytes, start, "HEAD");
        head.isIdempotent = head.isHead;
        break;
      case 5:
        head.isIdempotent = isExactly(bytes, start, "TRACE");
        break;
      case 6:
        head.isIdempotent = isExactly(bytes, start, "DELETE");
        break;
      case 7:
        this.#isOptions = isExactly(bytes, start, "OPTIONS");
        this.#isConnect = isExactly(bytes, start, "CONNECT");
        head.isIdempotent = this.#isOptions;
        break;
      default:
    }
  }

  /** Reads the target: the position behind the space that ends it. */
  #target(bytes: Uint8Array, start: number, stop: number, end: number): number {
    const { head } = this;
    head.targetStart = start;
    if (start === stop) return this.#short(start, end, undefined);
    let at = start;
    if (bytes[at] === slash) head.targetForm = "origin";
    else {
      if (this.#isConnect) {
        head.targetForm = "authority";
        at = this.#authority(bytes, at, stop, end);
      } else if (bytes[at] === asterisk) {
        head.targetForm = "asterisk";
        if (++at === stop) return this.#short(at, end, undefined);
      } else {
        head.targetForm = "absolute";
        at = this.#scheme(bytes, at, stop, end);
        if (at >= 0) at = this.#authority(bytes, at, stop, end);
      }
      if (at < 0) return at;
      if (head.targetForm !== "absolute" && bytes[at] !== space) return this.#refuse("invalid target");
    }
    head.pathStart = at;
    if (bytes[at] === slash) {
      at = this.#path(bytes, at, stop, end);
      if (at < 0) return at;
    }
    head.pathEnd = at;
    head.hasQuery = false;
    if (bytes[at] === question) {
      head.hasQuery = true;
      at++;
    }
    head.queryStart = at;
    if (head.hasQuery) {
      while (at < stop && queryOctets[bytes[at] as number] !== 0) at++;
      if (at === stop) return this.#short(at, end, queryOctets);
    }
    head.queryEnd = at;
    head.targetEnd = at;
    if (bytes[at] !== space) return this.#refuse("invalid octet in the target");
    return at + 1;
  }

  /** `http://` or `https://`. */
  #scheme(bytes: Uint8Array, start: number, stop: number, end: number): number {
    let expected = "http://";
    let at = start;
    for (let index = 0; index < expected.length; index++, at++) {
      if (at === stop) return this.#short(at, end, undefined);
      const octet = bytes[at] as number;
      if (index === 4 && (octet | 32) === letterS) expected = "https://";
      if (!isText(bytes, at, at + 1, expected.charAt(index))) return this.#refuse("invalid target");
    }
    return at;
  }

  #authority(bytes: Uint8Array, start: number, stop: number, end: number): number {
    const { head } = this;
    let at = start;
    while (at < stop && authorityOctets[bytes[at] as number] !== 0) at++;
    if (at === stop) return this.#short(at, end, undefined);
    head.authorityStart = start;
    head.authorityEnd = at;
    head.hostEnd = hostEndOf(bytes, start, at);
    if (bytes[at] === atSign) return this.#refuse("userinfo in the target");
    return head.hostEnd === -1 ? this.#refuse("invalid authority in the target") : at;
  }

  #path(bytes: Uint8Array, start: number, stop: number, end: number): number {
    let at = start;
    for (;;) {
      while (at < stop && pathOctets[bytes[at] as number] !== 0) at++;
      if (at === stop) return this.#short(at, end, pathOctets);
      if (bytes[at] !== percent) return at;
      for (let escape = at + 1; escape <= at + 2; escape++) {
        if (escape === stop) return this.#short(escape, end, undefined);
        if (hexOctets[bytes[escape] as number] === 0) return this.#refuse("invalid escape in the path");
      }
      at += 3;
    }
  }

  /** Reads the version and the end of the line (RFC 9112 section 2.3), and judges what the whole line says. */
  #version(bytes: Uint8Array, start: number, stop: number, end: number): number {
    const { head } = this;
    for (let index = 0; index < version.length; index++) {
      const at = start + index;
      if (at === stop) return this.#short(at, end, undefined);
      const octet = bytes[at] as number;
      const isRight = version[index] === digit ? octet >= zero && octet <= zero + 9 : octet === version[index];
      if (!isRight) return this.#refuse("malformed request line");
    }
    const major = (bytes[start + 5] as number) - zero;
    const minor = (bytes[start + 7] as number) - zero;
    if (major !== 1 || minor > 1) return this.#refuse("unknown version", "version-unknown");
    head.minorVersion = minor === 0 ? 0 : 1;
    if (this.#isConnect) {
      if (head.targetForm !== "authority" || head.hostEnd === head.authorityEnd) return this.#refuse("invalid target");
      return this.#refuse("CONNECT", "not-implemented");
    }
    if (head.targetForm === "asterisk" && !this.#isOptions) return this.#refuse("* is for OPTIONS only");
    return start + version.length;
  }

  /** What the fields mean together. */
  #finish(bytes: Uint8Array): boolean {
    const { head } = this;
    const fields = this.fields;
    const { idsLow, idsTwice } = fields;
    head.headerCount = fields.count;
    head.idsLow = idsLow;
    head.idsHigh = fields.idsHigh;
    head.bodyKind = "none";
    head.contentLength = 0;
    head.upgrade = false;
    head.expectsContinue = false;
    head.keepAlive = head.minorVersion === 1;
    if ((idsTwice & (hostBit | lengthBit | codingBit)) !== 0) {
      this.#refuse(twice(idsTwice));
      return false;
    }
    if (!this.#host(bytes)) return false;
    if ((idsLow & (lengthBit | codingBit)) !== 0 && !this.#framing(bytes)) return false;
    if ((idsLow & connectionBit) !== 0 && !this.#connection(bytes)) return false;
    if ((idsLow & expectBit) !== 0 && !this.#expect(bytes)) return false;
    if (fields.underscores && hasAlias(bytes, fields)) {
      this.#refuse("underscores in a field name");
      return false;
    }
    return true;
  }

  /** RFC 9112 section 3.2: there is one `Host`, and it is the authority of an absolute target. */
  #host(bytes: Uint8Array): boolean {
    const { head } = this;
    const { fields, idsLow } = this.fields;
    const isAbsolute = head.targetForm === "absolute";
    if ((idsLow & hostBit) === 0) {
      if (head.minorVersion === 1) {
        this.#refuse("no host");
        return false;
      }
      if (!isAbsolute) {
        head.authorityStart = head.start;
        head.authorityEnd = head.start;
        head.hostEnd = head.start;
      }
      return true;
    }
    let field = 0;
    while (fields[field] !== HeaderId.host) field += headerStride;
    const start = fields[field + 3] as number;
    const end = fields[field + 4] as number;
    const hostEnd = hostEndOf(bytes, start, end);
    if (hostEnd === -1) {
      this.#refuse("invalid host");
      return false;
    }
    if (isAbsolute) {
      const isSecure = ((bytes[head.targetStart + 4] as number) | 32) === letterS;
      const port = isSecure ? 443 : 80;
      const targetEnd = withoutDefaultPort(bytes, head.hostEnd, head.authorityEnd, port);
      if (isSame(bytes, head.authorityStart, targetEnd, start, withoutDefaultPort(bytes, hostEnd, end, port)))
        return true;
      this.#refuse("host is not that of the target");
      return false;
    }
    head.authorityStart = start;
    head.authorityEnd = end;
    head.hostEnd = hostEnd;
    return true;
  }

  /** RFC 9112 section 6. */
  #framing(bytes: Uint8Array): boolean {
    const { head } = this;
    const { fields, idsLow } = this.fields;
    if ((idsLow & codingBit) === 0) {
      const field = head.find(HeaderId.contentLength) * headerStride;
      const length = contentLengthOf(bytes, fields[field + 3] as number, fields[field + 4] as number);
      if (length === -1) {
        this.#refuse("invalid content-length");
        return false;
      }
      head.bodyKind = "length";
      head.contentLength = length;
      return true;
    }
    const field = head.find(HeaderId.transferEncoding) * headerStride;
    const coding = transferCodingOf(bytes, fields[field + 3] as number, fields[field + 4] as number);
    if ((idsLow & lengthBit) !== 0) this.#refuse("content-length and transfer-encoding");
    else if (head.minorVersion === 0) this.#refuse("transfer-encoding in HTTP/1.0");
    else if (coding === "coded") this.#refuse("unknown transfer coding", "not-implemented");
    else if (coding === "wrong") this.#refuse("invalid transfer-encoding");
    else {
      head.bodyKind = "chunked";
      return true;
    }
    return false;
  }

  /** RFC 9112 section 9.3, RFC 9110 sections 7.6.1 and 7.8. */
  #connection(bytes: Uint8Array): boolean {
    const { head } = this;
    const { idsLow, idsTwice } = this.fields;
    const options = readConnectionOptions(bytes, this.fields);
    if ((options & (connectionMalformed | connectionEndToEnd)) !== 0) {
      this.#refuse(
        (options & connectionMalformed) !== 0 ? "invalid connection" : "connection names an end-to-end field",
      );
      return false;
    }
    if ((options & connectionClose) !== 0) head.keepAlive = false;
    else if ((options & connectionKeepAlive) !== 0) head.keepAlive = true;
    head.upgrade =
      (options & connectionUpgrade) !== 0 &&
      (idsLow & ~idsTwice & upgradeBit) !== 0 &&
      head.minorVersion === 1 &&
      (head.bodyKind === "none" || (head.bodyKind === "length" && head.contentLength === 0));
    return true;
  }

  /** RFC 9110 section 10.1.1. */
  #expect(bytes: Uint8Array): boolean {
    const { head } = this;
    const { fields, count } = this.fields;
    for (let field = 0; field < count * headerStride; field += headerStride) {
      if (fields[field] !== HeaderId.expect) continue;
      if (isText(bytes, fields[field + 3] as number, fields[field + 4] as number, "100-continue")) continue;
      this.#refuse("unknown expectation", "expectation-unknown");
      return false;
    }
    head.expectsContinue = head.minorVersion === 1 && (head.bodyKind === "chunked" || head.contentLength > 0);
    return true;
  }

  /** The request line ends at `at` so far: because the bytes do, or because it may not be longer. */
  #short(at: number, end: number, plain: Uint8Array | undefined): number {
    const start = this.headStart;
    if (at >= Math.min(start + this.maxLineBytes + 2, start + this.maxHeadBytes)) {
      return this.#refuse("request line too long", "target-too-long");
    }
    return this.startIncomplete(start, at === end ? plain : undefined);
  }

  protected override fieldsMalformed(): number {
    const { reason, tooLarge } = this.fields;
    return this.#refuse(reason, tooLarge ? "head-too-large" : "request-malformed");
  }

  #refuse(reason: string, fault: OutcomeCode = "request-malformed"): number {
    this.reason = reason;
    this.fault = fault;
    return malformed;
  }
}

/** Whether the bytes from `start` on are `text`. */
function isExactly(bytes: Uint8Array, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

function twice(ids: number): string {
  if ((ids & hostBit) !== 0) return "two host";
  return (ids & lengthBit) === 0 ? "two transfer-encoding" : "two content-length";
}
