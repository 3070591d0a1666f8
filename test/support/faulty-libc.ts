import type { Random } from "../../src/core/runtime/clock.ts";
import type { Block, Libc } from "../../src/adapters/reactor/libc/libc.ts";
import {
  EAGAIN,
  ECONNABORTED,
  EINPROGRESS,
  EINTR,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  epollEvent,
} from "../../src/adapters/reactor/linux.ts";

const ENOSPC = -28;
/** What a call answers only when we made a mistake: EBADF, EFAULT, EINVAL, ENOTSOCK. */
const mistakes: ReadonlySet<number> = new Set([-9, -14, -22, -88]);

/** How often a call that may answer with a fault does, from 0 to 1. */
export interface FaultRates {
  /** EAGAIN at recv, send, splice and accept. */
  readonly again: number;
  /** EINTR at any call that may answer it. */
  readonly interrupted: number;
  /** Fewer bytes than asked for, or fewer events than there are. */
  readonly short: number;
  /** ENOBUFS and ENOMEM at recv and send. */
  readonly noMemory: number;
  /** ECONNABORTED at accept: a client was gone before it was accepted. */
  readonly aborted: number;
  /** No descriptors or no memory at accept; accepting goes on in a while. */
  readonly noAccept: number;
  /** No descriptors or no memory at socket; ENOMEM and ENOSPC when a descriptor is to be watched. */
  readonly noSocket: number;
}

export const noFaults: FaultRates = {
  again: 0,
  interrupted: 0,
  short: 0,
  noMemory: 0,
  aborted: 0,
  noAccept: 0,
  noSocket: 0,
};

/** What a descriptor is watched with. */
interface Registration {
  readonly epoll: number;
  readonly event: Uint8Array;
}

/**
 * A libc that fails as the kernel may, at random, and looks at what it is asked.
 *
 * It stays honest: on a socket that is watched for edges, the kernel says EAGAIN, or gives less than there is, only if an
 * event follows once there is more. So a descriptor that was told such a thing is owed an event: its registration is set
 * again as it is, now or a little later, and at that epoll_ctl(2) looks anew, and tells of what is there. A descriptor that
 * nobody watches is told no such thing.
 */
export class FaultyLibc implements Libc {
  /** Nothing fails while this is off. */
  active = true;
  /** How often each fault happened, by call and error. */
  readonly faults: Map<string, number> = new Map();
  /** What a correct caller never does: descriptors used after they were closed, or closed twice. */
  readonly mistakes: string[] = [];
  /** Descriptors that were opened here and not closed. */
  readonly descriptors: Set<number> = new Set();
  readonly #libc: Libc;
  readonly #random: Random;
  readonly #rates: FaultRates;
  readonly #registrations: Map<number, Registration> = new Map();
  readonly #event: Block;

  constructor(libc: Libc, random: Random, rates: FaultRates) {
    this.#libc = libc;
    this.#random = random;
    this.#rates = rates;
    this.#event = libc.allocate(16);
  }

  get name(): string {
    return this.#libc.name;
  }

  get immediatesStarveSockets(): boolean {
    return this.#libc.immediatesStarveSockets;
  }

  allocate(byteLength: number): Block {
    return this.#libc.allocate(byteLength);
  }

  socket(family: number, type: number, protocol: number): number {
    const fault = this.#fault("socket", "noSocket", [EMFILE, ENFILE, ENOBUFS, ENOMEM]);
    return fault < 0 ? fault : this.#opened("socket", this.#libc.socket(family, type, protocol));
  }

  bind(fd: number, address: Block, length: number): number {
    return this.#looked("bind", fd, this.#libc.bind(fd, address, length));
  }

  listen(fd: number, backlog: number): number {
    return this.#looked("listen", fd, this.#libc.listen(fd, backlog));
  }

