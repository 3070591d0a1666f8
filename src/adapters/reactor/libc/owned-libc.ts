import { EMFILE, F_DUPFD_CLOEXEC } from "../linux.ts";
import type { Owner } from "../owner-table.ts";
import { type Block, NativeLibc } from "./libc.ts";

/**
 * libc that writes down which descriptors a thread has: nobody who opens or closes one can forget it. A thread that is
 * about to be ended finds that there are no more descriptors, and what it closes is left to who ends it.
 */
export class OwnedLibc extends NativeLibc {
  readonly #owner: Owner;

  constructor({ body }: NativeLibc, owner: Owner) {
    super(body);
    this.#owner = owner;
  }

  override socket(family: number, type: number, protocol: number): number {
    return this.#owner.enter() ? this.#opened(super.socket(family, type, protocol), "last") : EMFILE;
  }

  override listen(fd: number, backlog: number): number {
    if (!this.#owner.enter()) return EMFILE;
    const result = super.listen(fd, backlog);
    if (result >= 0) this.#owner.add(fd, "first");
    this.#owner.leave();
    return result;
  }

  override accept(fd: number, address: Block, length: Block, flags: number): number {
    return this.#owner.enter() ? this.#opened(super.accept(fd, address, length, flags), "last") : EMFILE;
  }

  override fcntl(fd: number, command: number, argument: number): number {
    if (command !== F_DUPFD_CLOEXEC) return super.fcntl(fd, command, argument);
    return this.#owner.enter() ? this.#opened(super.fcntl(fd, command, argument), "first") : EMFILE;
  }

  override close(fd: number): number {
    if (!this.#owner.enter()) return 0;
    const result = this.#close(fd);
    this.#owner.leave();
    return result;
  }

  override epollCreate(flags: number): number {
    return this.#owner.enter() ? this.#opened(super.epollCreate(flags), "first") : EMFILE;
  }

  override pipe(descriptors: Block, flags: number): number {
    if (!this.#owner.enter()) return EMFILE;
    let result = super.pipe(descriptors, flags);
    if (result >= 0) {
      const ends = new Int32Array(descriptors.bytes.buffer, 0, 2);
      if (!ends.every((fd) => this.#owner.add(fd, "last"))) {
        for (const fd of ends) this.#close(fd);
        result = EMFILE;
      }
    }
    this.#owner.leave();
    return result;
  }

  override open(path: Block, flags: number): number {
    return this.#owner.enter() ? this.#opened(super.open(path, flags), "last") : EMFILE;
  }

  /** What a call that opens has answered. */
  #opened(fd: number, order: "first" | "last"): number {
    let result = fd;
    if (fd >= 0 && !this.#owner.add(fd, order)) {
      this.#close(fd);
      result = EMFILE;
    }
    this.#owner.leave();
    return result;
  }

  #close(fd: number): number {
    this.#owner.remove(fd);
    return super.close(fd);
  }
}
