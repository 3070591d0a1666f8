/** `sockaddr_in`, `sockaddr_in6` and `sockaddr_un`, as ip(7), ipv6(7) and unix(7) lay them out. */
import { networkInterfaces } from "node:os";
import { isIP } from "node:net";
import type { Address } from "../../core/runtime/address.ts";
import { unixPath } from "../compat/net-address.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "./linux.ts";

/** As large as the largest of them: `sockaddr_un`. */
export const socketAddressBytes = 110;

/** Clients come again: one text for all connections of an address saves making it, and the memory. */
const knownTexts = new Map<number, string>();
const maxKnownTexts = 4096;

/** An address that could not be written down: its code is as libc's would be. */
export class BadAddress extends Error {
  readonly code: "EINVAL" | "ENAMETOOLONG";

  constructor(code: "EINVAL" | "ENAMETOOLONG", message: string) {
    super(message);
    this.code = code;
  }
}

/** The family of an address; undefined for a name, which must be resolved first. */
export function familyOf(address: Address): number | undefined {
  if (address.kind === "unix") return AF_UNIX;
  const version = isIP(address.host);
  if (version === 0) return undefined;
  return version === 6 ? AF_INET6 : AF_INET;
}

/** Writes an address into `into` and answers its length. Throws a `BadAddress`. */
export function writeSocketAddress(address: Address, into: Uint8Array<ArrayBuffer>): number {
  const family = familyOf(address);
  if (family === undefined) throw new BadAddress("EINVAL", "a name is no address");
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  into.fill(0, 0, socketAddressBytes);
  view.setUint16(0, family, true);
  if (address.kind === "unix") {
    const path = new TextEncoder().encode(unixPath(address.path));
    // The kernel wants a NUL behind a path in the file system, and counts each byte of an abstract name.
    const abstract = path[0] === 0;
    const length = 2 + path.byteLength + (abstract ? 0 : 1);
    if (length > socketAddressBytes) throw new BadAddress("ENAMETOOLONG", "a path has at most 107 bytes");
    into.set(path, 2);
    return length;
  }
  view.setUint16(2, address.port);
  if (family === AF_INET) {
    into.set(ipv4Bytes(address.host), 4);
    return 16;
  }
  const { host, zone } = hostAndZone(address.host);
  into.set(ipv6Bytes(host), 8);
  view.setUint32(24, zone, true);
  return 28;
}

/** What an IPv4 or IPv6 address in `from` says; undefined for any other. */
export function readSocketAddress(from: Uint8Array<ArrayBuffer>): Address | undefined {
  const family = word(from, 0);
  if (family === AF_INET) return { kind: "tcp", host: ipv4Text(from, 4), port: portOf(from) };
  if (family === AF_INET6) return { kind: "tcp", host: ipv6Text(from), port: portOf(from) };
  return undefined;
}

/** What a `sockaddr_un` of `length` bytes in `from` says; undefined for any other, and for one without a name. */
export function readUnixAddress(from: Uint8Array<ArrayBuffer>, length: number): Address | undefined {
  if (word(from, 0) !== AF_UNIX || length <= 2) return undefined;
  const abstract = from[2] === 0;
  const path = new TextDecoder().decode(from.subarray(abstract ? 3 : 2, Math.min(length, socketAddressBytes)));
  return { kind: "unix", path: abstract ? `@${path}` : path.replace(/\0.*$/s, "") };
}

/** In the byte order of the processor, which is little-endian wherever we run. */
function word(from: Uint8Array, at: number): number {
  return (from[at] as number) | ((from[at + 1] as number) << 8);
}

/** In network byte order. */
function networkWord(from: Uint8Array, at: number): number {
  return ((from[at] as number) << 8) | (from[at + 1] as number);
}

function portOf(from: Uint8Array): number {
  return networkWord(from, 2);
}

/** RFC 4007 11: `fe80::1%eth0`, or with the interface's number. */
function hostAndZone(host: string): { readonly host: string; readonly zone: number } {
  const [literal = "", zone] = host.split("%");
  if (zone === undefined) return { host: literal, zone: 0 };
  const number = Number(zone);
  if (Number.isInteger(number)) return { host: literal, zone: number };
  const known = networkInterfaces()[zone]?.find(({ family }) => family === "IPv6");
  return { host: literal, zone: known !== undefined && "scopeid" in known ? known.scopeid : 0 };
}

function ipv4Bytes(host: string): number[] {
  return host.split(".").map(Number);
}

/** RFC 4291 2.2: groups of four hexadecimal digits, `::` once, and perhaps a dotted quad at the end. */
function ipv6Bytes(host: string): number[] {
  const [head = "", tail = ""] = host.split("::");
  const front = groupBytes(head);
  const back = groupBytes(tail);
  return [...front, ...Array.from({ length: 16 - front.length - back.length }, () => 0), ...back];
}

function groupBytes(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return ipv4Bytes(group);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function ipv4Text(from: Uint8Array, at: number): string {
  const key = networkWord(from, at) * 0x10000 + networkWord(from, at + 2);
  const known = knownTexts.get(key);
  if (known !== undefined) return known;
  const text = `${from[at]}.${from[at + 1]}.${from[at + 2]}.${from[at + 3]}`;
  if (knownTexts.size === maxKnownTexts) knownTexts.clear();
  knownTexts.set(key, text);
  return text;
}

/** RFC 5952: no leading zeros, the longest run of zeros as `::`; of a mapped IPv4 address the IPv4 address. */
function ipv6Text(from: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => networkWord(from, 8 + 2 * index));
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) return ipv4Text(from, 20);
  let start = 0;
  let length = 1;
  for (let index = 0; index < 8; index++) {
    let end = index;
    while (groups[end] === 0) end++;
    if (end - index > length) [start, length] = [index, end - index];
  }
  const texts = groups.map((group) => group.toString(16));
  if (length === 1) return texts.join(":");
  return `${texts.slice(0, start).join(":")}::${texts.slice(start + length).join(":")}`;
}
