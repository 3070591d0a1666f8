import { SharedMemory } from "../../src/core/memory/shared-memory.ts";

/** Makes something that keeps its state in shared memory, in a memory of its own for a thread that is alone. */
export function withMemory<T>(make: (memory: SharedMemory) => T): T {
  const memory = new SharedMemory(1, 0);
  const made = make(memory);
  memory.allocate();
  return made;
}

/** The same thing as several threads have it, over one memory: in workers 0, 1, ... and in the main thread. */
export interface InThreads<T> {
  readonly workers: readonly T[];
  readonly main: T;
}

/** Makes something that keeps its state in shared memory as often as threads would, all over one memory. */
export function inThreads<T>(workers: number, make: (memory: SharedMemory) => T): InThreads<T> {
  const ownMemory = new SharedMemory(workers, -1);
  const main = make(ownMemory);
  ownMemory.allocate();
  const { buffer } = ownMemory;
  if (buffer === undefined) throw new Error("It was made");
  const made = Array.from({ length: workers }, (_, worker) => {
    const memory = new SharedMemory(workers, worker);
    const one = make(memory);
    memory.attach(buffer);
    return one;
  });
  return { main, workers: made };
}
