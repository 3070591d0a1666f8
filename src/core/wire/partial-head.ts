import { carriageReturn } from "../bytes/octets.ts";

/**
 * The beginning of a head whose end has not come, kept from one read to the next. Its reader judges each line when it is
 * there, whatever pieces it came in, and reads the whole again for its positions when the last one is there: twice the work
 * of a head that comes at once, for any number of pieces.
 */
export class PartialHead {
  /** What has come: the first `length` bytes. */
  bytes: Uint8Array;
  length = 0;
  /** Where the first line begins that has not come whole; all before it is right. */
  lineStart = 0;
  /** How many header fields are before it; -1: it is the start line. */
  fields = -1;
  /** Octets of which the line may have any number more and still be as right as it is; undefined: it must be looked at. */
  plain: Uint8Array | undefined = undefined;
  /** Where the head and the line are too large. */
  headLimit = 0;
  lineLimit = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Adds `from[start]` to `from[end - 1]`. */
  append(from: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(from.subarray(start, end), this.length);
    this.length = needed;
  }

  /** Nothing came but the empty line that may stand before a request: the connection is still idle. */
  get isBlank(): boolean {
    return this.length <= 2 && this.bytes[0] === carriageReturn;
  }

  /** Whether the last `count` bytes leave the line as right as it was: it goes on, and nothing can be said of it yet. */
  goesOn(count: number): boolean {
    const { plain, bytes, length } = this;
    if (plain === undefined || length >= this.lineLimit || length >= this.headLimit) return false;
    for (let at = length - count; at < length; at++) if (plain[bytes[at] as number] !== 1) return false;
    return true;
  }
}
