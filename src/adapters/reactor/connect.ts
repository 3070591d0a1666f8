import type { Address } from "../../core/runtime/address.ts";
import type { ConnectFailure, ConnectHandler, ConnectOptions, Pending, Runtime } from "../../core/runtime/runtime.ts";
import { connectFailure, errorCode } from "../compat/error-codes.ts";
import { errorName } from "./error-name.ts";
import {
  AF_UNIX,
  ECONNRESET,
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
import { familyOf, socketAddressBytes, writeSocketAddress } from "./socket-address.ts";
import { ReactorSocket } from "./socket.ts";

/** The port's `connect`. A host that is a name is connected by `base`, as nothing here resolves names. */
export function reactorConnect(reactor: Reactor, base: Runtime): Runtime["connect"] {
  /** Most connects have the same options as one before. */
  const plans = new WeakMap<ConnectOptions, ConnectPlan>();
  return (options, handler) => {
    let plan = plans.get(options);
    if (plan === undefined) {
      const family = familyOf(options.address);
      if (family === undefined) return base.connect(options, handler);
      plans.set(options, (plan = planConnect(options, family)));
    }
    const connecting = new Connecting(reactor, options, handler);
    connecting.start(plan);
    return connecting;
  };
}

/** What is the same in all connects with the same options. */
interface ConnectPlan {
  readonly family: number;
  /** As the kernel wants it; or why there is no such address. */
  readonly to: Uint8Array | ConnectFailure;
  /** The address to connect from. */
  readonly from: Uint8Array | undefined;
}

function planConnect({ address, sourceAddress }: ConnectOptions, family: number): ConnectPlan {
  const bytes = new Uint8Array(socketAddressBytes);
  const written = (one: Address): Uint8Array => bytes.slice(0, writeSocketAddress(one, bytes));
  const from = sourceAddress === undefined ? undefined : written({ kind: "tcp", host: sourceAddress, port: 0 });
  try {
    return { family, to: written(address), from };
  } catch (error) {
    return { family, to: connectFailure({ code: errorCode(error) }), from };
  }
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

  start(plan: ConnectPlan): void {
    if (typeof plan.to === "string") {
      this.#failSoon(plan.to);
      return;
    }
    const error = this.#open(plan, plan.to);
    if (error < 0) this.#failSoon(connectFailure({ code: errorName(error) }));
  }

  cancel(): void {
    if (!this.#settled) this.#settle();
  }

  onReady(events: number): void {
    const reactor = this.#reactor;
    const fd = this.#fd;
    const error = (events & (EPOLLERR | EPOLLHUP)) === 0 ? 0 : -reactor.option(fd, SOL_SOCKET, SO_ERROR);
    // A reset before the connection stands is ECONNREFUSED (tcp(7)): this one came after, and is the socket's.
    const wasReset = error === ECONNRESET;
    if (error !== 0 && !wasReset) {
      this.#settle();
      this.#handler.onConnectError(connectFailure({ code: errorName(error) }));
      return;
    }
    const { address } = this.#options;
    const socket = new ReactorSocket(reactor, fd, address, this.#options);
    if (address.kind === "tcp") socket.keepAliveSoon();
    reactor.poll.replace(fd, socket);
    this.#fd = -1;
    this.#settle();
    if (wasReset) socket.noteReset();
    this.#handler.onConnect(socket);
    // The same event may tell of the first bytes.
    socket.onReady(events);
  }

  onTurn(): void {
    if (this.#settled) return;
    this.#settle();
    this.#handler.onConnectError(this.#failure);
  }

  /** Answers 0, or the error. */
  #open({ family, from }: ConnectPlan, to: Uint8Array): number {
    const { libc, poll, address } = this.#reactor;
    const fd = libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fd;
    this.#fd = fd;
    if (family !== AF_UNIX) this.#reactor.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (from !== undefined) {
      this.#reactor.setOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
      address.bytes.set(from);
      const bound = libc.bind(fd, address, from.byteLength);
      if (bound < 0) return bound;
    }
    address.bytes.set(to);
    const result = libc.connect(fd, address, to.byteLength);
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
