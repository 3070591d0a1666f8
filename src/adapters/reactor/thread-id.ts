import type { Block, Libc } from "./libc/libc.ts";
import { readFile } from "./libc/read-file.ts";
import { ENOENT, F_OK } from "./linux.ts";

/** The number by which the kernel knows this thread: proc(5), /proc/pid/stat. Throws where /proc does not tell. */
export function ownThreadId(libc: Libc): number {
  const id = Number.parseInt(readFile(libc, "/proc/thread-self/stat"), 10);
  if (!(id > 0)) throw new Error("/proc does not tell which thread this is");
  return id;
}

/**
 * Knows whether a thread of this process still runs: the runtimes say that one is gone up to some milliseconds before it
 * is, and Deno even when it runs on for good. Takes no descriptor.
 */
export class ThreadWatch {
  readonly #libc: Libc;
  readonly #path: Block;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#path = libc.allocate(64);
  }

  runs(threadId: number): boolean {
    this.#path.bytes.set(new TextEncoder().encode(`/proc/self/task/${threadId}\0`));
    return this.#libc.access(this.#path, F_OK) !== ENOENT;
  }
}
