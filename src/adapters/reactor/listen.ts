import type { Address } from "../../core/runtime/address.ts";
import {
  ListenError,
  type ListenHandler,
  type Listener,
  type ListenOptions,
  type Runtime,
  type SocketOptions,
} from "../../core/runtime/runtime.ts";
import type { Timer } from "../../core/runtime/clock.ts";
import { errorName } from "./error-name.ts";
import {
  AF_INET6,
  AF_UNIX,
  EAGAIN,
  ECONNABORTED,
  EINTR,
  EPOLLIN,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  socketEvents,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from "./linux.ts";
import type { Libc } from "./libc/libc.ts";
import type { Source } from "./poll.ts";
import type { Reactor } from "./reactor.ts";
import { BadAddress, familyOf, readSocketAddress, writeSocketAddress } from "./socket-address.ts";
import { keepAliveSeconds, ReactorSocket } from "./socket.ts";

/** Without descriptors or memory `accept` would fail again at once, in a busy loop: it waits this long, whatever the error. */
const acceptRetryMs = 100;

/** The port's `listen`. A host that is a name is bound by `base`, as nothing here resolves names. */
export function reactorListen(reactor: Reactor, base: Runtime): Runtime["listen"] {
  return async (options, handler) => {
    if (familyOf(options.address) === undefined) return await base.listen(options, handler);
    const fd = open(reactor, options);
    const address = boundTo(reactor, fd, options.address);
    const listener = new ReactorListener(reactor, fd, { ...ownSocket, address }, options, handler);
    const result = listener.open();
    if (result < 0) {
      unlink(reactor.libc, options.address);
      throw failure(options.address, result);
    }
    return listener;
  };
}

/** The address with the port that the kernel chose. */
function boundTo(reactor: Reactor, fd: number, address: Address): Address {
  return (address.kind === "unix" ? undefined : reactor.localAddress(fd)) ?? address;
}

/** A socket that listens. Throws a `ListenError`. */
function open(reactor: Reactor, options: ListenOptions): number {
  const { libc } = reactor;
  const { address } = options;
  const family = familyOf(address) ?? AF_INET6;
  const fd = libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw failure(address, fd);
  let bound = false;
  try {
    const must = (result: number): void => {
      if (result < 0) throw failure(address, result);
    };
    if (family !== AF_UNIX) {
      must(reactor.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1));
      if (options.reusePort) must(reactor.setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1));
      if (family === AF_INET6) must(reactor.setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ? 1 : 0));
      must(setTcpOptions(reactor, fd, options));
    }
    must(libc.bind(fd, reactor.address, writeSocketAddress(address, reactor.address.bytes)));
    bound = true;
    must(libc.listen(fd, options.backlog));
  } catch (error) {
    libc.close(fd);
    if (bound) unlink(libc, address);
    if (error instanceof BadAddress) throw new ListenError(address, error.code, error.message);
    throw error;
  }
  return fd;
}

/** Removes the file of an address that was bound, if it has one. */
function unlink(libc: Libc, address: Address): void {
  if (address.kind !== "unix" || address.path.startsWith("@")) return;
  const path = new TextEncoder().encode(`${address.path}\0`);
  const block = libc.allocate(path.byteLength);
  block.bytes.set(path);
  libc.unlink(block);
}

/** Sets what accepted sockets have from the one that listens. Answers 0, or the error. */
export function setTcpOptions(reactor: Reactor, fd: number, options: SocketOptions): number {
  const kept = options.keepAliveMs > 0;
  return Math.min(
    reactor.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1),
    reactor.setOption(fd, SOL_SOCKET, SO_KEEPALIVE, kept ? 1 : 0),
    kept ? reactor.setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepAliveSeconds(options)) : 0,
  );
}

function failure(address: Address, error: number): ListenError {
  const code = errorName(error);
  return new ListenError(address, code, `${code}: cannot listen`);
}

/** What there is to know of a socket that listens. */
export interface ListeningSocket {
  /** Where it is bound. */
  readonly address: Address;
  /** What it is watched for. */
  readonly events: number;
  /** Clients taken in one go, before those that are there have their turn. */
  readonly maxAcceptsPerTurn: number;
  /** We have bound it: the path of a unix socket goes with it. */
  readonly ours: boolean;
}

const ownSocket: Omit<ListeningSocket, "address"> = { events: EPOLLIN, maxAcceptsPerTurn: 128, ours: true };

/** Accepts on a socket that listens, and owns it. */
export class ReactorListener implements Listener, Source {
  readonly address: Address;
  readonly #reactor: Reactor;
  readonly #fd: number;
  readonly #socket: ListeningSocket;
  readonly #options: SocketOptions;
  readonly #handler: ListenHandler;
  #closed = false;
  #retry: Timer | undefined = undefined;

  constructor(reactor: Reactor, fd: number, socket: ListeningSocket, options: SocketOptions, handler: ListenHandler) {
    this.#reactor = reactor;
    this.#fd = fd;
    this.#socket = socket;
    this.#options = options;
    this.#handler = handler;
    this.address = socket.address;
  }

  /** Starts to accept. Answers 0, or the error; the socket is closed then. */
  open(): number {
    const { libc, poll, loop } = this.#reactor;
    const result = poll.add(this.#fd, this.#socket.events, this);
    if (result < 0) libc.close(this.#fd);
    else loop.hold();
    return result;
  }

  onReady(): void {
    const { libc, address, length } = this.#reactor;
    const { maxAcceptsPerTurn } = this.#socket;
    for (let accepts = 0; accepts < maxAcceptsPerTurn && !this.#closed; accepts++) {
      this.#reactor.wantAddress();
      const fd = libc.accept(this.#fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd === EAGAIN) return;
      if (fd === EINTR || fd === ECONNABORTED) continue;
      const error = fd < 0 ? fd : this.#accepted(fd);
      if (error < 0) {
        this.#pause(error);
        return;
      }
    }
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#retry?.cancel();
    const { libc, poll, loop } = this.#reactor;
    // Where the socket has other descriptors too, to close this one does not end the watching (epoll(7)).
    poll.remove(this.#fd);
    libc.close(this.#fd);
    loop.release();
    if (this.#socket.ours) unlink(libc, this.#socket.address);
    return Promise.resolve();
  }

  /** Answers 0, or the error for which the client was turned away. */
  #accepted(fd: number): number {
    const reactor = this.#reactor;
    const { address } = this;
    const remoteAddress = address.kind === "unix" ? address : readSocketAddress(reactor.address.bytes);
    if (remoteAddress === undefined) {
      reactor.libc.close(fd);
      return 0;
    }
    const socket = new ReactorSocket(reactor, fd, remoteAddress, this.#options);
    const result = reactor.poll.add(fd, socketEvents, socket);
    // Nobody shall take it for a clean end.
    if (result < 0) socket.reset();
    else this.#handler.onAccept(socket);
    return result;
  }

  /** The clients wait in the kernel. */
  #pause(error: number): void {
    const { poll, clock } = this.#reactor;
    poll.remove(this.#fd);
    this.#handler.onAcceptError(errorName(error));
    this.#retry = clock.after(acceptRetryMs, () => {
      if (this.#closed) return;
      const result = poll.add(this.#fd, this.#socket.events, this);
      if (result < 0) this.#pause(result);
    });
  }
}
