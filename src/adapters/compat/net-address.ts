import { isIPv4 } from "node:net";
import type { Address } from "../../core/runtime/address.ts";

/**
 * The path a runtime wants for a unix address: the config's leading `@` is the kernel's leading NUL, the mark of the
 * abstract namespace (unix(7)).
 */
export function unixPath(path: string): string {
  return path.startsWith("@") ? `\0${path.slice(1)}` : path;
}

/** A TCP address from what a runtime says; a v4 client of a dual-stack listener is shown as v4 (RFC 4291 2.5.5.2). */
export function tcpAddress(host: string | undefined, port: number | undefined): Address {
  const literal = host ?? "";
  // What goes on with groups is an IPv6 address.
  const mapped = literal.startsWith("::ffff:") && isIPv4(literal.slice(7));
  return { kind: "tcp", host: mapped ? literal.slice(7) : literal, port: port ?? 0 };
}
