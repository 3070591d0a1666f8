/** A writer that grew beyond this does not stay so large. */
const maxKeptBytes = 64 * 1024;
/** What is left of its memory is worth going on in. */
const minRestBytes = 4 * 1024;
/** So many views are kept, by the low bits of their lengths. */
const keptViews = 64;

/** Bytes that are put together piece by piece: heads, chunk sizes, small answers. It grows as needed and is used again. */
export class ByteWriter {
  /** What was written is in its first `length` bytes. */
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  readonly #capacity: number;
  /** Of `#viewed`, from its beginning. What is written is often as long as something before, and a view costs as much as a head. */
  readonly #views: (Uint8Array<ArrayBuffer> | undefined)[] = [];
  #viewed: Uint8Array<ArrayBuffer> | undefined = undefined;

  constructor(capacity: number) {
    this.#capacity = Math.min(capacity, maxKeptBytes);
    this.bytes = new Uint8Array(capacity);
  }

  /** Forgets what was written. */
  clear(): void {
    this.length = 0;
  }

  /** Forgets what was written and leaves its memory to who has it: goes on behind it, as far as that goes. */
  renew(): void {
    const rest = this.bytes.length - this.length;
    const goesOn = rest >= minRestBytes && this.bytes.buffer.byteLength <= maxKeptBytes;
    this.bytes = goesOn ? this.bytes.subarray(this.length) : new Uint8Array(this.#capacity);
    this.length = 0;
  }

  /** What was written: a view, valid until the next `clear`. */
  get written(): Uint8Array<ArrayBuffer> {
    const { bytes, length } = this;
    if (this.#viewed !== bytes) {
      // Maybe for this once: a socket may keep the memory.
      this.#viewed = bytes;
      if (this.#views.length > 0) this.#views.length = 0;
      return bytes.subarray(0, length);
    }
    const place = length % keptViews;
    const known = this.#views[place];
    if (known !== undefined && known.byteLength === length) return known;
    const view = bytes.subarray(0, length);
    this.#views[place] = view;
    return view;
  }

  /** Makes sure that `count` more bytes fit. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** One byte for each UTF-16 unit of `text`, which holds nothing above U+00FF. */
  latin1(text: string): void {
    const { length } = text;
    this.reserve(length);
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < length; index++) bytes[at++] = text.charCodeAt(index);
    this.length = at;
  }

  /** All of `from`. */
  all(from: Uint8Array): void {
    const { length } = from;
    this.reserve(length);
    const { bytes } = this;
    let at = this.length;
    // A short loop is faster than the call.
    if (length > 16) bytes.set(from, at);
    else for (let index = 0; index < length; index++) bytes[at++] = from[index] as number;
    this.length += length;
  }

  /** `from[start]` to `from[end - 1]`. */
  range(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    let at = this.length;
    // A short loop is faster than the view that `set` needs.
    if (end - start > 48) bytes.set(from.subarray(start, end), at);
    else for (let index = start; index < end; index++) bytes[at++] = from[index] as number;
    this.length += end - start;
  }

  /** A whole number from 0, in decimal. */
  decimal(value: number): void {
    if (value < 10) this.byte(48 + value);
    else this.latin1(String(value));
  }
}