  accept(fd: number, address: Block, length: Block, flags: number): number {
    // Listening sockets are watched for what is there, so that EAGAIN owes nothing.
    const fault =
      this.#fault("accept", "again", [EAGAIN]) ||
      this.#fault("accept", "interrupted", [EINTR]) ||
      this.#fault("accept", "aborted", [ECONNABORTED]) ||
      this.#fault("accept", "noAccept", [EMFILE, ENFILE, ENOBUFS, ENOMEM]);
    if (fault < 0) return fault;
    return this.#opened("accept", this.#looked("accept", fd, this.#libc.accept(fd, address, length, flags)));
  }

  connect(fd: number, address: Block, length: number): number {
    const result = this.#looked("connect", fd, this.#libc.connect(fd, address, length));
    // connect(2): interrupted, it goes on all the same.
    return result === EINPROGRESS && this.#fault("connect", "interrupted", [EINTR]) < 0 ? EINTR : result;
  }

  getsockname(fd: number, address: Block, length: Block): number {
    return this.#libc.getsockname(fd, address, length);
  }

  getpeername(fd: number, address: Block, length: Block): number {
    return this.#libc.getpeername(fd, address, length);
  }

  setsockopt(fd: number, level: number, option: number, value: Block, length: number): number {
    // EINVAL is what a connection answers that is over already.
    this.#mustBeOpen("setsockopt", fd);
    return this.#libc.setsockopt(fd, level, option, value, length);
  }

  getsockopt(fd: number, level: number, option: number, value: Block, length: Block): number {
    return this.#looked("getsockopt", fd, this.#libc.getsockopt(fd, level, option, value, length));
  }

  recv(fd: number, into: Block, length: number, flags: number): number {
    const fault = this.#transferFault("recv", fd);
    if (fault < 0) return fault;
    const wanted = this.#shortened("recv", fd, length);
    const count = this.#looked("recv", fd, this.#libc.recv(fd, into, wanted, flags));
    if (wanted < length && count === wanted) this.#owe(fd);
    return count;
  }

  send(fd: number, from: Block, offset: number, length: number, flags: number): number {
    const fault = this.#transferFault("send", fd);
    if (fault < 0) return fault;
    const wanted = this.#shortened("send", fd, length);
    const count = this.#looked("send", fd, this.#libc.send(fd, from, offset, wanted, flags));
    if (wanted < length && count === wanted) this.#owe(fd);
    return count;
  }

  splice(from: number, to: number, length: number, flags: number): number {
    const watched = this.#registrations.has(from) ? from : to;
    const fault = this.#transferFault("splice", watched);
    if (fault < 0) return fault;
    const wanted = this.#shortened("splice", watched, length);
    const count = this.#looked("splice", from, this.#looked("splice", to, this.#libc.splice(from, to, wanted, flags)));
    if (wanted < length && count === wanted) this.#owe(watched);
    return count;
  }

  shutdown(fd: number, how: number): number {
    return this.#looked("shutdown", fd, this.#libc.shutdown(fd, how));
  }

  close(fd: number): number {
    this.#mustBeOpen("close", fd);
    this.descriptors.delete(fd);
    this.#registrations.delete(fd);
    const result = this.#libc.close(fd);
    // close(2): on Linux it is closed all the same.
    return this.#fault("close", "interrupted", [EINTR]) || result;
  }

  epollCreate(flags: number): number {
    return this.#opened("epoll_create1", this.#libc.epollCreate(flags));
  }

  epollControl(epoll: number, operation: number, fd: number, event: Block): number {
    // The bell tries other descriptors of the process; ours are watched in an epoll of ours.
    const ours = this.descriptors.has(epoll);
    if (ours) this.#mustBeOpen("epoll_ctl", fd);
    if (operation === EPOLL_CTL_ADD && ours) {
      const fault = this.#fault("epoll_ctl", "noSocket", [ENOMEM, ENOSPC]);
      if (fault < 0) return fault;
    }
    const result = this.#libc.epollControl(epoll, operation, fd, event);
    if (ours && result === 0) {
      if (operation === EPOLL_CTL_DEL) this.#registrations.delete(fd);
      else this.#registrations.set(fd, { epoll, event: event.bytes.slice(0, epollEvent.stride) });
    }
    return result;
  }

