/** A program with worker threads that opens and cuts them, and then has nothing more to do: see `worker-life.test.ts`. */
import { currentRuntime } from "./current-runtime.ts";
import { endpointSettings } from "./settings.ts";
import { WorkerProxy } from "./worker-proxy.ts";

const proxy = await WorkerProxy.start(await currentRuntime(), [endpointSettings(1)], { workers: 2 });
await proxy.server.stop();
console.log("cut");
