import { epollEvent } from "../linux.ts";
import type { Body, Calls, Pointer } from "./calls.ts";

/**
 * Memory that the kernel reads and writes. The kernel keeps no address after a call returns, so a block must live as long
 * as the call; all of ours live as long as who allocated them.
 */
export interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pointer: Pointer;
}

/**
 * libc as the reactor sees it. Each call answers as its system call does: 0, a count or a descriptor, or the error as a
 * negative number, such as -11 for EAGAIN. It is an interface so that tests can put faults between.
 */
export interface Libc {
  /** `bun:ffi`, `Deno.dlopen`, `koffi`: for people to read. */
  readonly name: string;
  /** As long as immediates follow each other, the runtime hardly looks at its own sockets. */
  readonly immediatesStarveSockets: boolean;
  allocate(byteLength: number): Block;
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Block, length: number): number;
  listen(fd: number, backlog: number): number;
  /** Fills in the peer's address and its length. */
  accept(fd: number, address: Block, length: Block, flags: number): number;
  connect(fd: number, address: Block, length: number): number;
  getsockname(fd: number, address: Block, length: Block): number;
  getpeername(fd: number, address: Block, length: Block): number;
  setsockopt(fd: number, level: number, option: number, value: Block, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Block, length: Block): number;
  recv(fd: number, into: Block, length: number, flags: number): number;
  /** Sends from `offset` of the block. */
  send(fd: number, from: Block, offset: number, length: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: Block): number;
  epollWait(epoll: number, events: Block, maxEvents: number, timeoutMs: number): number;
  /** Fills in the end to read from, then the end to write to. */
  pipe(descriptors: Block, flags: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  splice(from: number, to: number, length: number, flags: number): number;
  /** Paths end with a NUL. */
  open(path: Block, flags: number): number;
  read(fd: number, into: Block, length: number): number;
  unlink(path: Block): number;
  access(path: Block, mode: number): number;
  /** Closes `to`, and makes it another name for `from`, in one step. */
  dup(from: number, to: number, flags: number): number;
}

/** libc through one of the three bodies. Lengths are bounded by their block, whatever the caller says. */
export class NativeLibc implements Libc {
  readonly name: string;
  readonly immediatesStarveSockets: boolean;
  readonly body: Body;
  readonly #calls: Calls;

  constructor(body: Body) {
    this.name = body.name;
    this.immediatesStarveSockets = body.immediatesStarveSockets;
    this.body = body;
    this.#calls = body.calls;
  }

  allocate(byteLength: number): Block {
    // The buffer first: a small typed array alone may live where a collector moves it.
    const bytes = new Uint8Array(new ArrayBuffer(byteLength));
    return { bytes, pointer: this.body.pointer(bytes) };
  }

  socket(family: number, type: number, protocol: number): number {
    return this.#checked(this.#calls.socket(family, type, protocol));
  }

  bind(fd: number, address: Block, length: number): number {
    return this.#checked(this.#calls.bind(fd, address.pointer, within(address, 0, length)));
  }

  listen(fd: number, backlog: number): number {
    return this.#checked(this.#calls.listen(fd, backlog));
  }

  accept(fd: number, address: Block, length: Block, flags: number): number {
    return this.#checked(this.#calls.accept4(fd, room(address, length), length.pointer, flags));
  }

  connect(fd: number, address: Block, length: number): number {
    return this.#checked(this.#calls.connect(fd, address.pointer, within(address, 0, length)));
  }

  getsockname(fd: number, address: Block, length: Block): number {
    return this.#checked(this.#calls.getsockname(fd, room(address, length), length.pointer));
  }

  getpeername(fd: number, address: Block, length: Block): number {
    return this.#checked(this.#calls.getpeername(fd, room(address, length), length.pointer));
  }

  setsockopt(fd: number, level: number, option: number, value: Block, length: number): number {
    return this.#checked(this.#calls.setsockopt(fd, level, option, value.pointer, within(value, 0, length)));
  }

  getsockopt(fd: number, level: number, option: number, value: Block, length: Block): number {
    return this.#checked(this.#calls.getsockopt(fd, level, option, room(value, length), length.pointer));
  }

  recv(fd: number, into: Block, length: number, flags: number): number {
    return this.#checked(this.#calls.recv(fd, into.pointer, within(into, 0, length), flags));
  }

  send(fd: number, from: Block, offset: number, length: number, flags: number): number {
    const pointer = offset === 0 ? from.pointer : this.body.offset(from.bytes, from.pointer, offset);
    return this.#checked(this.#calls.send(fd, pointer, within(from, offset, length), flags));
  }

  shutdown(fd: number, how: number): number {
    return this.#checked(this.#calls.shutdown(fd, how));
  }

  close(fd: number): number {
    return this.#checked(this.#calls.close(fd));
  }

  epollCreate(flags: number): number {
    return this.#checked(this.#calls.epoll_create1(flags));
  }

  epollControl(epoll: number, operation: number, fd: number, event: Block): number {
    within(event, 0, epollEvent.stride);
    return this.#checked(this.#calls.epoll_ctl(epoll, operation, fd, event.pointer));
  }

  epollWait(epoll: number, events: Block, maxEvents: number, timeoutMs: number): number {
    within(events, 0, maxEvents * epollEvent.stride);
    return this.#checked(this.#calls.epoll_wait(epoll, events.pointer, maxEvents, timeoutMs));
  }

  pipe(descriptors: Block, flags: number): number {
    within(descriptors, 0, 8);
    return this.#checked(this.#calls.pipe2(descriptors.pointer, flags));
  }

  fcntl(fd: number, command: number, argument: number): number {
    return this.#checked(this.#calls.fcntl(fd, command, argument));
  }

  splice(from: number, to: number, length: number, flags: number): number {
    return this.#checked(this.#calls.splice(from, null, to, null, length, flags));
  }

  open(path: Block, flags: number): number {
    return this.#checked(this.#calls.open(terminated(path), flags));
  }

  read(fd: number, into: Block, length: number): number {
    return this.#checked(this.#calls.read(fd, into.pointer, within(into, 0, length)));
  }

  unlink(path: Block): number {
    return this.#checked(this.#calls.unlink(terminated(path)));
  }

  access(path: Block, mode: number): number {
    return this.#checked(this.#calls.access(path.pointer, mode));
  }

  dup(from: number, to: number, flags: number): number {
    return this.#checked(this.#calls.dup3(from, to, flags));
  }

  #checked(result: number): number {
    return result >= 0 ? result : -this.body.errno();
  }
}

/** `length`, if that lies within the block behind `offset`: what does not is a bug of ours, and must not reach the kernel. */
function within({ bytes }: Block, offset: number, length: number): number {
  // So that NaN is refused too.
  if (!(offset >= 0 && length >= 0 && offset + length <= bytes.byteLength)) {
    throw new RangeError(`${offset} + ${length} is not within ${bytes.byteLength} bytes`);
  }
  return length;
}

/** `filled`, if it has the room that `length` tells the kernel of: it fills in that much, and then `length` itself. */
function room(filled: Block, length: Block): Pointer {
  const { bytes } = length;
  within(length, 0, 4);
  within(
    filled,
    0,
    (bytes[0] as number) | ((bytes[1] as number) << 8) | ((bytes[2] as number) << 16) | ((bytes[3] as number) << 24),
  );
  return filled.pointer;
}

/** `path`, if it ends within its block. */
function terminated(path: Block): Pointer {
  if (!path.bytes.includes(0)) throw new RangeError("a path has no end");
  return path.pointer;
}
