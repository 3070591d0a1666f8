/** The bytes of a URI's path and query (RFC 3986 sections 2 and 3.3), and how they are escaped. */

/** What segments are cut at. */
export const slash = 0x2f;

/** 1 for each byte that may stand in a path as it is, `/` among them; `%` may not, since an escape has to be looked at. */
export const pathBytes: Uint8Array = bytesOf(/[\w\-.~!$&'()*+,;=:@/]/);
/** The same for a query. */
const queryBytes: Uint8Array = bytesOf(/[\w\-.~!$&'()*+,;=:@/?]/);

/** The bytes that no escape is needed for, anywhere (RFC 3986 section 2.3). */
const unreserved = bytesOf(/[\w\-.~]/);
const utf8 = new TextEncoder();

/** Whether a byte need not be escaped anywhere, and is the same when it is. */
export function isUnreserved(byte: number): boolean {
  return (unreserved[byte] as number) === 1;
}

/** The digit of a number below 16, in upper case. */
export function hexDigit(value: number): number {
  return value < 10 ? 48 + value : 55 + value;
}

/** The number of a hexadecimal digit in either case; -1 for another byte. */
export function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/**
 * The text of a setting as it stands in a canonical path: as UTF-8, escapes as `CanonicalPath` writes them, all that may
 * not stand there escaped, such as a percent sign that escapes nothing. Dots and slashes stay as they are.
 */
export function escapePath(text: string): string {
  return escape(text, pathBytes);
}

/** The same for a query. */
export function escapeQuery(text: string): string {
  return escape(text, queryBytes);
}

function escape(text: string, plain: Uint8Array): string {
  const bytes = utf8.encode(text);
  let escaped = "";
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const high = byte === 0x25 ? hexValue(bytes[at + 1] ?? 0) : -1;
    const low = high === -1 ? -1 : hexValue(bytes[at + 2] ?? 0);
    if (low !== -1) {
      at += 2;
      const value = high * 16 + low;
      escaped += isUnreserved(value) ? String.fromCharCode(value) : escapeByte(value);
    } else escaped += (plain[byte] as number) === 1 ? String.fromCharCode(byte) : escapeByte(byte);
  }
  return escaped;
}

function escapeByte(byte: number): string {
  return `%${String.fromCharCode(hexDigit(byte >> 4), hexDigit(byte & 15))}`;
}

function bytesOf(which: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte < 128 && which.test(String.fromCharCode(byte)) ? 1 : 0));
}
