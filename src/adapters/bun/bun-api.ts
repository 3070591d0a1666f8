/**
 * The few calls of Bun we use, with what they really take on 1.4: bun-types lacks `reusePort`, `localAddress` and
 * `ipv6Only`, and published types must not pull it in.
 */

/** A socket of `Bun.listen` or `Bun.connect`; `data` is whom its events are for. */
export interface BunTcpSocket {
  data: unknown;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  /** Takes as many bytes as the kernel does now and says how many: 0 to all, -1 when closed. It queues nothing. */
  write(bytes: Uint8Array): number;
  pause(): void;
  resume(): void;
  /** FIN. */
  shutdown(): void;
  /** RST. */
  terminate(): void;
  /** Full close at once: what the peer still sends is lost. */
  end(): void;
  setNoDelay(on: boolean): boolean;
  setKeepAlive(on: boolean, delayMs: number): boolean;
}

/** One object for all sockets of a listener, and one for all connects; state is in `socket.data`. */
export interface BunSocketHandlers {
  readonly binaryType: "uint8array";
  open(socket: BunTcpSocket): void;
  data(socket: BunTcpSocket, bytes: Uint8Array): void;
  drain(socket: BunTcpSocket): void;
  end(socket: BunTcpSocket): void;
  close(socket: BunTcpSocket, error?: unknown): void;
  error(socket: BunTcpSocket, error: unknown): void;
  /** Every failed connect, some before `connect` has returned; the promise then fails unheard. */
  connectError?(socket: BunTcpSocket, error: unknown): void;
}

/** A listener of `Bun.listen`. */
export interface BunTcpListener {
  readonly hostname: string;
  readonly port: number;
  /** False: stop accepting and leave accepted connections alone. */
  stop(closeActiveConnections: boolean): void;
}

/** Where to connect, and whom to tell. */
export type BunConnectOptions = (
  | { readonly hostname: string; readonly port: number; readonly localAddress?: string }
  | { readonly unix: string }
) & { readonly allowHalfOpen: true; readonly socket: BunSocketHandlers; readonly data: unknown };

interface BunApi {
  readonly version: string;
  listen(
    options: (
      | { readonly hostname: string; readonly port: number; readonly ipv6Only: boolean; readonly reusePort: boolean }
      | { readonly unix: string }
    ) & { readonly allowHalfOpen: true; readonly socket: BunSocketHandlers },
  ): BunTcpListener;
  connect(options: BunConnectOptions): Promise<BunTcpSocket>;
}

/** The global `Bun`. */
export const bun: BunApi = (globalThis as unknown as { readonly Bun: BunApi }).Bun;
