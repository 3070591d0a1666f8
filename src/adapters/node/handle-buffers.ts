import type { HandleBinding, WriteRequest } from "./handle-binding.ts";

/** One read takes at most this; the kernel's loop goes on while a read fills it. */
const readBytes = 256 * 1024;
/** Up to this, copying before a write costs less than `fs.writeSync` does. */
export const scratchBytes: number = 16 * 1024;
/** For views up to this length one is kept per length: most reads of one protocol have few lengths. */
const maxKeptView = 2048;

/**
 * The memory that all sockets share. A read is over before the next one starts, so one buffer does for all. A write
 * may wait, and then libuv keeps the bytes; so it gets a copy in the scratch, which is used again when the write did
 * not have to wait, and given away when it did.
 */
export class HandleBuffers {
  readonly readBuffer: Uint8Array<ArrayBuffer> = new Uint8Array(readBytes);
  readonly #readViews: Views = new Views(this.readBuffer);
  readonly #Write: HandleBinding["Write"];
  #scratch = new Uint8Array(scratchBytes);
  #scratchViews = new Views(this.#scratch);
  #request: WriteRequest;

  constructor(binding: HandleBinding) {
    this.#Write = binding.Write;
    this.#request = new binding.Write();
  }

  /** For the next write. The same one as before, unless that was given away. */
  get request(): WriteRequest {
    return this.#request;
  }

  /** What the last read brought. */
  read(count: number): Uint8Array {
    return this.#readViews.first(count);
  }

  /** A copy of at most `scratchBytes`, good until the next one unless given away. */
  copy(bytes: Uint8Array): Uint8Array {
    const copied = this.#scratchViews.first(bytes.byteLength);
    copied.set(bytes);
    return copied;
  }

  /** The write with `request` waits, and `bytes` are its. */
  give(bytes: Uint8Array): void {
    this.#request.bytes = bytes;
    this.#request = new this.#Write();
    if (bytes.buffer !== this.#scratch.buffer) return;
    this.#scratch = new Uint8Array(scratchBytes);
    this.#scratchViews = new Views(this.#scratch);
  }
}

/** Views of the first bytes of a buffer. */
class Views {
  readonly #buffer: ArrayBuffer;
  readonly #kept: Uint8Array[] = [];

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#buffer = bytes.buffer;
  }

  first(count: number): Uint8Array {
    if (count > maxKeptView) return new Uint8Array(this.#buffer, 0, count);
    return (this.#kept[count] ??= new Uint8Array(this.#buffer, 0, count));
  }
}