  epollWait(epoll: number, events: Block, maxEvents: number, timeoutMs: number): number {
    const fault = this.#fault("epoll_wait", "interrupted", [EINTR]);
    if (fault < 0) return fault;
    const most = this.#happens("epoll_wait", "short") ? 1 + this.#below(3) : maxEvents;
    return this.#looked("epoll_wait", epoll, this.#libc.epollWait(epoll, events, most, timeoutMs));
  }

  pipe(descriptors: Block, flags: number): number {
    const fault = this.#fault("pipe2", "noSocket", [EMFILE, ENFILE]);
    if (fault < 0) return fault;
    const result = this.#libc.pipe(descriptors, flags);
    const ends = new Int32Array(descriptors.bytes.buffer, 0, 2);
    if (result === 0) for (const fd of ends) this.descriptors.add(fd);
    return result;
  }

  fcntl(fd: number, command: number, argument: number): number {
    return this.#libc.fcntl(fd, command, argument);
  }

  open(path: Block, flags: number): number {
    return this.#opened("open", this.#libc.open(path, flags));
  }

  read(fd: number, into: Block, length: number): number {
    return this.#looked("read", fd, this.#libc.read(fd, into, length));
  }

  access(path: Block, mode: number): number {
    return this.#libc.access(path, mode);
  }

  dup(from: number, to: number, flags: number): number {
    return this.#libc.dup(from, to, flags);
  }

  unlink(path: Block): number {
    return this.#libc.unlink(path);
  }

  /** What may come instead of bytes. */
  #transferFault(call: string, fd: number): number {
    const fault = this.#fault(call, "interrupted", [EINTR]) || this.#fault(call, "noMemory", [ENOBUFS, ENOMEM]);
    if (fault < 0 || !this.#registrations.has(fd)) return fault;
    const again = this.#fault(call, "again", [EAGAIN]);
    if (again < 0) this.#owe(fd);
    return again;
  }

  #shortened(call: string, fd: number, length: number): number {
    if (length < 2 || !this.#registrations.has(fd) || !this.#happens(call, "short")) return length;
    // Mostly a few bytes, sometimes nearly all.
    return 1 + Math.floor(this.#random.next() ** 4 * (length - 1));
  }

  /** The kernel tells of what is there once more: now, or when it is no more expected. */
  #owe(fd: number): void {
    const registration = this.#registrations.get(fd);
    if (registration === undefined) return;
    const tell = (): void => {
      if (this.#registrations.get(fd) !== registration) return;
      this.#event.bytes.set(registration.event);
      this.#looked("epoll_ctl", fd, this.#libc.epollControl(registration.epoll, EPOLL_CTL_MOD, fd, this.#event));
    };
    if (this.#random.next() < 0.5) tell();
    else setTimeout(tell, this.#below(4));
  }

  /** One of `errors`, or 0 when all is well. */
  #fault(call: string, kind: keyof FaultRates, errors: readonly number[]): number {
    if (!this.#happens(call, kind)) return 0;
    return errors[this.#below(errors.length)] as number;
  }

  #happens(call: string, kind: keyof FaultRates): boolean {
    if (!this.active || this.#random.next() >= this.#rates[kind]) return false;
    const name = `${call} ${kind}`;
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
    return true;
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  #opened(call: string, fd: number): number {
    if (fd < 0) return fd;
    if (this.descriptors.has(fd)) this.mistakes.push(`${call} answered ${fd}, which was closed behind our back`);
    this.descriptors.add(fd);
    return fd;
  }

  #mustBeOpen(call: string, fd: number): void {
    if (!this.descriptors.has(fd)) this.mistakes.push(`${call} of ${fd}, which is not open`);
  }

  #looked(call: string, fd: number, result: number): number {
    this.#mustBeOpen(call, fd);
    if (mistakes.has(result)) this.mistakes.push(`${call} of ${fd} answered ${result}`);
    return result;
  }
}
