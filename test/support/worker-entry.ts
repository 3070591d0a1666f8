/** What a worker thread starts at in tests: a worker like any other, that throws or stands still when it is told to. */
import { parentThread, threadData } from "../../src/adapters/compat/threads.ts";
import type { FromWorker, ToWorker, WorkerInit } from "../../src/control/workers/messages.ts";
import { Worker } from "../../src/control/workers/worker.ts";
import { currentRuntime } from "./current-runtime.ts";

/** The message that makes it throw, and the one after which its loop never turns again. */
export type Misdeed = "crash" | "hang";

const init = threadData();
if (init !== undefined) {
  const main = parentThread<ToWorker | Misdeed, FromWorker>();
  main.listen((message) => {
    if (message === "crash") throw new Error("Told to crash");
    if (message === "hang") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
  Worker.run(
    init as WorkerInit,
    {
      post: (message) => main.post(message),
      listen: (onMessage) => main.listen((one) => typeof one !== "string" && onMessage(one)),
    },
    await currentRuntime(),
  );
}
