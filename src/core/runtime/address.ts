/**
 * Where a listener is bound, where an endpoint lives, or who a peer is.
 *
 * `host` is an IPv4 or IPv6 literal without brackets, or a name to resolve. A unix `path` that starts with `@`
 * names a socket in Linux's abstract namespace (unix(7)).
 */
export type Address = TcpAddress | UnixAddress;

/** A TCP address. `port` is 0 only where the kernel shall choose one. */
export interface TcpAddress {
  readonly kind: "tcp";
  readonly host: string;
  readonly port: number;
}

/** A unix domain socket. */
export interface UnixAddress {
  readonly kind: "unix";
  readonly path: string;
}

/** Writes an address the way the config reads it: `127.0.0.1:80`, `[::1]:80`, `unix:/run/a.sock`. */
export function formatAddress(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
