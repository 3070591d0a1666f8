/**
 * Buffers for reading. Deno's `read` fills a buffer that must stay untouched while it is pending, so every open
 * connection holds one: it starts small, grows while reads fill it, and shrinks again when they do not.
 *
 * Large ones are shared and counted: the reader holds its buffer, and so does each write that was given a part of it
 * and is not done. Only when nobody holds it any more does it go back for the next reader: given back too early, one
 * connection would read into another's bytes.
 */

/** What an idle or chatty connection holds. */
const smallBytes = 2 * 1024;
/** What a bulk transfer reads with. */
const largeBytes = 64 * 1024;
/** How many large buffers wait for the next use: 16 MiB at most. */
const maxFree = 256;

const free: ArrayBuffer[] = [];
/** How many hold each large buffer; buffers of others are not in here. */
const holders = new WeakMap<ArrayBufferLike, number>();

/** A buffer for a connection that has shown no bulk. */
export function takeSmall(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(smallBytes);
}

/** A buffer for bulk, held once. */
export function takeLarge(): Uint8Array<ArrayBuffer> {
  const buffer = free.pop() ?? new ArrayBuffer(largeBytes);
  holders.set(buffer, 1);
  return new Uint8Array(buffer);
}

/** Holds a buffer once more. One that is not ours is left to the garbage collector. */
export function hold(buffer: ArrayBufferLike): void {
  const count = holders.get(buffer);
  if (count !== undefined) holders.set(buffer, count + 1);
}

/** Ends one hold. */
export function release(buffer: ArrayBufferLike): void {
  const count = holders.get(buffer);
  if (count === undefined) return;
  if (count > 1) {
    holders.set(buffer, count - 1);
  } else {
    holders.delete(buffer);
    if (free.length < maxFree) free.push(buffer as ArrayBuffer);
  }
}

/** Whether somebody beside the reader holds the buffer. */
export function isShared(buffer: ArrayBufferLike): boolean {
  return (holders.get(buffer) ?? 0) > 1;
}

/** The size of the buffer for the next read, after one of `size` was filled with `bytes`. */
export function nextSize(size: number, bytes: number): number {
  if (bytes === size) return largeBytes;
  return size === largeBytes && bytes <= smallBytes ? smallBytes : size;
}
