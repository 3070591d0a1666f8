/** What a worker thread starts at in tests: a worker like any other, that comes to an end when it is told to. */
import process from "node:process";
import { parentThread, threadData } from "../../src/adapters/compat/threads.ts";
import { chooseIo } from "../../src/adapters/reactor/choose-io.ts";
import { tryReactor } from "../../src/adapters/reactor/mod.ts";
import type { FromWorker, ToWorker, WorkerInit } from "../../src/control/workers/messages.ts";
import { Worker } from "../../src/control/workers/worker.ts";
import { ownRuntime } from "./current-runtime.ts";

/** What it is told: to throw, to end by itself, to be busy for a while. */
export type Trouble = keyof typeof troubles;

/** How long it is busy, and the line of the log that says that it is. */
export const busyMs = 1500;
export const busyLine = "busy\n";

const troubles = {
  crash(): void {
    throw new Error("Told to crash");
  },
  exit(): void {
    process.exit(0);
  },
  spin(): void {
    const bytes = new TextEncoder().encode(busyLine);
    parentThread<ToWorker, FromWorker>().post({ type: "log", bytes, dropped: 0 });
    const endMs = performance.now() + busyMs;
    while (performance.now() < endMs);
  },
};

const init = threadData();
if (init !== undefined) {
  const { io, place } = init as WorkerInit;
  // Workers have the sockets that the main thread has.
  const { runtime } = await chooseIo(io, await ownRuntime(), (base) => tryReactor(base, place));
  const main = parentThread<ToWorker | Trouble, FromWorker>();
  main.listen((message) => typeof message === "string" && troubles[message]());
  Worker.run(
    init as WorkerInit,
    {
      post: (message) => main.post(message),
      listen: (onMessage) => main.listen((one) => typeof one === "string" || onMessage(one)),
      beforeDeath: (callback) => main.beforeDeath(callback),
    },
    runtime,
  );
}
