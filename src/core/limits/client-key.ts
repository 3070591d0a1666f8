import type { Address } from "../runtime/address.ts";

/**
 * What a client is counted by:
 *
 * - an IPv4 address as it stands, an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) as that IPv4 address;
 * - any other IPv6 address by its /64, as `2001:db8:1:2::/64` (RFC 5952): one subscriber has at least that much
 *   (RFC 6177), and could take a new address for each connection;
 * - all peers of a unix socket together, as `unix`;
 * - text that is no address as it stands.
 */
export function clientKey(address: Address): string {
  if (address.kind === "unix") return "unix";
  const { host } = address;
  if (!host.includes(":")) return host;
  const zone = host.indexOf("%");
  const groups = readGroups(zone === -1 ? host : host.slice(0, zone));
  if (groups === undefined) return host;
  return mappedIpv4(groups) ?? formatPrefix(groups);
}

/** The eight groups of an IPv6 literal (RFC 4291, 2.2), or undefined. */
function readGroups(text: string): readonly number[] | undefined {
  const gap = text.indexOf("::");
  if (gap === -1) {
    const groups = readRun(text);
    return groups?.length === 8 ? groups : undefined;
  }
  const head = readRun(text.slice(0, gap));
  const tail = readRun(text.slice(gap + 2));
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Groups between single colons; two of them may be written as an IPv4 address. */
function readRun(text: string): number[] | undefined {
  const groups: number[] = [];
  if (text === "") return groups;
  for (const word of text.split(":")) {
    if (groupShape.test(word)) {
      groups.push(Number.parseInt(word, 16));
      continue;
    }
    const [a = 0, b = 0, c = 0, d = 0] = word.split(".").map(Number);
    if (!quadShape.test(word) || Math.max(a, b, c, d) > 255) return undefined;
    groups.push(a * 256 + b, c * 256 + d);
  }
  return groups;
}

const groupShape = /^[\da-f]{1,4}$/i;
const quadShape = /^\d{1,3}(?:\.\d{1,3}){3}$/;

function mappedIpv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined;
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** The lower half is zero, so the longest run of zeros is always the last one. */
function formatPrefix(groups: readonly number[]): string {
  let length = 4;
  while (length > 0 && groups[length - 1] === 0) length--;
  const words = groups.slice(0, length).map((group) => group.toString(16));
  return `${words.join(":")}::/64`;
}
