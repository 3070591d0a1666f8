import type { HttpSettings } from "../server/http-settings.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { textOf } from "./expression.ts";
import { hexDigit, hexValue, isUnreserved, pathBytes, slash } from "./path-bytes.ts";

/** What of a path is matched and forwarded, and what is refused. */
export type PathPolicy = Pick<HttpSettings, "encodedSlashes" | "mergeSlashes">;

const percent = 0x25;
const dot = 0x2e;
const semicolon = 0x3b;
const backslash = 0x5c;

/** The path of a request that names none. */
const root = new Uint8Array([slash]);

/**
 * The one spelling of a request's path (RFC 3986 section 6.2.2) that is matched, that middleware sees, and that is
 * forwarded:
 *
 * - escapes have upper-case digits; what need not be escaped is not (6.2.2.1, 6.2.2.2), and bytes that may not stand in a
 *   path are;
 * - dot segments are resolved (5.2.4), however they are spelled.
 *
 * So it holds visible ASCII only, and where it holds `%`, two upper-case hexadecimal digits follow. Refused is what some
 * origin reads as another path: `..` above the root, escaped control bytes, an escape without its digits, a dot segment
 * with parameters (`/..;/`); and unless they are kept, escaped slashes, backslashes and percent signs, and UTF-8 that is
 * longer than it must be (RFC 3629 section 10).
 *
 * One object serves all requests of a thread, one after the other.
 */
export class CanonicalPath {
  /** The head's own bytes when they need no change, else ones that are valid until the next `set`. */
  bytes: Uint8Array = root;
  start = 0;
  /** Behind the last byte. There is at least one: the first is a slash. */
  end = 1;
  #scratch = new Uint8Array(256);

  /**
   * Takes the path of a request; `/` when it has none. Returns why it must be refused with 400, in words; empty when
   * all is well.
   */
  set(head: RequestHead, policy: PathPolicy): string {
    if (head.pathStart === head.pathEnd) {
      this.bytes = root;
      this.start = 0;
      this.end = 1;
      return "";
    }
    this.bytes = head.bytes;
    this.start = head.pathStart;
    this.end = head.pathEnd;
    return this.#isPlain(policy.mergeSlashes) ? "" : this.#rewrite(policy);
  }

  /** Characters are bytes. */
  get text(): string {
    return textOf(this.bytes, this.start, this.end);
  }

  /** Nothing in it may need a change: one pass over the bytes. */
  #isPlain(mergeSlashes: boolean): boolean {
    const { bytes, end } = this;
    let before = 0;
    for (let at = this.start; at < end; at++) {
      const byte = bytes[at] as number;
      if ((pathBytes[byte] as number) === 0) return false;
      if (before === slash && (byte === dot || (byte === slash && mergeSlashes))) return false;
      before = byte;
    }
    return true;
  }

  #rewrite({ encodedSlashes, mergeSlashes }: PathPolicy): string {
    const from = this.bytes;
    const { end } = this;
    // The first byte is a slash, each other one becomes three at most.
    const capacity = 3 * (end - this.start);
    if (this.#scratch.length < capacity) this.#scratch = new Uint8Array(capacity);
    const to = this.#scratch;
    to[0] = slash;
    let length = 1;
    /** Where the segment begins that is being written. */
    let segment = 1;
    for (let at = this.start + 1; at < end; at++) {
      let byte = from[at] as number;
      if (byte === slash) {
        if (mergeSlashes && length === segment) continue;
        if (isDots(to, segment, length)) {
          length = resolveDots(to, segment, length);
          if (length === 0) return aboveRoot;
        } else to[length++] = slash;
        segment = length;
        continue;
      }
      let escaped = false;
      if (byte === percent) {
        byte = escapedByte(from, at, end);
        if (byte === -1) return "escape without two hexadecimal digits in the path";
        if (encodedSlashes === "reject" && isOverlong(from, at, end, byte)) return "overlong UTF-8 in the path";
        at += 2;
        escaped = true;
      }
      if (byte < 0x20 || byte === 0x7f) return "control byte in the path";
      if (encodedSlashes === "reject") {
        if (byte === slash) return "encoded slash in the path";
        if (byte === backslash) return "encoded backslash in the path";
        if (byte === percent) return "encoded percent sign in the path";
      }
      if (byte === semicolon && isDots(to, segment, length)) return "dot segment with parameters in the path";
      if (escaped ? isUnreserved(byte) : (pathBytes[byte] as number) === 1) to[length++] = byte;
      else {
        to[length++] = percent;
        to[length++] = hexDigit(byte >> 4);
        to[length++] = hexDigit(byte & 15);
      }
    }
    if (isDots(to, segment, length)) {
      length = resolveDots(to, segment, length);
      if (length === 0) return aboveRoot;
    }
    this.bytes = to;
    this.start = 0;
    this.end = length;
    return "";
  }
}

const aboveRoot = "path goes above the root";

/** Whether a path, written with a slash first and no needless escapes, has a segment that is `.` or `..`, or is before `;`. */
export function hasDotSegment(bytes: Uint8Array, start: number, end: number): boolean {
  let segment = start + 1;
  for (let at = segment; at <= end; at++) {
    const byte = at === end ? slash : (bytes[at] as number);
    const ends =
      byte === slash || byte === semicolon || (byte === percent && escapedByte(bytes, at, end) === semicolon);
    if (ends && isDots(bytes, segment, at)) return true;
    if (byte === slash) segment = at + 1;
  }
  return false;
}

/** `.` or `..`. */
function isDots(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === dot && (end - start === 1 || (end - start === 2 && bytes[start + 1] === dot));
}

/** The new length without the dot segment at the end, and without what it takes back; 0 when that is above the root. */
function resolveDots(bytes: Uint8Array, segment: number, end: number): number {
  if (end - segment === 1) return segment;
  // From the slash before the segment to the one before that.
  let length = segment - 1;
  while (length > 0 && bytes[length - 1] !== slash) length--;
  return length;
}

/** What `%` at `at` and the two digits behind it stand for; -1 when there are none. */
function escapedByte(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 3) return -1;
  const high = hexValue(bytes[at + 1] as number);
  const low = hexValue(bytes[at + 2] as number);
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

/**
 * Whether `first`, escaped at `at`, begins a UTF-8 sequence for what has a shorter one: the byte behind it says so. A
 * decoder that does not look reads `%c0%af` as a slash.
 */
function isOverlong(bytes: Uint8Array, at: number, end: number, first: number): boolean {
  if (first < 0xc0) return false;
  const second = bytes[at + 3] === percent ? escapedByte(bytes, at + 3, end) : -1;
  if (second < 0x80 || second > 0xbf) return false;
  if (first <= 0xc1) return true;
  if (first === 0xe0) return second < 0xa0;
  if (first === 0xf0) return second < 0x90;
  if (first === 0xf8) return second < 0x88;
  return first === 0xfc && second < 0x84;
}
