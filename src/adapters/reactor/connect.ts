import type { ConnectFailure, ConnectHandler, ConnectOptions, Pending, Runtime } from "../../core/runtime/runtime.ts";
import { connectFailure, errorCode } from "../compat/error-codes.ts";
import { errorName } from "./error-name.ts";
import {
  AF_INET6,
  AF_UNIX,
  EINPROGRESS,
  EINTR,
  EPOLLERR,
  EPOLLHUP,
  IP_BIND_ADDRESS_NO_PORT,
  IPPROTO_IP,
  IPPROTO_TCP,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  socketEvents,
  TCP_NODELAY,
} from "./linux.ts";
import type { Task } from "./loop.ts";
import type { Source } from "./poll.ts";
import type { Reactor } from "./reactor.ts";
import { familyOf, writeSocketAddress } from "./socket-address.ts";
import { ReactorSocket } from "./socket.ts";

/** The port's `connect`. A host that is a name is connected by `named`, as nothing here resolves names. */
export function reactorConnect(reactor: Reactor, named: Runtime["connect"]): Runtime["connect"] {
  return (options, handler) => {
    if (familyOf(options.address) === undefined) return named(options, handler);
    const connecting = new Connecting(reactor, options, handler);
    connecting.start();
    return connecting;
  };
}

/** A connect under way, until its socket takes over the descriptor. */
class Connecting implements Pending, Source, Task {
  readonly #reactor: Reactor;
  readonly #options: ConnectOptions;
  readonly #handler: ConnectHandler;
  /** Ours until the connect is over; -1 when there is none. */
  #fd = -1;
  #settled = false;
  #failure: ConnectFailure = "other";

  constructor(reactor: Reactor, options: ConnectOptions, handler: ConnectHandler) {
    this.#reactor = reactor;
    this.#options = options;
    this.#handler = handler;
    reactor.loop.hold();
  }

  start(): void {
    let error: number;
    try {
      error = this.#open();
    } catch (thrown) {
      this.#failSoon(connectFailure({ code: errorCode(thrown) }));
      return;
    }
    if (error < 0) this.#failSoon(connectFailure({ code: errorName(error) }));
  }

  cancel(): void {
    if (!this.#settled) this.#settle();
  }

  onReady(events: number): void {
    const reactor = this.#reactor;
    const fd = this.#fd;
    if ((events & (EPOLLERR | EPOLLHUP)) !== 0) {
      const error = reactor.option(fd, SOL_SOCKET, SO_ERROR);
      if (error !== 0) {
        this.#settle();
        this.#handler.onConnectError(connectFailure({ code: errorName(-error) }));
        return;
      }
    }
    const { address } = this.#options;
    const socket = new ReactorSocket(reactor, fd, address, this.#options);
    if (address.kind === "tcp") socket.keepAliveSoon();
    reactor.poll.replace(fd, socket);
    this.#fd = -1;
    this.#settle();
    this.#handler.onConnect(socket);
    // The same event may tell of the first bytes.
    socket.onReady(events);
  }

  onTurn(): void {
    if (this.#settled) return;
    this.#settle();
    this.#handler.onConnectError(this.#failure);
  }

  /** Answers 0, or the error. Throws for an address that cannot be. */
  #open(): number {
    const { libc, poll, address: block } = this.#reactor;
    const { address, sourceAddress } = this.#options;
    const family = familyOf(address) ?? AF_INET6;
    const fd = libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fd;
    this.#fd = fd;
    if (family !== AF_UNIX) this.#reactor.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (sourceAddress !== undefined) {
      this.#reactor.setOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
      const length = writeSocketAddress({ kind: "tcp", host: sourceAddress, port: 0 }, block.bytes);
      const bound = libc.bind(fd, block, length);
      if (bound < 0) return bound;
    }
    const length = writeSocketAddress(address, block.bytes);
    const result = libc.connect(fd, block, length);
    if (result < 0 && result !== EINPROGRESS && result !== EINTR) return result;
    return poll.add(fd, socketEvents, this);
  }

  #failSoon(failure: ConnectFailure): void {
    this.#failure = failure;
    this.#reactor.loop.soon(this);
  }

  #settle(): void {
    this.#settled = true;
    const { libc, poll, loop } = this.#reactor;
    loop.release();
    if (this.#fd === -1) return;
    poll.forget(this.#fd);
    libc.close(this.#fd);
    this.#fd = -1;
  }
}
