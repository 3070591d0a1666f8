/** Hosts that routes match: a name, an IP address, or `*.` and a name for all below it. */
import { parseHost } from "./host.ts";
import { canonicalIp } from "./ip.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** What a host pattern looks like, for JSON Schema. */
export const hostPatternPattern = "^(\\*\\.)?[\\w.-]+$|^\\[[\\da-fA-F:.]+\\]$";

/** Reads a host pattern, to lower case; an IPv6 address keeps its brackets, as it has them in a Host header. */
export function parseHostPattern(text: string): Parsed<string> {
  const expected = "a host such as app.example, *.app.example or [::1]";
  if (text === "") return mistaken("Host is empty", expected);
  if (text === "*") return mistaken('Host "*" is any host', expected, 'leave out "host"');
  const url = /^https?:\/\/([^/:]+)/i.exec(text)?.[1];
  if (url !== undefined) return mistaken(`Host ${quote(text)} is a URL`, expected, `write ${quote(url)}`);
  const bracketed = /^\[(.*)\]$/.exec(text)?.[1];
  if (bracketed !== undefined) {
    const ip = bracketed.includes(":") ? canonicalIp(bracketed) : undefined;
    return ip === undefined
      ? mistaken(`${quote(bracketed)} in brackets is not an IPv6 address`, expected)
      : parsed(`[${ip}]`);
  }
  const port = /^(.*[^:]):\d+$/.exec(text)?.[1];
  if (port !== undefined) {
    const hint = `write ${quote(port)}; which port it is, "listeners" says`;
    return mistaken(`Host ${quote(text)} has a port, which is not matched`, expected, hint);
  }
  if (canonicalIp(text)?.includes(":") === true) {
    return mistaken(`Host ${quote(text)} is IPv6 without brackets`, expected, `write ${quote(`[${text}]`)}`);
  }
  const wildcard = text.startsWith("*.");
  const rest = wildcard ? text.slice(2) : text;
  if (rest.includes("*")) {
    return mistaken(`Host ${quote(text)} has a star that is not its whole first part`, expected, starHint(text));
  }
  const read = parseHost(rest);
  if (!read.ok) return read;
  const name = read.value.replace(/\.$/, "");
  if (wildcard && canonicalIp(name) !== undefined)
    return mistaken(`Host ${quote(text)} is a star before an IP address`, expected);
  return parsed(wildcard ? `*.${name}` : name);
}

function starHint(text: string): string | undefined {
  const below = /^[^.]*\*[^.]*(\..+)$/.exec(text)?.[1];
  return below === undefined || below.includes("*") ? undefined : `write ${quote(`*${below}`)} for all below it`;
}
