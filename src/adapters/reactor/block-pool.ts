import type { Block, Libc } from "./libc/libc.ts";

/** Sizes of blocks: what waits for a slow reader takes the smallest that holds it. */
const sizes: readonly number[] = [4 * 1024, 16 * 1024, 64 * 1024, 256 * 1024];
/** Of each size, so many bytes are kept for the next who needs one. */
const maxIdleBytes = 1024 * 1024;

/** Blocks for bytes that wait to be written, used again and again. */
export class BlockPool {
  readonly #libc: Libc;
  readonly #idle: readonly Block[][] = sizes.map(() => []);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** A block of at least `byteLength`, or the largest there is. Its bytes are whatever they were. */
  take(byteLength: number): Block {
    const index = sizes.findIndex((size) => size >= byteLength);
    const at = index === -1 ? sizes.length - 1 : index;
    return this.#idle[at]?.pop() ?? this.#libc.allocate(sizes[at] as number);
  }

  /** Gives a block back; nobody may use it from here on. */
  give(block: Block): void {
    const { byteLength } = block.bytes;
    const idle = this.#idle[sizes.indexOf(byteLength)];
    if (idle !== undefined && (idle.length + 1) * byteLength <= maxIdleBytes) idle.push(block);
  }
}
