import type { Wire } from "./wire.ts";

/** What was written and the kernel has not taken yet. */
export class SendQueue {
  bytes = 0;
  /** Written and thrown away. */
  droppedBytes = 0;
  #chunks: Uint8Array[] = [];

  /** Hands to the kernel what it takes, and keeps the rest; returns how much the kernel took. */
  write(wire: Wire, bytes: Uint8Array): number {
    const taken = this.bytes > 0 ? 0 : Math.min(Math.max(0, wire.room), bytes.byteLength);
    if (taken > 0) wire.take(taken === bytes.byteLength ? bytes : bytes.subarray(0, taken));
    if (taken < bytes.byteLength) {
      this.#chunks.push(taken > 0 ? bytes.subarray(taken) : bytes);
      this.bytes += bytes.byteLength - taken;
    }
    return taken;
  }

  /** The kernel has room: hands it what it takes. */
  flush(wire: Wire): void {
    while (this.bytes > 0) {
      const head = this.#chunks[0];
      const { room } = wire;
      if (head === undefined || room <= 0) return;
      const size = Math.min(room, head.byteLength);
      if (size === head.byteLength) this.#chunks.shift();
      else this.#chunks[0] = head.subarray(size);
      this.bytes -= size;
      wire.take(size === head.byteLength ? head : head.subarray(0, size));
    }
  }

  drop(): void {
    this.droppedBytes += this.bytes;
    this.bytes = 0;
    this.#chunks = [];
  }
}
