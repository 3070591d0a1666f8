/** Blocks of addresses: `10.0.0.0/8`, `fd00::/8`, or one address alone. */
import { canonicalIp, parseIPv4, parseIPv6 } from "./ip.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** What a block of addresses looks like, for JSON Schema. */
export const cidrPattern = "^[\\da-fA-F:.]+(/\\d{1,3})?$";

/** Reads an IP address or a CIDR block (RFC 4632, RFC 4291 section 2.3); an address comes out in its one spelling. */
export function parseCidr(text: string): Parsed<string> {
  const expected = "an IP address, or a block such as 10.0.0.0/8 or fd00::/8";
  const [host = "", prefix, ...more] = text.split("/");
  const ip = canonicalIp(host);
  if (ip === undefined || more.length > 0) {
    const bracketed = /^\[(.*)\](:\d+)?$/.exec(host)?.[1];
    const hint =
      bracketed !== undefined && canonicalIp(bracketed) !== undefined ? `write ${quote(bracketed)}` : undefined;
    return mistaken(`${quote(text)} is not a block of addresses`, expected, hint);
  }
  if (prefix === undefined) return parsed(ip);
  const bytes = bytesOf(host);
  const longest = bytes.length * 8;
  const bits = Number(prefix);
  if (!/^\d{1,3}$/.test(prefix) || String(bits) !== prefix || bits > longest) {
    return mistaken(
      `Block ${quote(text)} has the prefix length ${quote(prefix)}`,
      `a whole number from 0 to ${longest}`,
    );
  }
  const first = canonicalIp(writeAddress(maskBytes(bytes, bits))) ?? ip;
  if (first === ip) return parsed(`${ip}/${bits}`);
  const hint = `write ${quote(`${first}/${bits}`)} for the block, or ${quote(ip)} for the address`;
  return mistaken(`Block ${quote(text)} does not begin at its first address`, undefined, hint);
}

/** The 4 or 16 bytes of a literal that has been read before. */
function bytesOf(ip: string): readonly number[] {
  return parseIPv4(ip) ?? (parseIPv6(ip) ?? []).flatMap((group) => [group >> 8, group & 255]);
}

function maskBytes(bytes: readonly number[], bits: number): readonly number[] {
  return bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))));
}

function writeAddress(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(":");
}
