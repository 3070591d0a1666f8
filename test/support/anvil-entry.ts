/** What a thread starts at that hammers. */
import { parentThread, threadData } from "../../src/adapters/compat/threads.ts";
import { SharedMemory } from "../../src/core/memory/shared-memory.ts";
import { Anvil } from "./anvil.ts";

/** What it is made with. */
export interface HammerInit {
  readonly workers: number;
  readonly worker: number;
  readonly buffer: SharedArrayBuffer;
}

const init = threadData() as HammerInit | undefined;
if (init !== undefined) {
  const memory = new SharedMemory(init.workers, init.worker);
  const anvil = new Anvil(memory);
  memory.attach(init.buffer);
  parentThread<never, number>().post(anvil.hammer(init.worker));
}
