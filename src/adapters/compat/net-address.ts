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
  return { kind: "tcp", host: literal.startsWith("::ffff:") ? literal.slice(7) : literal, port: port ?? 0 };
}
