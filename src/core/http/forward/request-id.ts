import type { ByteWriter } from "../../bytes/byte-writer.ts";
import type { Random } from "../../runtime/clock.ts";
import { HeaderId } from "../../wire/header-id.ts";
import { headerStride } from "../../wire/head.ts";
import type { RequestHead } from "../../wire/request-head.ts";

/** A client's id may be so long; a longer one is replaced. */
const maxBytes = 128;
const prefixDigits = 16;
/** Of the number, at least. */
const digits = 8;
const hexDigits = "0123456789abcdef";

/**
 * Where the ids of requests come from: one for each thread. An id is 16 hex digits that the thread drew when it began, `-`,
 * and how many came before, in 8 hex digits or more: `9f3a5c0b71d2e846-0000002a`. It is unique over threads, processes
 * and restarts (64 random bits); it is no secret, and must not serve as one.
 */
export class RequestIds {
  /** With its `-`. */
  readonly prefix: string;
  readonly prefixBytes: Uint8Array;
  #last = -1;

  constructor(random: Random) {
    let prefix = "";
    for (let digit = 0; digit < prefixDigits; digit++) prefix += hexDigits[Math.floor(random.next() * 16)] as string;
    this.prefix = `${prefix}-`;
    this.prefixBytes = new TextEncoder().encode(this.prefix);
  }

  next(): number {
    return ++this.#last;
  }
}

/** The id of an exchange (`X-Request-ID`). One object serves the exchanges of a connection, one after the other. */
export class RequestId {
  readonly #ids: RequestIds;
  #number = -1;
  #text = "";

  constructor(ids: RequestIds) {
    this.#ids = ids;
  }

  /** Of an exchange without one. */
  clear(): void {
    this.#number = -1;
    this.#text = "";
  }

  /** Takes the client's with `keep`, when it has one that is fit to be passed on and logged; else a new one. */
  begin(head: RequestHead | undefined, mode: "keep" | "make" | "off"): void {
    this.clear();
    if (mode === "off") return;
    if (mode === "keep" && head !== undefined && this.#keep(head)) return;
    this.#number = this.#ids.next();
  }

  /** Empty when there is none. A string is made when somebody asks. */
  get text(): string {
    if (this.#text === "" && this.#number !== -1) {
      this.#text = this.#ids.prefix + this.#number.toString(16).padStart(digits, "0");
    }
    return this.#text;
  }

  /** Writes it, without making a string. */
  write(out: ByteWriter): void {
    const number = this.#number;
    if (number === -1 || number > 0xffff_ffff) {
      out.latin1(this.text);
      return;
    }
    out.all(this.#ids.prefixBytes);
    out.reserve(digits);
    const { bytes, length } = out;
    for (let index = 0; index < digits; index++) {
      bytes[length + index] = hexDigits.charCodeAt((number >>> (28 - 4 * index)) & 15);
    }
    out.length += digits;
  }

  #keep(head: RequestHead): boolean {
    const index = head.find(HeaderId.xRequestId);
    if (index === -1) return false;
    const start = head.headers[index * headerStride + 3] as number;
    const end = head.headers[index * headerStride + 4] as number;
    if (end === start || end - start > maxBytes) return false;
    for (let at = start; at < end; at++) if (!isFit(head.bytes[at] as number)) return false;
    this.#text = head.text(start, end);
    return true;
  }
}

/** Visible ASCII without `"`, `,`, `\`: it stands in headers, JSON and logs as it is. */
function isFit(byte: number): boolean {
  return byte > 32 && byte < 127 && byte !== 34 && byte !== 44 && byte !== 92;
}
