/** Whether libc, as it is bound here, does what the reactor relies on: asked with calls that are over when they return. */
import type { TcpAddress } from "../../core/runtime/address.ts";
import { errorName } from "./error-name.ts";
import type { Block, Libc } from "./libc/libc.ts";
import {
  AF_INET,
  AF_INET6,
  EPOLL_CLOEXEC,
  EINPROGRESS,
  EINTR,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLIN,
  EPOLLOUT,
  epollEvent,
  MSG_NOSIGNAL,
  SO_ERROR,
  SO_KEEPALIVE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./linux.ts";
import { readSocketAddress, socketAddressBytes, writeSocketAddress } from "./socket-address.ts";

/** Only bounds the wait where loopback is cut off. */
const maxWaitMs = 2000;
/** What comes back with an event must be this, all 64 bits of it. */
const marks = [0x1234_5678, 0x0bad_cafe, 0x7654_3210, 0x2468_ace0] as const;

/** Throws an error that says what is not as expected. Nothing stays open. */
export function testLibc(libc: Libc): void {
  const trial = new Trial(libc);
  try {
    trial.events();
    trial.addresses();
    trial.transfer();
    trial.options();
  } finally {
    trial.close();
  }
}

class Trial {
  readonly #libc: Libc;
  readonly #opened: number[] = [];
  readonly #epoll: number;
  readonly #event: Block;
  readonly #address: Block;
  readonly #length: Block;
  readonly #lengthWords: Int32Array;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#address = libc.allocate(socketAddressBytes + 2);
    this.#length = libc.allocate(4);
    this.#lengthWords = new Int32Array(this.#length.bytes.buffer);
    this.#event = libc.allocate(16);
    // The first call of all: what it answers, and the error of one that must fail.
    expectError("EBADF", libc.close(-1));
    this.#epoll = this.#keep(libc.epollCreate(EPOLL_CLOEXEC), "epoll_create1");
  }

  close(): void {
    for (const fd of this.#opened) this.#libc.close(fd);
  }

  /** Several events at once: each where it is looked for, with what it was registered with. */
  events(): void {
    const libc = this.#libc;
    const words = new Int32Array(this.#event.bytes.buffer);
    const at = epollEvent.data >> 2;
    const sockets = [0, 2].map((index) => {
      // Not connected, it can be written to, in the kernel's eyes: there is an event at once.
      const fd = this.#socket(AF_INET);
      words[0] = EPOLLOUT;
      words[at] = marks[index] as number;
      words[at + 1] = marks[index + 1] as number;
      check(libc.epollControl(this.#epoll, EPOLL_CTL_ADD, fd, this.#event) === 0, "epoll_ctl takes no socket");
      return fd;
    });
    const events = libc.allocate(4 * epollEvent.stride);
    const found = new Int32Array(events.bytes.buffer);
    check(libc.epollWait(this.#epoll, events, 4, 0) === 2, "epoll_wait does not tell of two events");
    const seen = [0, epollEvent.stride >> 2].flatMap((start) => [
      (found[start] as number) & EPOLLOUT,
      ...found.subarray(start + at, start + at + 2),
    ]);
    check(
      seen.join() === [EPOLLOUT, marks[0], marks[1], EPOLLOUT, marks[2], marks[3]].join(),
      "epoll_event is laid out otherwise",
    );
    for (const fd of sockets) libc.epollControl(this.#epoll, EPOLL_CTL_DEL, fd, this.#event);
  }

  /** Addresses go to the kernel and come back. */
  addresses(): void {
    const libc = this.#libc;
    this.#bind(this.#socket(AF_INET), "127.0.0.1");
    const six = libc.socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (six < 0) return;
    this.#opened.push(six);
    // Without IPv6 on this machine there is nothing to be seen.
    if (libc.bind(six, this.#address, this.#write("::1", 0)) === 0) this.#expectName(six, "::1", 28);
  }

  /** A connect is refused, another goes through, and bytes come as many as are asked for, from where they are. */
  transfer(): void {
    const libc = this.#libc;
    const listener = this.#socket(AF_INET);
    const { port } = this.#bind(listener, "127.0.0.1");
    // A socket that is bound and does not listen refuses.
    expectError("ECONNREFUSED", this.#connect(this.#socket(AF_INET), port));
    check(libc.listen(listener, 4) === 0, "a socket does not listen");
    const client = this.#socket(AF_INET);
    const connected = this.#connect(client, port);
    if (connected < 0) throw new Error(`nothing connects to 127.0.0.1: ${errorName(connected)}`);
    this.#await(listener, EPOLLIN, "nobody comes in on 127.0.0.1");
    this.#lengthWords[0] = this.#address.bytes.byteLength;
    const served = this.#keep(
      libc.accept(listener, this.#address, this.#length, SOCK_NONBLOCK | SOCK_CLOEXEC),
      "accept",
    );
    const peer = readSocketAddress(this.#address.bytes);
    const own = this.#nameOf(client, "getsockname");
    check(peer?.kind === "tcp" && peer.host === own.host && peer.port === own.port, "accept tells another address");
    check(this.#nameOf(served, "getpeername").port === own.port, "getpeername tells another address");
    const block = libc.allocate(8);
    const { bytes } = block;
    expectError("EAGAIN", libc.recv(served, block, 8, 0));
    bytes.set([1, 2, 3, 4]);
    check(libc.send(client, block, 1, 2, MSG_NOSIGNAL) === 2, "send does not take the length that it is told");
    this.#await(served, EPOLLIN, "bytes do not arrive on 127.0.0.1");
    bytes.fill(0);
    const first = libc.recv(served, block, 1, 0);
    check(first === 1 && bytes.join() === "2,0,0,0,0,0,0,0", "recv does not take the length that it is told");
    const second = libc.recv(served, block, 8, 0);
    check(second === 1 && bytes.join() === "3,0,0,0,0,0,0,0", "recv brings other bytes than were sent");
  }

  /** An option is what it was set to. */
  options(): void {
    const libc = this.#libc;
    const fd = this.#socket(AF_INET);
    const value = libc.allocate(4);
    const words = new Int32Array(value.bytes.buffer);
    words[0] = 1;
    const set = libc.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, 4);
    words[0] = -1;
    check(set === 0 && this.#option(fd, SO_KEEPALIVE, value) === 1, "an option is not what it was set to");
  }

  #option(fd: number, option: number, value: Block): number {
    this.#lengthWords[0] = 4;
    const result = this.#libc.getsockopt(fd, SOL_SOCKET, option, value, this.#length);
    return result < 0 ? result : (new Int32Array(value.bytes.buffer)[0] as number);
  }

  /** Waits for an event of one descriptor: loopback is fast, but a machine under load may put it off. */
  #await(fd: number, events: number, fault: string): void {
    const libc = this.#libc;
    new Int32Array(this.#event.bytes.buffer)[0] = events;
    check(libc.epollControl(this.#epoll, EPOLL_CTL_ADD, fd, this.#event) === 0, "epoll_ctl takes no socket");
    let count = EINTR;
    while (count === EINTR) count = libc.epollWait(this.#epoll, libc.allocate(16), 1, maxWaitMs);
    libc.epollControl(this.#epoll, EPOLL_CTL_DEL, fd, this.#event);
    check(count === 1, fault);
  }

  #socket(family: number): number {
    return this.#keep(this.#libc.socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  }

  #keep(fd: number, call: string): number {
    if (fd < 0) throw new Error(`${call} fails: ${errorName(fd)}`);
    this.#opened.push(fd);
    return fd;
  }

  /** Answers 0, or the error. */
  #connect(fd: number, port: number): number {
    const result = this.#libc.connect(fd, this.#address, this.#write("127.0.0.1", port));
    if (result !== EINPROGRESS) return result;
    this.#await(fd, EPOLLOUT, "a connect to 127.0.0.1 hangs");
    return -this.#option(fd, SO_ERROR, this.#libc.allocate(4));
  }

  #bind(fd: number, host: string): TcpAddress {
    const result = this.#libc.bind(fd, this.#address, this.#write(host, 0));
    if (result < 0) throw new Error(`${host} cannot be bound: ${errorName(result)}`);
    return this.#expectName(fd, host, 16);
  }

  #expectName(fd: number, host: string, length: number): TcpAddress {
    const name = this.#nameOf(fd, "getsockname");
    check(name.host === host && name.port > 0, "socket addresses are laid out otherwise");
    check(this.#lengthWords[0] === length, "socket addresses are of another length");
    return name;
  }

  #write(host: string, port: number): number {
    return writeSocketAddress({ kind: "tcp", host, port }, this.#address.bytes);
  }

  #nameOf(fd: number, call: "getsockname" | "getpeername"): TcpAddress {
    this.#address.bytes.fill(0);
    this.#lengthWords[0] = this.#address.bytes.byteLength;
    const result = this.#libc[call](fd, this.#address, this.#length);
    const name = result < 0 ? undefined : readSocketAddress(this.#address.bytes);
    if (name?.kind !== "tcp") throw new Error("socket addresses are laid out otherwise");
    return name;
  }
}

function expectError(name: string, result: number): void {
  const told = result < 0 ? errorName(result) : "success";
  check(told === name, `errors are told otherwise: ${told} where ${name} is meant`);
}

function check(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new Error(fault);
}
