import { hashText } from "../balancer/hash.ts";
import type { Address } from "../runtime/address.ts";

/** What a client is counted by, as numbers that several threads can share: two signed 32-bit halves, and of what. */
export interface ClientKey {
  /** 1 IPv4, 2 IPv6, 3 unix socket, 4 text; never 0. */
  readonly kind: number;
  readonly high: number;
  readonly low: number;
}

const unixPeers: ClientKey = { kind: 3, high: 0, low: 0 };
/** Any two that differ: one hash of a text alone is too short for a key. */
const textSeeds = [0x2545_f491, 0x4f6c_dd1d] as const;
/** The eight groups of the IPv6 literal that was read last (RFC 4291, 2.2). */
const groups = new Uint16Array(8);
/** The IPv4 address that was read last. */
let ipv4 = 0;

const dot = ".".charCodeAt(0);
const zero = "0".charCodeAt(0);
const letterA = "a".charCodeAt(0);
/** Sets letters to lower case, and leaves digits as they are. */
const caseBit = 0x20;

/**
 * What a client is counted by:
 *
 * - an IPv4 address as it stands, an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) as that IPv4 address;
 * - any other IPv6 address by its /64: one subscriber has at least that much (RFC 6177), and could take a new address
 *   for each connection;
 * - all peers of a unix socket together;
 * - text that is no address by 64 bits of hash.
 */
export function clientKey(address: Address): ClientKey {
  if (address.kind === "unix") return unixPeers;
  const { host } = address;
  if (!host.includes(":")) return readIpv4(host, 0, host.length) ? ipv4Key() : textKey(host);
  if (!readIpv6(host)) return textKey(host);
  return readMappedIpv4() ? ipv4Key() : { kind: 2, high: pair(0), low: pair(2) };
}

/**
 * The same as text, which is what the hash policies know a client by: `192.0.2.1`, `2001:db8:1:2::/64` (RFC 5952),
 * `unix`; text that is no address as it stands.
 */
export function clientText(address: Address): string {
  if (address.kind === "unix") return "unix";
  const { host } = address;
  if (!host.includes(":") || !readIpv6(host)) return host;
  return readMappedIpv4() ? `${ipv4 >>> 24}.${(ipv4 >> 16) & 255}.${(ipv4 >> 8) & 255}.${ipv4 & 255}` : formatPrefix();
}

function ipv4Key(): ClientKey {
  return { kind: 1, high: 0, low: ipv4 };
}

function textKey(text: string): ClientKey {
  return { kind: 4, high: hashText(text, textSeeds[0]) | 0, low: hashText(text, textSeeds[1]) | 0 };
}

/** Two groups as 32 bits. */
function pair(first: number): number {
  return ((groups[first] ?? 0) << 16) | (groups[first + 1] ?? 0);
}

function readMappedIpv4(): boolean {
  ipv4 = pair(6);
  return pair(0) === 0 && pair(2) === 0 && pair(4) === 0xffff;
}

/** The lower half is zero, so the longest run of zeros is always the last one. */
function formatPrefix(): string {
  let length = 4;
  while (length > 0 && groups[length - 1] === 0) length--;
  const words = Array.from(groups.subarray(0, length), (group) => group.toString(16));
  return `${words.join(":")}::/64`;
}

/** Reads an IPv6 literal into `groups`, whatever zone it has; false when it is none. */
function readIpv6(text: string): boolean {
  const zone = text.indexOf("%");
  const end = zone === -1 ? text.length : zone;
  let count = 0;
  /** Where `::` stands, and at least one group is missing; -1 for nowhere. */
  let gap = -1;
  let at = 0;
  if (text.startsWith("::") && end >= 2) {
    gap = 0;
    at = 2;
  }
  while (at < end) {
    const colon = text.indexOf(":", at);
    const stop = colon === -1 || colon > end ? end : colon;
    const read = readGroup(text, at, stop, count);
    if (read === 0) return false;
    count += read;
    if (stop === end) break;
    at = stop + 1;
    if (at === end) return false;
    if (text[at] !== ":") continue;
    if (gap !== -1) return false;
    gap = count;
    at++;
  }
  if (gap === -1) return count === 8;
  if (count === 8) return false;
  const tail = 8 - (count - gap);
  groups.copyWithin(tail, gap, count);
  groups.fill(0, gap, tail);
  return true;
}

/** How many groups were read: one, two that are written as an IPv4 address, or 0 when it is neither. */
function readGroup(text: string, from: number, to: number, index: number): number {
  const group = readHex(text, from, to);
  if (group !== -1) {
    if (index > 7) return 0;
    groups[index] = group;
    return 1;
  }
  if (index > 6 || !readIpv4(text, from, to)) return 0;
  groups[index] = ipv4 >>> 16;
  groups[index + 1] = ipv4 & 0xffff;
  return 2;
}

/** One to four hexadecimal digits, or -1. */
function readHex(text: string, from: number, to: number): number {
  if (to === from || to - from > 4) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    const digit = code - zero;
    const letter = (code | caseBit) - letterA;
    if (digit >= 0 && digit <= 9) value = value * 16 + digit;
    else if (letter >= 0 && letter <= 5) value = value * 16 + 10 + letter;
    else return -1;
  }
  return value;
}

/** Four numbers up to 255, with dots between them. */
function readIpv4(text: string, from: number, to: number): boolean {
  let address = 0;
  let bytes = 0;
  let value = 0;
  let digits = 0;
  for (let at = from; at <= to; at++) {
    const code = at === to ? dot : text.charCodeAt(at);
    if (code === dot) {
      if (digits === 0 || value > 255 || bytes === 4) return false;
      address = (address << 8) | value;
      bytes++;
      value = 0;
      digits = 0;
      continue;
    }
    const digit = code - zero;
    if (digit < 0 || digit > 9 || ++digits > 3) return false;
    value = value * 10 + digit;
  }
  ipv4 = address;
  return bytes === 4;
}
