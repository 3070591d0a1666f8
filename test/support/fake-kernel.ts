import type { Body, Calls, Pointer } from "../../src/adapters/reactor/libc/calls.ts";
import { NativeLibc } from "../../src/adapters/reactor/libc/libc.ts";

/** A system that hands out descriptors, and remembers what was asked of it. */
export class FakeKernel {
  /** The next numbers; when there are none, EMFILE. */
  readonly numbers: number[] = [];
  /** What was done to descriptors, in order: `close 5`. */
  readonly calls: string[] = [];
  /** Ids of the threads that run. */
  readonly threads = new Set<number>();
  /** Called when a descriptor is asked for, before there is one. */
  onOpen: () => void = () => {};
  readonly libc: NativeLibc;
  #errno = 0;

  constructor() {
    const calls: Partial<Calls> = {
      socket: () => this.#open("socket"),
      accept4: () => this.#open("accept"),
      epoll_create1: () => this.#open("epoll"),
      open: () => this.#open("open"),
      pipe2: (ends) => this.#pipe(ends),
      listen: (fd) => this.#done(`listen ${fd}`),
      setsockopt: (fd) => this.#done(`linger ${fd}`),
      dup3: (_from, to) => this.#done(`silence ${to}`),
      close: (fd) => this.#done(`close ${fd}`),
      access: (path) => this.#access(path),
    };
    const body: Body = {
      name: "fake",
      immediatesStarveSockets: false,
      calls: calls as Calls,
      errno: () => this.#errno,
      pointer: (bytes) => bytes,
      offset: (bytes, _, by) => bytes.subarray(by),
    };
    this.libc = new NativeLibc(body);
  }

  /** What was done since this was last asked. */
  takeCalls(): string[] {
    return this.calls.splice(0);
  }

  #open(what: string): number {
    this.onOpen();
    const fd = this.numbers.shift();
    if (fd === undefined) return this.#failed(24);
    this.calls.push(`${what} ${fd}`);
    return fd;
  }

  #pipe(ends: Pointer): number {
    const fds = this.numbers.splice(0, 2);
    new Int32Array((ends as Uint8Array<ArrayBuffer>).buffer).set(fds);
    return this.#done(`pipe ${fds.join(" ")}`);
  }

  #access(path: Pointer): number {
    const text = new TextDecoder().decode(path as Uint8Array<ArrayBuffer>);
    const [, thread] = /^\/proc\/self\/task\/(\d+)\0/.exec(text) ?? [];
    return this.threads.has(Number(thread)) ? 0 : this.#failed(2);
  }

  #done(call: string): number {
    this.calls.push(call);
    return 0;
  }

  #failed(errno: number): number {
    this.#errno = errno;
    return -1;
  }
}
