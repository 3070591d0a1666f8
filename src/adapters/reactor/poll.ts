import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EINTR, epollEvent } from "./linux.ts";
import type { Block, Libc } from "./libc/libc.ts";
import { throwLater } from "./throw-later.ts";

/** Who is told that something happened to a descriptor. */
export interface Source {
  /** `events` are the bits of epoll_ctl(2), such as EPOLLIN. */
  onReady(events: number): void;
}

/** So many at a time; the others wait in the kernel. Between two times the loop looks at the clock. */
const maxEvents = 64;

/**
 * One epoll instance. A descriptor's number is used again once it is closed, so each registration has a number of its own
 * too, which comes back with the event: an event that is late for a closed descriptor finds nobody.
 */
export class Poll {
  readonly #libc: Libc;
  /** The epoll itself, for who watches it. */
  readonly fd: number;
  readonly #events: Block;
  /** The same bytes, read by the word: events, descriptor, registration. */
  readonly #words: Int32Array;
  readonly #event: Block;
  readonly #eventWords: Int32Array;
  /** By descriptor. */
  readonly #sources: (Source | undefined)[] = [];
  readonly #registrations: number[] = [];
  #lastRegistration = 0;
  /** Of the last events, the one to be told next. */
  #next = 0;

  /** Throws when there is no epoll to be had. */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.fd = libc.epollCreate(EPOLL_CLOEXEC);
    if (this.fd < 0) throw new Error(`epoll_create1: error ${-this.fd}`);
    this.#events = libc.allocate(maxEvents * epollEvent.stride);
    this.#words = new Int32Array(this.#events.bytes.buffer);
    this.#event = libc.allocate(16);
    this.#eventWords = new Int32Array(this.#event.bytes.buffer);
  }

  /** Starts to watch. Answers 0, or the error. */
  add(fd: number, events: number, source: Source): number {
    this.#lastRegistration = (this.#lastRegistration + 1) | 0;
    const words = this.#eventWords;
    words[0] = events;
    words[epollEvent.data >> 2] = fd;
    words[(epollEvent.data >> 2) + 1] = this.#lastRegistration;
    const result = this.#libc.epollControl(this.fd, EPOLL_CTL_ADD, fd, this.#event);
    if (result < 0) return result;
    // Filled up in order, so that the arrays have no holes.
    while (this.#sources.length <= fd) {
      this.#sources.push(undefined);
      this.#registrations.push(0);
    }
    this.#sources[fd] = source;
    this.#registrations[fd] = this.#lastRegistration;
    return 0;
  }

  /** The descriptor is watched on, for another. */
  replace(fd: number, source: Source): void {
    this.#sources[fd] = source;
  }

  /** It is about to be closed, which ends the watching: no event comes any more. */
  forget(fd: number): void {
    if (fd < this.#sources.length) this.#sources[fd] = undefined;
  }

  /** Stops to watch a descriptor that stays open. */
  remove(fd: number): void {
    this.forget(fd);
    this.#libc.epollControl(this.fd, EPOLL_CTL_DEL, fd, this.#event);
  }

  /** Waits until something happens, `timeoutMs` at most. Answers how many events came, for `dispatch`. */
  wait(timeoutMs: number): number {
    const count = this.#libc.epollWait(this.fd, this.#events, maxEvents, timeoutMs);
    if (count >= 0 || count === EINTR) return Math.max(0, count);
    throw new Error(`epoll_wait: error ${-count}`);
  }

  /** Tells the sources of the last `count` events, each of which comes once: a source that throws keeps it from no other. */
  dispatch(count: number): void {
    this.#next = 0;
    while (this.#next < count) {
      try {
        this.#dispatchRest(count);
      } catch (error) {
        throwLater(error);
      }
    }
  }

  #dispatchRest(count: number): void {
    const words = this.#words;
    const data = epollEvent.data >> 2;
    while (this.#next < count) {
      const at = this.#next++ * (epollEvent.stride >> 2);
      const fd = words[at + data] as number;
      if (this.#registrations[fd] === words[at + data + 1]) this.#sources[fd]?.onReady(words[at] as number);
    }
  }

  close(): void {
    this.#libc.close(this.fd);
  }
}
