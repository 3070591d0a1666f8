import type { SharedMemory } from "./shared-memory.ts";

/** 32 bits that all threads share: a state, a version, a ticket. */
export class Word {
  readonly #memory: SharedMemory;
  readonly #index: number;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#index = memory.takeWords(1);
  }

  get value(): number {
    return Atomics.load(this.#memory.words, this.#index);
  }

  set value(value: number) {
    Atomics.store(this.#memory.words, this.#index, value);
  }

  /** Adds, and returns what it was before. */
  add(amount: number): number {
    return Atomics.add(this.#memory.words, this.#index, amount);
  }

  /** Changes it if it is still what the caller thinks; returns whether it did. */
  replace(expected: number, value: number): boolean {
    return Atomics.compareExchange(this.#memory.words, this.#index, expected, value) === expected;
  }

  /** Changes it, and returns what it was before. */
  exchange(value: number): number {
    return Atomics.exchange(this.#memory.words, this.#index, value);
  }

  /** Raises it to a value, unless it is as high already. */
  raise(value: number): void {
    let now = this.value;
    while (now < value && !this.replace(now, value)) now = this.value;
  }
}
