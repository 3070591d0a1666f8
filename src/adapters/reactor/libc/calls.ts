/**
 * The signatures of what is called in libc, once for the three bodies. `int` is a C int; `length` a size_t, always below
 * 2^31 here; `memory` a pointer to a block; `null` a pointer that is always NULL. Each call answers an int, or a count that
 * fits one.
 */

/** What an argument is. */
export type ArgumentKind = "int" | "length" | "memory" | "null";

/** What a body passes for memory: its address, or the bytes themselves. */
export type Pointer = number | Uint8Array<ArrayBuffer>;

/** The calls, as a body binds them. They answer -1 for an error. */
export interface Calls {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Pointer, length: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: Pointer, length: Pointer, flags: number): number;
  connect(fd: number, address: Pointer, length: number): number;
  getsockname(fd: number, address: Pointer, length: Pointer): number;
  getpeername(fd: number, address: Pointer, length: Pointer): number;
  setsockopt(fd: number, level: number, option: number, value: Pointer, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Pointer, length: Pointer): number;
  recv(fd: number, into: Pointer, length: number, flags: number): number;
  send(fd: number, from: Pointer, length: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: Pointer): number;
  epoll_wait(epoll: number, events: Pointer, max: number, timeoutMs: number): number;
  pipe2(descriptors: Pointer, flags: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  splice(from: number, fromOffset: null, to: number, toOffset: null, length: number, flags: number): number;
  open(path: Pointer, flags: number): number;
  read(fd: number, into: Pointer, length: number): number;
  unlink(path: Pointer): number;
  access(path: Pointer, mode: number): number;
  dup3(from: number, to: number, flags: number): number;
}

/** The arguments of each. */
export const signatures: Readonly<Record<keyof Calls, readonly ArgumentKind[]>> = {
  socket: ["int", "int", "int"],
  bind: ["int", "memory", "int"],
  listen: ["int", "int"],
  accept4: ["int", "memory", "memory", "int"],
  connect: ["int", "memory", "int"],
  getsockname: ["int", "memory", "memory"],
  getpeername: ["int", "memory", "memory"],
  setsockopt: ["int", "int", "int", "memory", "int"],
  getsockopt: ["int", "int", "int", "memory", "memory"],
  recv: ["int", "memory", "length", "int"],
  send: ["int", "memory", "length", "int"],
  shutdown: ["int", "int"],
  close: ["int"],
  epoll_create1: ["int"],
  epoll_ctl: ["int", "int", "int", "memory"],
  epoll_wait: ["int", "memory", "int", "int"],
  pipe2: ["memory", "int"],
  fcntl: ["int", "int", "int"],
  splice: ["int", "null", "int", "null", "length", "int"],
  open: ["memory", "int"],
  read: ["int", "memory", "length"],
  unlink: ["memory"],
  access: ["memory", "int"],
  dup3: ["int", "int", "int"],
};

/** What the three bodies do differently. */
export interface Body {
  /** `bun:ffi`, `Deno.dlopen`, `koffi`: for people to read. */
  readonly name: string;
  /** As in `Libc`. */
  readonly immediatesStarveSockets: boolean;
  readonly calls: Calls;
  /** The error of the last call, if that answered -1. */
  errno(): number;
  /** What to pass for memory; it stays where it is as long as `bytes` lives. */
  pointer(bytes: Uint8Array<ArrayBuffer>): Pointer;
  /** What to pass for memory behind it. */
  offset(bytes: Uint8Array<ArrayBuffer>, pointer: Pointer, by: number): Pointer;
}

/** The names of libc: of glibc, and of musl on either processor. */
const libraries = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

/** Calls `open` with each name of libc until one opens; throws the last error. */
export function openLibc<T>(open: (library: string) => T): T {
  let last: unknown;
  for (const library of libraries) {
    try {
      return open(library);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** Calls `bind` for each signature. */
export function mapSignatures<T>(
  bind: (name: string, kinds: readonly ArgumentKind[]) => T,
): Readonly<Record<keyof Calls, T>> {
  const bound = Object.entries(signatures).map(([name, kinds]) => [name, bind(name, kinds)] as const);
  return Object.fromEntries(bound) as Record<keyof Calls, T>;
}
