/** Addresses as people write them: `127.0.0.1:80`, `[::1]:80`, `localhost:80`, `:8080`, `unix:/run/a.sock`. */
import type { Address } from "../core/runtime/address.ts";
import { parseHost } from "./host.ts";
import { parseIPv6 } from "./ip.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** What an address is for: one to listen on may name all interfaces and leave the port to the kernel. */
export type AddressRole = "listener" | "endpoint";

/** The forms an address takes, for messages and help. */
export const addressForms: Readonly<Record<AddressRole, string>> = {
  listener: "HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH",
  endpoint: "HOST:PORT, [IPV6]:PORT or unix:/PATH",
};

/**
 * Reads an address. IPv6 literals come out in their one spelling and names in lower case, so that equal addresses
 * have equal text; `:PORT` and `*:PORT` come out as host `::`.
 */
export function parseAddress(text: string, role: AddressRole = "listener"): Parsed<Address> {
  if (text === "") return mistaken("Address is empty", addressForms[role]);
  if (/\s/.test(text)) return mistaken(`Address ${quote(text)} has a space in it`, addressForms[role], spaceHint(text));
  if (text.startsWith("unix:")) return parseUnix(text);
  if (isDescriptor(text)) {
    const what = `Address ${quote(text)} is a descriptor, on which only one of "listeners" can accept`;
    return mistaken(what, addressForms[role]);
  }
  return parseTcp(text, role);
}

/** Whether the text means a socket by its descriptor: `fd:3`, and not the IPv6 address `fd::3`. */
export function isDescriptor(text: string): boolean {
  return /^fd[:@]/.test(text) && parseIPv6(text) === undefined && !text.startsWith("fd::");
}

/** Longest path that fits `sun_path` with its final NUL (unix(7)). */
const maxUnixPathBytes = 107;

const unixForms = "unix:/PATH, or unix:@NAME for Linux's abstract namespace";

function parseUnix(text: string): Parsed<Address> {
  const path = text.slice("unix:".length);
  if (path === "") return mistaken(`Address ${quote(text)} has no path`, unixForms);
  if (path.includes("\0")) return mistaken(`Address ${quote(text)} has a NUL character in it`, unixForms);
  if (path === "@") return mistaken(`Address ${quote(text)} has no name after "@"`, unixForms);
  if (path.startsWith("//")) {
    return mistaken(
      `Address ${quote(text)} has "//" after "unix:"`,
      unixForms,
      `write ${quote(`unix:${path.replace(/^\/+/, "/")}`)}`,
    );
  }
  if (!path.startsWith("/") && !path.startsWith("@")) {
    return mistaken(`Address ${quote(text)} has a relative path`, unixForms, "write the path from the root");
  }
  const bytes = utf8Length(path);
  if (bytes > maxUnixPathBytes) {
    return mistaken(
      `Unix socket path is ${bytes} bytes long`,
      `at most ${maxUnixPathBytes} bytes`,
      "choose a shorter path",
    );
  }
  return parsed({ kind: "unix", path });
}

function parseTcp(text: string, role: AddressRole): Parsed<Address> {
  const forms = addressForms[role];
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) {
    const rest = text.slice(scheme.length).replace(/\/.*$/, "");
    return mistaken(`Address ${quote(text)} has the scheme ${quote(scheme)}`, forms, `write ${quote(rest)}`);
  }
  if (text.startsWith("/")) {
    return mistaken(`Address ${quote(text)} is a path`, forms, `for a unix socket write ${quote(`unix:${text}`)}`);
  }
  const slash = text.indexOf("/");
  if (slash >= 0)
    return mistaken(`Address ${quote(text)} has a path in it`, forms, `write ${quote(text.slice(0, slash))}`);
  return text.startsWith("[") ? parseBracketed(text, role) : parsePlain(text, role);
}

