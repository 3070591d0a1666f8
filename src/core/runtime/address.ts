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

/** Where a listener accepts: at an address that it binds, or on a socket that listens already. Nothing connects to the latter. */
export type ListenAddress = Address | InheritedSocket;

/** A listening socket that the process was started with (systemd.socket(5), or any parent), by its descriptor. */
export interface InheritedSocket {
  readonly kind: "inherited";
  readonly descriptor: number;
}

/** Writes an address the way the config reads it: `127.0.0.1:80`, `[::1]:80`, `unix:/run/a.sock`, `fd:3`. */
export function formatAddress(address: ListenAddress): string {
  if (address.kind === "inherited") return `fd:${address.descriptor}`;
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
