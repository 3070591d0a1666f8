import type { SharedMemory } from "./shared-memory.ts";

/** One number as its 64 bits, and back: of this thread alone. */
const floats = new Float64Array(1);
const bits = new BigInt64Array(floats.buffer);

/**
 * Numbers that several threads change by compare-and-swap, so that no change is lost. (Atomics know whole numbers only:
 * the bits of two numbers are compared. 8 bytes in one piece are read and written by all 64-bit machines.)
 */
export class AtomicNumbers {
  readonly #memory: SharedMemory;
  readonly #first: number;
  /** The same bytes as `numbers` of the memory; made when the buffer is there. */
  #bits: BigInt64Array = new BigInt64Array(0);

  constructor(memory: SharedMemory, count: number) {
    this.#memory = memory;
    this.#first = memory.takeNumbers(count);
  }

  get(index: number): number {
    return this.#memory.numbers[this.#first + index] ?? 0;
  }

  /** For who is alone with it. */
  set(index: number, value: number): void {
    this.#memory.numbers[this.#first + index] = value;
  }

  /** Writes a number where `known` still is; false when another thread was there before. */
  replace(index: number, known: number, value: number): boolean {
    const { numbers } = this.#memory;
    if (this.#bits.length !== numbers.length) {
      this.#bits = new BigInt64Array(numbers.buffer, numbers.byteOffset, numbers.length);
    }
    floats[0] = known;
    const knownBits = bits[0] ?? 0n;
    floats[0] = value;
    return Atomics.compareExchange(this.#bits, this.#first + index, knownBits, bits[0] ?? 0n) === knownBits;
  }
}