function parseBracketed(text: string, role: AddressRole): Parsed<Address> {
  const end = text.indexOf("]");
  if (end < 0) return mistaken(`Address ${quote(text)} has no closing "]"`, "[IPV6]:PORT");
  const inside = text.slice(1, end);
  const rest = text.slice(end + 1);
  if (inside.includes("%")) {
    return mistaken(
      `Address ${quote(text)} has a zone: ${quote(inside.slice(inside.indexOf("%")))}`,
      "an IPv6 address without a zone",
    );
  }
  if (parseIPv6(inside) === undefined) {
    return mistaken(
      `${quote(inside)} in brackets is not an IPv6 address`,
      addressForms[role],
      "brackets are for IPv6 only",
    );
  }
  if (rest === "" || rest === ":") return noPort(text, `[${inside}]`, role);
  if (!rest.startsWith(":")) return mistaken(`Address ${quote(text)} has ${quote(rest)} after "]"`, "[IPV6]:PORT");
  return join(inside, rest.slice(1), role);
}

function parsePlain(text: string, role: AddressRole): Parsed<Address> {
  const colon = text.lastIndexOf(":");
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = text.slice(colon + 1);
  if (host.includes(":")) return bareIPv6(text, host, port);
  if (colon < 0 && /^\d+$/.test(text)) {
    const example = role === "listener" ? `:${text}` : `127.0.0.1:${text}`;
    return mistaken(`Address ${quote(text)} is only a port`, addressForms[role], `write ${quote(example)}`);
  }
  if (colon < 0 || port === "") return noPort(text, host, role);
  if (host === "" || host === "*") {
    if (role === "listener") return join("::", port, role);
    return mistaken(
      `Address ${quote(text)} has no host to connect to`,
      addressForms[role],
      `write ${quote(`127.0.0.1:${port}`)} for this machine`,
    );
  }
  return join(host, port, role);
}

function bareIPv6(text: string, host: string, port: string): Parsed<Address> {
  const what = `Address ${quote(text)} has more than one colon`;
  if (parseIPv6(host) !== undefined && /^\d+$/.test(port)) {
    return mistaken(what, "[IPV6]:PORT", `write ${quote(`[${host}]:${port}`)}`);
  }
  if (parseIPv6(text) !== undefined) return mistaken(what, "[IPV6]:PORT", `write ${quote(`[${text}]:PORT`)}`);
  return mistaken(what, "HOST:PORT or [IPV6]:PORT");
}

function join(host: string, portText: string, role: AddressRole): Parsed<Address> {
  const lowest = role === "listener" ? 0 : 1;
  const expected = `a port from ${lowest} to 65535`;
  if (!/^\d+$/.test(portText)) return mistaken(`Port ${quote(portText)} is not a number`, expected);
  const port = Number(portText);
  if (String(port) !== portText) return mistaken(`Port ${quote(portText)} is not a plain number`, expected);
  if (port > 65535) return mistaken(`Port ${portText} is above 65535`, expected);
  if (port < lowest) return mistaken("Port 0 is only for addresses to listen on", expected);
  const read = parseHost(host);
  if (!read.ok) return read;
  if (role === "endpoint" && (read.value === "0.0.0.0" || read.value === "::")) {
    return mistaken(
      `Host ${quote(host)} means all interfaces, nothing to connect to`,
      "the address of one machine",
      `write "127.0.0.1:${port}" for this machine`,
    );
  }
  return parsed({ kind: "tcp", host: read.value, port });
}

function noPort(text: string, host: string, role: AddressRole): Parsed<Address> {
  return mistaken(`Address ${quote(text)} has no port`, addressForms[role], `write ${quote(`${host}:PORT`)}`);
}

function spaceHint(text: string): string | undefined {
  const tight = text.replaceAll(/\s+/g, "");
  return tight === "" ? undefined : `write ${quote(tight)}`;
}

/** Bytes of the text in UTF-8; TextEncoder is not in every zone's library. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
