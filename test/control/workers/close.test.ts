/** What a worker tells the main thread when it stops to accept. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { FromWorker, ToWorker } from "../../../src/control/workers/messages.ts";
import { makeBellBuffer } from "../../../src/control/workers/thread-bell.ts";
import { Worker } from "../../../src/control/workers/worker.ts";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import { DataPlane } from "../../../src/core/server/data-plane.ts";
import { currentRuntime } from "../../support/current-runtime.ts";
import { until } from "../../support/sockets.ts";

it("rings when it has stopped, in case its last connection was over before it was told to", async () => {
  const runtime = await currentRuntime();
  const settings = { listeners: [], routes: [], upstreams: [], drainTimeoutMs: 1000, limits: { maxConnections: 1 } };
  const memory = new SharedMemory(2, -1);
  const role = { memory, keeps: true, overload: "resources", bell: { ring() {} } } as const;
  const plane = new DataPlane(settings, runtime, role, {});
  assert.ok(plane.memory.buffer);
  const bell = makeBellBuffer(3);
  const answers: string[] = [];
  let tell = (_message: ToWorker): void => {};
  Worker.run(
    {
      index: 0,
      workers: 2,
      settings,
      memory: plane.memory.buffer,
      bell,
      log: { level: "info", format: "json", colours: false, access: false },
      io: "runtime",
    },
    {
      post: (message: FromWorker) => void answers.push(message.type),
      listen: (onMessage) => void (tell = onMessage),
    },
    runtime,
  );
  tell({ type: "open", nowMs: 0 });
  await until(() => answers.includes("opened"), "it serves");
  tell({ type: "close" });
  await until(() => answers.includes("closed"), "it has stopped");
  assert.equal(new Int32Array(bell)[2], 1);
  tell({ type: "cut" });
  await until(() => answers.includes("cut"), "it is over");
});
