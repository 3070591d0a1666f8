/** Node's body: libuv's handles where they do what is expected of them, else `node:net`. */
import { version } from "node:process";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { systemClock, systemRandom } from "../compat/clock.ts";
import { netConnect } from "../compat/net-connect.ts";
import { resolve } from "../compat/resolve.ts";
import { resources } from "../compat/resources.ts";
import { nodeCapabilities } from "./capabilities.ts";
import { handleConnect } from "./handle-connect.ts";
import { tryHandles } from "./handle-self-test.ts";
import { nodeListen } from "./listen.ts";

const { kit, fault } = await tryHandles();

/** The port, as Node implements it. */
export const nodeRuntime: Runtime = {
  name: "node",
  version: version.slice(1),
  io: "runtime",
  capabilities: nodeCapabilities(fault),
  clock: systemClock,
  random: systemRandom,
  listen: nodeListen(kit),
  connect: kit === undefined ? netConnect : handleConnect(kit),
  resolve,
  resources,
};
