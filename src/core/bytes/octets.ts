/** Octets as HTTP sorts them (RFC 9110 section 5.6, RFC 3986 section 2): tables of 256 numbers, 0 for what is not in them. */

/** HTAB: white space within a line. */
export const horizontalTab = 9;
/** LF: the second half of what ends a line. */
export const lineFeed = 10;
/** CR: the first half of what ends a line. */
export const carriageReturn = 13;
/** SP: white space within a line. */
export const space = 32;

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";

/** `tchar` of RFC 9110 section 5.6.2: 1, and 2 the underscore, which some servers take for a dash. */
export const tokenOctets: Uint8Array = octets(`${letters}${digits}!#$%&'*+-.^\`|~`);
tokenOctets["_".charCodeAt(0)] = 2;

/** What may stand in the value of a header field or in a reason phrase: HTAB, SP, all that prints, and `obs-text`. */
export const valueOctets: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === horizontalTab || (octet >= space && octet !== 127) ? 1 : 0,
);

/** What a name of a host is made of: `unreserved` of RFC 3986. Nobody's name has its `sub-delims` and escapes. */
export const hostOctets: Uint8Array = octets(`${letters}${digits}-._~`);

/** Hexadecimal digits: their value and 1. */
export const hexOctets: Uint8Array = new Uint8Array(256);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  hexOctets[digit.charCodeAt(0)] = value + 1;
  hexOctets[digit.toUpperCase().charCodeAt(0)] = value + 1;
}

/** A table with 1 for each character of `text`. */
export function octets(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let index = 0; index < text.length; index++) table[text.charCodeAt(index)] = 1;
  return table;
}

const ascii = new TextDecoder();

/** A character for each byte. (What `TextDecoder` calls latin1 is windows-1252: other characters for 0x80 to 0x9f.) */
export function latin1Text(bytes: Uint8Array, start: number, end: number): string {
  let bits = 0;
  for (let at = start; at < end; at++) bits |= bytes[at] as number;
  if (bits < 128) return ascii.decode(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/** Whether the bytes from `start` to `end` are `text`, which is in lower case; ASCII letters count as their lower case. */
export function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  const { length } = text;
  if (end - start !== length) return false;
  for (let index = 0; index < length; index++) {
    if (lowerCase(bytes[start + index] as number) !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether two ranges of the same bytes are equal; ASCII letters count as their lower case. */
export function isSame(bytes: Uint8Array, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let at = start, other = otherStart; at < end; at++, other++) {
    if (lowerCase(bytes[at] as number) !== lowerCase(bytes[other] as number)) return false;
  }
  return true;
}

function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | 32 : byte;
}
