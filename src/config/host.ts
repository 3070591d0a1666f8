/** Hosts: IP literals and names to resolve. */
import { canonicalIp, parseIPv4, parseIPv6 } from "./ip.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** Reads a host without brackets: an IPv6 literal in its one spelling, an IPv4 literal, or a name in lower case. */
export function parseHost(text: string): Parsed<string> {
  const ip = canonicalIp(text);
  if (ip !== undefined) return parsed(ip);
  // A name whose last label is a number is never a name (RFC 1123, 2.1): it is a mistyped IPv4 address.
  if (/(?:^|\.)\d+\.?$/.test(text)) return mistakenIPv4(text);
  return parseName(text);
}

/** Reads an IP literal, for what must not be a name. */
export function parseIp(text: string): Parsed<string> {
  const ip = canonicalIp(text);
  if (ip !== undefined) return parsed(ip);
  const expected = "an IPv4 or IPv6 address without a port";
  const bare = /^(?:(\d+(?:\.\d+){3})|\[([\da-f:.]+)\])(?::\d+)?$/i.exec(text);
  const inside = bare?.[1] ?? bare?.[2];
  const hint = inside !== undefined && canonicalIp(inside) !== undefined ? `write ${quote(inside)}` : undefined;
  if (hint === undefined && /^\d+(?:\.\d+)*$/.test(text)) return mistakenIPv4(text);
  return mistaken(`${quote(text)} is not an IP address`, expected, hint);
}

/** Whether the literal is of the loopback network of its family. */
export function isLoopback(ip: string): boolean {
  const v4 = parseIPv4(ip);
  if (v4 !== undefined) return v4[0] === 127;
  return parseIPv6(ip) !== undefined && canonicalIp(ip) === "::1";
}

const maxNameLength = 253;
const maxLabelLength = 63;

function mistakenIPv4(text: string): Parsed<string> {
  const expected = "an IPv4 address such as 10.0.0.1";
  const parts = text.split(".");
  const wrong = parts.find((part) => !/^\d+$/.test(part));
  if (wrong === undefined && parts.length === 4) {
    const big = parts.find((part) => Number(part) > 255);
    if (big !== undefined) return mistaken(`IPv4 address ${quote(text)} has a part above 255: ${big}`, expected);
    const padded = parts.find((part) => part.length > 1 && part.startsWith("0"));
    if (padded !== undefined) {
      const plain = parts.map(Number).join(".");
      return mistaken(
        `IPv4 address ${quote(text)} has a part with a leading zero: ${padded}`,
        expected,
        `write ${quote(plain)}`,
      );
    }
  }
  if (wrong === undefined)
    return mistaken(
      `IPv4 address ${quote(text)} has ${parts.length} ${parts.length === 1 ? "part" : "parts"}`,
      expected,
    );
  return mistaken(`${quote(text)} is neither an IPv4 address nor a name`, expected);
}

function parseName(text: string): Parsed<string> {
  const expected = "an IP address or a name of letters, digits, dots and hyphens";
  const bad = /[^\w.-]/u.exec(text)?.[0];
  if (bad !== undefined) return mistaken(`Host ${quote(text)} has the character ${quote(bad)}`, expected);
  if (text.length > maxNameLength)
    return mistaken(`Host ${quote(text)} is ${text.length} characters long`, `at most ${maxNameLength}`);
  const labels = text.replace(/\.$/, "").split(".");
  for (const label of labels) {
    if (label === "") return mistaken(`Host ${quote(text)} has an empty part`, expected);
    if (label.length > maxLabelLength) {
      return mistaken(
        `Host ${quote(text)} has a part of ${label.length} characters`,
        `at most ${maxLabelLength} between two dots`,
      );
    }
    if (label.startsWith("-") || label.endsWith("-")) {
      return mistaken(`Host ${quote(text)} has a part that starts or ends with "-"`, expected);
    }
  }
  return parsed(text.toLowerCase());
}
