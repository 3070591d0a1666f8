import { horizontalTab, isText, space, tokenOctets } from "../bytes/octets.ts";

/**
 * How a message's body ends (RFC 9112 section 6.3): `none` there is none; `length` after `Content-Length` bytes; `chunked`
 * with the last chunk; `close` with the connection (answers only).
 */
export type BodyKind = "none" | "length" | "chunked" | "close";

/**
 * What a `Transfer-Encoding` asks for: `chunked` alone; `coded`, a list with other codings before it, which RFC 9112
 * section 6.1 lets a recipient not implement; all else is `wrong`.
 */
export type TransferCoding = "chunked" | "coded" | "wrong";

const zero = "0".charCodeAt(0);
const comma = ",".charCodeAt(0);
/** So many digits are a safe integer in every language, and more than anybody sends. */
const maxLengthDigits = 15;

/** The value of a `Content-Length`: 1 to 15 digits and nothing else; else -1. */
export function contentLengthOf(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > maxLengthDigits) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - zero;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Reads the value of a `Transfer-Encoding`. */
export function transferCodingOf(bytes: Uint8Array, start: number, end: number): TransferCoding {
  if (isText(bytes, start, end, "chunked")) return "chunked";
  let codings = 0;
  for (let at = start; ;) {
    const tokenStart = at;
    while (at < end && tokenOctets[bytes[at] as number] !== 0) at++;
    if (at === tokenStart) return "wrong";
    const isChunked = isText(bytes, tokenStart, at, "chunked");
    while (at < end && isBlank(bytes[at] as number)) at++;
    if (at === end) return isChunked && codings > 0 ? "coded" : "wrong";
    if (isChunked || bytes[at] !== comma) return "wrong";
    codings++;
    at++;
    while (at < end && isBlank(bytes[at] as number)) at++;
  }
}

function isBlank(octet: number): boolean {
  return octet === space || octet === horizontalTab;
}
