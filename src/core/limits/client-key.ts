import { hashText } from "../balancer/hash.ts";
import { IpAddress } from "../bytes/ip-address.ts";
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
/** The address that was read last. */
const ip = new IpAddress();

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
  if (!ip.read(host)) return textKey(host);
  return ip.isIpv4 ? { kind: 1, high: 0, low: ip.pair(6) } : { kind: 2, high: ip.pair(0), low: ip.pair(2) };
}

/**
 * The same as text, which is what the hash policies know a client by: `192.0.2.1`, `2001:db8:1:2::/64` (RFC 5952),
 * `unix`; text that is no address as it stands.
 */
export function clientText(address: Address): string {
  if (address.kind === "unix") return "unix";
  const { host } = address;
  if (!host.includes(":") || !ip.read(host)) return host;
  if (!ip.isIpv4) return formatPrefix();
  const bits = ip.pair(6);
  return `${bits >>> 24}.${(bits >> 16) & 255}.${(bits >> 8) & 255}.${bits & 255}`;
}

function textKey(text: string): ClientKey {
  return { kind: 4, high: hashText(text, textSeeds[0]) | 0, low: hashText(text, textSeeds[1]) | 0 };
}

/** The lower half is zero, so the longest run of zeros is always the last one. */
function formatPrefix(): string {
  let length = 4;
  while (length > 0 && ip.groups[length - 1] === 0) length--;
  const words = Array.from(ip.groups.subarray(0, length), (group) => group.toString(16));
  return `${words.join(":")}::/64`;
}
