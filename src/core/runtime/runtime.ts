/**
 * The port: all that the core needs from the program it runs in. Adapters implement it over node:net, Bun.listen and
 * Deno.listen; the core imports no runtime API.
 */
import type { Address, InheritedSocket, ListenAddress } from "./address.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Clock, Random } from "./clock.ts";
import type { Io } from "./io.ts";
import type { Ownership } from "./ownership.ts";
import type { Socket } from "./socket.ts";

/** One runtime's sockets, clock and randomness. */
export interface Runtime {
  /** `node`, `bun`, `deno`: for people to read, never to branch on. */
  readonly name: string;
  readonly version: string;
  /** Which sockets `listen` and `connect` make. */
  readonly io: Io;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly random: Random;
  /** Binds an address. Rejects with a `ListenError`. */
  listen(options: ListenOptions, handler: ListenHandler): Promise<Listener>;
  /** Absent without the capability `inheritedSockets`. */
  readonly inherited?: InheritedSockets;
  /**
   * Starts to connect. Exactly one of the handler's methods is called, never before this returns; none after
   * `cancel`. It has no deadline of its own: the caller cancels.
   */
  connect(options: ConnectOptions, handler: ConnectHandler): Pending;
  /**
   * Looks up the addresses of a name, in the hosts file and in DNS. Exactly one of the handler's methods is called,
   * never before this returns; none after `cancel`. It has no deadline of its own: the caller cancels.
   */
  resolve(host: string, handler: ResolveHandler): Pending;
  /** What the process uses of what it may use, now. */
  resources(): Resources;
  /** Threads are started with a place in it; absent: the end of a thread closes all that it had. */
  readonly ownership?: Ownership | undefined;
}

/** What both kinds of socket are made with. TCP_NODELAY is always on. */
export interface SocketOptions {
  /** Idle time before the first keepalive probe; 0 is off. */
  readonly keepAliveMs: number;
  /** From how many waiting bytes `write` says false. */
  readonly highWaterMarkBytes: number;
}

/** How to listen. */
export interface ListenOptions extends SocketOptions {
  readonly address: Address;
  /** Connections the kernel completes before they are accepted. */
  readonly backlog: number;
  /** With host `::`, refuse IPv4 clients. */
  readonly ipv6Only: boolean;
  /** Share the port with the other threads that ask for this: the kernel spreads the clients. Not for unix sockets. */
  readonly reusePort: boolean;
}

/**
 * Accepts on sockets that the process was started with. Descriptors belong to the process, so that any thread may ask: each
 * listens on a duplicate of its own, and who runs them all closes the original.
 */
export interface InheritedSockets {
  /** The address it is bound to. Throws a `ListenError` unless it is a stream socket that listens. */
  addressOf(socket: InheritedSocket): Address;
  /** Accepts there, beside all who do so too, in this process and others. Throws a `ListenError`. */
  listen(options: InheritOptions, handler: ListenHandler): Listener;
  /** Closes the original; who listens goes on. */
  close(socket: InheritedSocket): void;
}

/** Throws a `ListenError` where `socket` cannot be inherited: the config check refuses it, but a worker may have less. */
export function inheritedSockets({ inherited }: Runtime, socket: InheritedSocket): InheritedSockets {
  if (inherited === undefined) throw new ListenError(socket, "ENOTSUP", "only the reactor can take over a socket");
  return inherited;
}

/** How to listen on a socket that somebody else has bound. */
export interface InheritOptions extends SocketOptions {
  readonly socket: InheritedSocket;
}

/** What a listener tells its user. */
export interface ListenHandler {
  /** A client connected; its socket is paused. */
  onAccept(socket: Socket): void;
  /** Accepting failed for now, for lack of descriptors or memory; the adapter tries again by itself. */
  onAcceptError(code: string): void;
}

/** A bound address. */
export interface Listener {
  /** The address with the port the kernel chose. */
  readonly address: Address;
  /** Stops accepting; accepted connections live on. Resolves when the address is free. */
  close(): Promise<void>;
}

/** How to connect. */
export interface ConnectOptions extends SocketOptions {
  readonly address: Address;
  /** The local IP address to connect from. */
  readonly sourceAddress?: string | undefined;
}

/** Told once how a connect went. */
export interface ConnectHandler {
  /** Connected; the socket is paused. */
  onConnect(socket: Socket): void;
  onConnectError(failure: ConnectFailure): void;
}

/** A connect or a look-up under way. */
export interface Pending {
  /** Gives up: the handler is not called any more. Harmless when it already was. */
  cancel(): void;
}

/** Told once what a name led to. */
export interface ResolveHandler {
  /**
   * The addresses, at least one, IPv4 and IPv6 literals in the order the system prefers; `ttlMs` is how long they hold,
   * undefined where nothing tells (the hosts file).
   */
  onResolve(hosts: readonly string[], ttlMs: number | undefined): void;
  /** `not-found`: there is no such name; else no answer could be had. */
  onResolveError(failure: "not-found" | "other"): void;
}

/** What the process uses of what it may use. A limit is Infinity where there is none or it cannot be told. */
export interface Resources {
  readonly openDescriptors: number;
  readonly maxDescriptors: number;
  readonly memoryBytes: number;
  readonly maxMemoryBytes: number;
}

/**
 * Why a connect failed: `refused` by the peer; `timeout` in the kernel; `unreachable` host or network; `not-found` the
 * name or unix path; `resources` of our own ran out (descriptors, ports); `denied` by permissions; `other`.
 */
export type ConnectFailure = "refused" | "timeout" | "unreachable" | "not-found" | "resources" | "denied" | "other";

/** Why an address could not be bound; `code` is the system's name, such as `EADDRINUSE`. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly address: ListenAddress;
  readonly code: string;

  constructor(address: ListenAddress, code: string, message: string) {
    super(message);
    this.address = address;
    this.code = code;
  }
}
