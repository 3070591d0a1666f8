import type { ByteWriter } from "../../bytes/byte-writer.ts";
import type { Random } from "../../runtime/clock.ts";
import { HeaderId } from "../../wire/header-id.ts";
import { headerStride } from "../../wire/head.ts";
import type { RequestHead } from "../../wire/request-head.ts";

/** `00-<trace id: 32>-<parent id: 16>-<flags: 2>`. */
const length = 55;
const traceIdStart = 3;
const parentIdStart = 36;
const flagsStart = 53;
const hyphen = 45;
const zero = 48;
const latin1 = new TextDecoder("latin1");

/**
 * The `traceparent` of an exchange (W3C Trace Context, levels 1 and 2). A client's valid one is passed on unchanged: the
 * proxy has no span of its own yet. An invalid one is dropped, and `tracestate` with it. One object serves the exchanges
 * of a connection, one after the other.
 */
export class TraceContext {
  readonly #random: Random;
  /** As it is sent: of version 00 its 55 bytes, of a later version maybe more. */
  #bytes = new Uint8Array(length);
  #length = 0;
  #fromClient = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** `off` reads nothing: the fields pass as they are, and there is no trace id. */
  begin(head: RequestHead, mode: "continue" | "start" | "off"): void {
    this.#length = 0;
    this.#fromClient = false;
    if (mode === "off") return;
    const index = head.find(HeaderId.traceparent);
    if (index !== -1) this.#read(head, index);
    if (this.#length === 0 && mode === "start") this.#start();
  }

  /** There is one to send. */
  get present(): boolean {
    return this.#length > 0;
  }

  /** It is the client's, and so `tracestate` is valid. */
  get continued(): boolean {
    return this.#fromClient;
  }

  /** 32 hex digits; empty when there is none. */
  get traceId(): string {
    return this.#length === 0 ? "" : latin1.decode(this.#bytes.subarray(traceIdStart, parentIdStart - 1));
  }

  /** Writes the field's value. */
  write(out: ByteWriter): void {
    out.range(this.#bytes, 0, this.#length);
  }

  #read(head: RequestHead, index: number): void {
    const { bytes, headers } = head;
    for (let other = index + 1; other < head.headerCount; other++) {
      if (headers[other * headerStride] === HeaderId.traceparent) return;
    }
    const start = headers[index * headerStride + 3] as number;
    const end = headers[index * headerStride + 4] as number;
    if (!isValid(bytes, start, end)) return;
    const count = end - start;
    if (count > this.#bytes.length) this.#bytes = new Uint8Array(count);
    for (let offset = 0; offset < count; offset++) this.#bytes[offset] = bytes[start + offset] as number;
    this.#length = count;
    this.#fromClient = true;
  }

  /** Sampled: whoever asks for traces wants to see them. */
  #start(): void {
    const bytes = this.#bytes;
    bytes.fill(zero, 0, length);
    bytes[traceIdStart - 1] = bytes[parentIdStart - 1] = bytes[flagsStart - 1] = hyphen;
    this.#randomHex(traceIdStart, parentIdStart - 1);
    this.#randomHex(parentIdStart, flagsStart - 1);
    // Sampled, and (level 2) the trace id is random.
    bytes[flagsStart + 1] = zero + 3;
    this.#length = length;
  }

  /** Eight digits a draw; never all zeros: that is no id. */
  #randomHex(start: number, end: number): void {
    const bytes = this.#bytes;
    let any = 0;
    for (let word = start; word < end; word += 8) {
      const bits = (this.#random.next() * 2 ** 32) | 0;
      any |= bits;
      for (let digit = 0; digit < 8; digit++) bytes[word + digit] = hexDigit((bits >>> (28 - 4 * digit)) & 15);
    }
    if (any === 0) bytes[end - 1] = zero + 1;
  }
}

/** Section 3.2: version 00 is exactly that long; a later one may go on behind another hyphen; ff is none. */
function isValid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < length) return false;
  const isVersion00 = bytes[start] === zero && bytes[start + 1] === zero;
  if (isVersion00 && end - start !== length) return false;
  if (end - start > length && bytes[start + length] !== hyphen) return false;
  if (bytes[start + 2] !== hyphen || bytes[start + parentIdStart - 1] !== hyphen) return false;
  if (bytes[start + flagsStart - 1] !== hyphen) return false;
  if (!isHex(bytes, start, start + 2) || (bytes[start] === 102 && bytes[start + 1] === 102)) return false;
  return (
    isId(bytes, start + traceIdStart, start + parentIdStart - 1) &&
    isId(bytes, start + parentIdStart, start + flagsStart - 1) &&
    isHex(bytes, start + flagsStart, start + length)
  );
}

function isId(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isHex(bytes, start, end)) return false;
  for (let at = start; at < end; at++) if (bytes[at] !== zero) return true;
  return false;
}

/** In lower case. */
function isHex(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (!((byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102))) return false;
  }
  return true;
}

function hexDigit(digit: number): number {
  return digit < 10 ? zero + digit : 87 + digit;
}
