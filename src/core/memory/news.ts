import type { SharedMemory } from "./shared-memory.ts";
import { Word } from "./word.ts";

/** Whether other threads have changed something: a version in the memory, and the one that this thread knows. */
export class News {
  readonly #version: Word;
  #known = 0;

  constructor(memory: SharedMemory) {
    this.#version = new Word(memory);
  }

  /** This thread has changed something that the others must see, and knows it itself. */
  announce(): void {
    // Another thread's change in the same moment must not be taken for known.
    if (this.#version.add(1) === this.#known) this.#known = (this.#known + 1) | 0;
  }

  /** Whether another thread has announced something since this was last asked. */
  take(): boolean {
    const version = this.#version.value;
    if (version === this.#known) return false;
    this.#known = version;
    return true;
  }
}
