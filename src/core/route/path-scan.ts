import { hashByte } from "./byte-table.ts";
import type { CanonicalPath } from "./canonical-path.ts";
import { slash } from "./path-bytes.ts";

/**
 * The hashes of a path and of each prefix of whole segments, in one pass that goes no further than the longest path that
 * a route names.
 */
export class PathScan {
  /** Of the whole path; `isLong` when it is longer than all that routes name. */
  whole = 0;
  isLong = false;
  /** How many prefixes there are; the first one has one segment. The empty prefix is not among them. */
  depth = 0;
  /** Behind the last byte of each prefix: where a slash is, or the path ends. */
  readonly ends: Int32Array;
  readonly hashes: Int32Array;
  readonly #maxLength: number;

  /** The longest path or prefix that routes name, in bytes, and how many segments the deepest prefix has. */
  constructor(maxLength: number, maxDepth: number) {
    this.#maxLength = maxLength;
    this.ends = new Int32Array(maxDepth);
    this.hashes = new Int32Array(maxDepth);
  }

  set({ bytes, start, end }: CanonicalPath): void {
    const { ends, hashes } = this;
    const maxDepth = ends.length;
    this.isLong = end - start > this.#maxLength;
    // The byte behind the longest prefix must be seen too.
    const stop = this.isLong ? start + this.#maxLength + 1 : end;
    let depth = 0;
    let hash = hashByte(0, slash);
    for (let at = start + 1; at < stop; at++) {
      const byte = bytes[at] as number;
      if (byte === slash && depth < maxDepth) {
        ends[depth] = at;
        hashes[depth++] = hash;
      }
      hash = hashByte(hash, byte);
    }
    if (!this.isLong && depth < maxDepth) {
      ends[depth] = end;
      hashes[depth++] = hash;
    }
    this.whole = hash;
    this.depth = depth;
  }
}
