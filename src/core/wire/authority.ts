import { hexOctets, hostOctets } from "../bytes/octets.ts";

const colon = ":".charCodeAt(0);
const dot = ".".charCodeAt(0);
const openBracket = "[".charCodeAt(0);
const closeBracket = "]".charCodeAt(0);
const zero = "0".charCodeAt(0);

/**
 * Where the host ends in an authority `host[:port]` (RFC 9110 section 7.2) from `start` to `end`, the brackets of an IPv6
 * literal included; -1 when it is none. Stricter than RFC 3986: there is a host, without `sub-delims`, escapes, zone and
 * IPvFuture; behind a colon there is a port, up to 65535. There is no userinfo.
 */
export function hostEndOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (at < end && bytes[at] === openBracket) {
    at++;
    while (at < end && bytes[at] !== closeBracket) at++;
    if (at === end || !isIpv6(bytes, start + 1, at)) return -1;
    at++;
  } else {
    while (at < end && hostOctets[bytes[at] as number] !== 0) at++;
    if (at === start) return -1;
  }
  return at === end || isPort(bytes, at, end) ? at : -1;
}

/** Where an authority ends without the port that is the default of its scheme. */
export function withoutDefaultPort(bytes: Uint8Array, hostEnd: number, end: number, defaultPort: number): number {
  if (hostEnd === end) return end;
  let port = 0;
  for (let at = hostEnd + 1; at < end; at++) port = port * 10 + (bytes[at] as number) - zero;
  return port === defaultPort ? hostEnd : end;
}

/** A colon and one to five digits. */
function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== colon || end - start < 2 || end - start > 6) return false;
  let port = 0;
  for (let at = start + 1; at < end; at++) {
    const digit = (bytes[at] as number) - zero;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return port <= 65_535;
}

/** RFC 3986 section 3.2.2, `IPv6address`. */
function isIpv6(bytes: Uint8Array, start: number, end: number): boolean {
  let groups = 0;
  let gap = false;
  let at = start;
  if (at + 1 < end && bytes[at] === colon && bytes[at + 1] === colon) {
    gap = true;
    at += 2;
    if (at === end) return true;
  }
  for (;;) {
    const groupStart = at;
    while (at < end && hexOctets[bytes[at] as number] !== 0) at++;
    if (at < end && bytes[at] === dot) {
      groups += 2;
      return isIpv4(bytes, groupStart, end) && (gap ? groups <= 7 : groups === 8);
    }
    if (at === groupStart || at - groupStart > 4) return false;
    groups++;
    if (at === end) return gap ? groups <= 7 : groups === 8;
    if (bytes[at] !== colon || groups > 7) return false;
    at++;
    if (at < end && bytes[at] === colon) {
      if (gap) return false;
      gap = true;
      at++;
      if (at === end) return groups <= 7;
    }
  }
}

/** Four numbers up to 255 without leading zeros, with dots between them. */
function isIpv4(bytes: Uint8Array, start: number, end: number): boolean {
  let numbers = 0;
  let at = start;
  for (;;) {
    const numberStart = at;
    let value = 0;
    while (at < end && at - numberStart < 4) {
      const digit = (bytes[at] as number) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    if (at === numberStart || value > 255 || (bytes[numberStart] === zero && at - numberStart > 1)) return false;
    numbers++;
    if (at === end) return numbers === 4;
    if (bytes[at] !== dot || numbers === 4) return false;
    at++;
  }
}
