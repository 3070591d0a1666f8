/**
 * Buffers for reading. Deno's `read` fills a buffer that must stay untouched while it is pending, so every open
 * connection holds one: it starts small, grows while reads fill it, and shrinks again when they do not. Large ones
 * come from a free list.
 */

/** What an idle or chatty connection holds. */
const smallBytes = 2 * 1024;
/** What a bulk transfer reads with. */
const largeBytes = 64 * 1024;
/** How many large buffers wait for the next use: 16 MiB at most. */
const maxFree = 256;

const free: ArrayBuffer[] = [];
/** The buffers made here: only they come back, for a buffer that a user of the socket wrote stays the user's to read. */
const ours = new WeakSet<ArrayBufferLike>();

/** A buffer for a connection that has shown no bulk. */
export function takeSmall(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(smallBytes);
}

/** A buffer for bulk. */
export function takeLarge(): Uint8Array<ArrayBuffer> {
  let buffer = free.pop();
  if (buffer === undefined) {
    buffer = new ArrayBuffer(largeBytes);
    ours.add(buffer);
  }
  return new Uint8Array(buffer);
}

/** Gives a large buffer back once nothing reads or writes it. Others are left to the garbage collector. */
export function giveBack(buffer: ArrayBufferLike): void {
  if (ours.has(buffer) && free.length < maxFree) free.push(buffer as ArrayBuffer);
}

/** The size of the buffer for the next read, after one of `size` was filled with `bytes`. */
export function nextSize(size: number, bytes: number): number {
  if (bytes === size) return largeBytes;
  return size === largeBytes && bytes <= smallBytes ? smallBytes : size;
}
