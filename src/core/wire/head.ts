/**
 * A parsed head: offsets into the bytes it was read from. Nothing is copied and no string is made until somebody asks. One
 * object serves all heads of its reader, one after the other.
 */
import { latin1Text } from "../bytes/octets.ts";
import type { BodyKind } from "./framing.ts";
import { HeaderId } from "./header-id.ts";

/** Of each header field: its id, where its name begins and ends, and its value, without the white space around it. */
export const headerStride = 5;

/** What is between two neighbours only (RFC 9110 section 7.6.1), whether `Connection` names it or not. */
const hopByHopIds =
  (1 << HeaderId.connection) |
  (1 << HeaderId.keepAlive) |
  (1 << HeaderId.proxyConnection) |
  (1 << HeaderId.te) |
  (1 << HeaderId.trailer) |
  (1 << HeaderId.transferEncoding) |
  (1 << HeaderId.upgrade) |
  (1 << HeaderId.proxyAuthenticate) |
  (1 << HeaderId.proxyAuthorization);

/** What the heads of requests and answers have in common. */
export class Head {
  /** The head's bytes, from `start` to `end`; valid until the reader goes on. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  /** Behind the empty line. */
  end = 0;
  /** HTTP/1.0 or HTTP/1.1. */
  minorVersion: 0 | 1 = 1;
  headerCount = 0;
  /** `headerStride` numbers for each of the first `headerCount` header fields, in their order. */
  headers: Int32Array;
  /** Which ids there are: bit `id` for those below 32, bit `id - 32` for the others. */
  idsLow = 0;
  idsHigh = 0;
  bodyKind: BodyKind = "none";
  /** When `bodyKind` is `length`, else 0. The field is to be written from this number: it may have had leading zeros. */
  contentLength = 0;
  /** The connection may serve another message after this one, as far as this head says (RFC 9112 section 9.3). */
  keepAlive = true;
  /** HTTP/1.1, `Connection` names `upgrade`, there is one `Upgrade` field, and no body (RFC 9110 section 7.8). */
  upgrade = false;

  /** `headers` is where its reader writes the fields. */
  constructor(headers: Int32Array) {
    this.headers = headers;
  }

  /** Whether there is a header field with this id, not `other`. */
  has(id: number): boolean {
    return (((id < 32 ? this.idsLow : this.idsHigh) >>> id) & 1) !== 0;
  }

  /** Whether header field `index` is between the sender and us only: it is never passed on as it is. */
  isHopByHop(index: number): boolean {
    return isHopByHopId(this.headers[index * headerStride] as number);
  }

  /** The index of the first header field with this id, not `other`; -1 when there is none. */
  find(id: number): number {
    if (!this.has(id)) return -1;
    for (let index = 0; index < this.headerCount; index++) if (this.headers[index * headerStride] === id) return index;
    return -1;
  }

  /** The index of the first header field at or after `from` with this name, in lower case; -1 when there is none. */
  findName(name: string, from: number = 0): number {
    for (let index = from; index < this.headerCount; index++) if (this.isName(index, name)) return index;
    return -1;
  }

  /** Whether header field `index` has this name, given in lower case. */
  isName(index: number, name: string): boolean {
    const at = index * headerStride;
    const start = this.headers[at + 1] as number;
    if ((this.headers[at + 2] as number) - start !== name.length) return false;
    for (let offset = 0; offset < name.length; offset++) {
      const byte = this.bytes[start + offset] as number;
      const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
      if (lower !== name.charCodeAt(offset)) return false;
    }
    return true;
  }

  /** The name of header field `index` as it was sent. */
  name(index: number): string {
    return this.text(
      this.headers[index * headerStride + 1] as number,
      this.headers[index * headerStride + 2] as number,
    );
  }

  /** The value of header field `index`, a character for each byte. */
  value(index: number): string {
    return this.text(
      this.headers[index * headerStride + 3] as number,
      this.headers[index * headerStride + 4] as number,
    );
  }

  /** Bytes of the head as text, a character for each. */
  text(start: number, end: number): string {
    return latin1Text(this.bytes, start, end);
  }
}

/** Whether fields with this id are between two neighbours only; those too that `Connection` named. */
export function isHopByHopId(id: number): boolean {
  return id < 32 ? ((hopByHopIds >>> id) & 1) !== 0 : id === HeaderId.option;
}
