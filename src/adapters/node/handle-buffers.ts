import type { HandleBinding, WriteRequest } from "./handle-binding.ts";

/** One read takes at most this; the kernel's loop goes on while a read fills it. */
const readBytes = 256 * 1024;
/** Up to this, copying before a write costs less than `fs.writeSync` does. */
export const scratchBytes: number = 16 * 1024;

/**
 * The memory that all sockets share. A read is over before the next one starts, so one buffer does for all. A write
 * may wait, and then libuv keeps the bytes; so it gets a copy in the scratch, which is used again when the write did
 * not have to wait, and given away when it did.
 */
export class HandleBuffers {
  readonly readBuffer: Uint8Array<ArrayBuffer> = new Uint8Array(readBytes);
  readonly #Write: HandleBinding["Write"];
  #scratch = new Uint8Array(scratchBytes);
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
    return new Uint8Array(this.readBuffer.buffer, 0, count);
  }

  /** A copy of at most `scratchBytes`, good until the next one unless given away. */
  copy(bytes: Uint8Array): Uint8Array {
    const copied = new Uint8Array(this.#scratch.buffer, 0, bytes.byteLength);
    copied.set(bytes);
    return copied;
  }

  /** The write with `request` waits, and `bytes` are its. */
  give(bytes: Uint8Array): void {
    this.#request.bytes = bytes;
    this.#request = new this.#Write();
    if (bytes.buffer === this.#scratch.buffer) this.#scratch = new Uint8Array(scratchBytes);
  }
}
