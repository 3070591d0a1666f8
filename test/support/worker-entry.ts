/** What a worker thread starts at in tests: a worker like any other, that throws when it is told to. */
import { parentThread, threadData } from "../../src/adapters/compat/threads.ts";
import { tryReactor } from "../../src/adapters/reactor/mod.ts";
import type { FromWorker, ToWorker, WorkerInit } from "../../src/control/workers/messages.ts";
import { Worker } from "../../src/control/workers/worker.ts";
import { currentRuntime } from "./current-runtime.ts";

/** The message that makes it throw. */
export const crash = "crash";

const init = threadData();
if (init !== undefined) {
  const { place } = init as WorkerInit;
  const base = await currentRuntime();
  // Workers have the sockets that the main thread has.
  const { runtime = base } = place === undefined ? {} : await tryReactor(base, place);
  const main = parentThread<ToWorker | typeof crash, FromWorker>();
  main.listen((message) => {
    if (message !== crash) return;
    throw new Error("Told to crash");
  });
  Worker.run(
    init as WorkerInit,
    {
      post: (message) => main.post(message),
      listen: (onMessage) => main.listen((one) => one !== crash && onMessage(one)),
      beforeDeath: (callback) => main.beforeDeath(callback),
    },
    runtime,
  );
}
