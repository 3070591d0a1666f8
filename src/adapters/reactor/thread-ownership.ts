import type { Clock } from "../../core/runtime/clock.ts";
import type { OwnerPlace, Ownership } from "../../core/runtime/ownership.ts";
import type { Block, Libc } from "./libc/libc.ts";
import { AF_UNIX, O_CLOEXEC, SO_LINGER, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from "./linux.ts";
import { mainOwner, maxOwners, type OwnerTable } from "./owner-table.ts";
import { ThreadWatch } from "./thread-id.ts";

/** A thread that is still there is looked for again after this, and then after twice as long each time. */
const minWaitMs = 1;
const maxWaitMs = 1000;
/** A thread that is said to be gone gets so long to be it: until then it may still change memory that others share. */
const goneMs = 250;
/** So many descriptors are closed in one go: with RST each takes some 10 us, and this thread has other things to do. */
const closesPerTurn = 200;

/**
 * Closes what threads leave open. That a runtime says that a thread is gone is no proof: a descriptor closed under a thread
 * that runs on could be another's the next moment, with the thread reading its bytes. So:
 *
 * 1. The thread's place is sealed: it opens and closes nothing more, and its entries stand still.
 * 2. If the kernel still knows the thread, each descriptor becomes another name for a socket that can do nothing. That closes
 *    what it was, and keeps its number from others.
 * 3. When the kernel knows the thread no more, the descriptors are closed.
 *
 * What is lost is a descriptor that a thread was just opening when it was ended, if that was not done through `seal`.
 */
export class ThreadOwnership implements Ownership {
  readonly #libc: Libc;
  readonly #table: OwnerTable;
  readonly #clock: Clock;
  readonly #watch: ThreadWatch;
  /** The socket that can do nothing. */
  readonly #nothing: number;
  /** SO_LINGER: on, 0 seconds. */
  readonly #linger: Block;
  readonly #taken = new Set<number>();
  #lives = 0;

  /** `libc` is one that may close what is not its own. Throws when there is no descriptor left. */
  constructor(libc: Libc, table: OwnerTable, clock: Clock) {
    this.#libc = libc;
    this.#table = table;
    this.#clock = clock;
    this.#watch = new ThreadWatch(libc);
    this.#linger = libc.allocate(8);
    new Int32Array(this.#linger.bytes.buffer)[0] = 1;
    this.#nothing = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (this.#nothing < 0) throw new Error(`socket: error ${-this.#nothing}`);
  }

  enter(): OwnerPlace {
    for (let owner = mainOwner + 1; owner < maxOwners; owner++) {
      if (this.#taken.has(owner)) continue;
      this.#taken.add(owner);
      const place = { table: this.#table.buffer, owner, life: ++this.#lives };
      this.#table.open(place);
      return place;
    }
    throw new Error("too many threads that have ended are still there");
  }

  async seal(place: OwnerPlace): Promise<void> {
    const { owner } = place;
    this.#table.seal(place);
    await this.#until(() => !this.#table.isBusy(owner) || this.#isGone(owner));
  }

  async reclaim(place: OwnerPlace): Promise<void> {
    await this.seal(place);
    const { owner } = place;
    const descriptors = this.#table.descriptorsOf(owner);
    if (!this.#isGone(owner)) await this.#forEach(descriptors, (fd) => this.#silence(fd));
    const { promise, resolve } = Promise.withResolvers<void>();
    const patience = this.#clock.after(goneMs, resolve);
    void this.#until(() => this.#isGone(owner))
      .then(() => this.#close(owner, descriptors))
      .then(() => {
        patience.cancel();
        resolve();
      });
    await promise;
  }

  async #close(owner: number, descriptors: readonly number[]): Promise<void> {
    await this.#forEach(descriptors, (fd) => {
      this.#table.clear(fd);
      this.#libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, this.#linger, 8);
      this.#libc.close(fd);
    });
    this.#taken.delete(owner);
  }

  /** Closes what it is, and keeps its number. */
  #silence(fd: number): void {
    this.#libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, this.#linger, 8);
    this.#libc.dup(this.#nothing, fd, O_CLOEXEC);
  }

  #isGone(owner: number): boolean {
    const thread = this.#table.threadOf(owner);
    return thread === undefined || !this.#watch.runs(thread);
  }

  async #forEach(descriptors: readonly number[], act: (fd: number) => void): Promise<void> {
    for (const [index, fd] of descriptors.entries()) {
      if (index > 0 && index % closesPerTurn === 0) await this.#wait(0);
      act(fd);
    }
  }

  async #until(condition: () => boolean): Promise<void> {
    for (let waitMs = minWaitMs; !condition(); waitMs = Math.min(2 * waitMs, maxWaitMs)) await this.#wait(waitMs);
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(delayMs, resolve));
  }
}
