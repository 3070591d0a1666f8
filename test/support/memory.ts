import { SharedMemory } from "../../src/core/memory/shared-memory.ts";

/** Makes something that keeps its state in shared memory, in a memory of its own for a thread that is alone. */
export function withMemory<T>(make: (memory: SharedMemory) => T): T {
  const memory = new SharedMemory(1, 0);
  const made = make(memory);
  memory.allocate();
  return made;
}
