import type { Runtime } from "../../core/runtime/runtime.ts";
import { LineWriter } from "../log/line-writer.ts";
import { writeRecords } from "../log/records.ts";
import type { WorkerInit } from "./messages.ts";
import type { MainThread } from "./thread.ts";
import { atomicWaits } from "./thread-bell.ts";
import { WorkerClock } from "./worker-clock.ts";
import { WorkerDuty } from "./worker-duty.ts";
import { WorkerLogOutput } from "./worker-log.ts";

/** A worker: the data plane in a thread of its own, with a log that the main thread writes. */
export const Worker = {
  /** Runs until its thread is ended. */
  run(init: WorkerInit, main: MainThread, runtime: Runtime): void {
    const output = new WorkerLogOutput(main, () => writer.dropped);
    const writer: LineWriter = new LineWriter(output, runtime.clock);
    const clock = new WorkerClock(runtime.clock);
    const records = writeRecords(init.log, writer, clock, runtime.random);
    WorkerDuty.begin(
      init,
      main,
      { runtime, clock, waits: atomicWaits },
      { ...records, taken: () => output.taken(), end: () => writer.end() },
    );
  },
};
