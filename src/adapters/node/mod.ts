/** Node's body: `node:net`. */
import { version } from "node:process";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { systemClock, systemRandom } from "../compat/clock.ts";
import { netConnect } from "../compat/net-connect.ts";
import { resolve } from "../compat/resolve.ts";
import { resources } from "../compat/resources.ts";
import { nodeCapabilities } from "./capabilities.ts";
import { nodeListen } from "./listen.ts";

/** The port, as Node implements it. */
export const nodeRuntime: Runtime = {
  name: "node",
  version: version.slice(1),
  capabilities: nodeCapabilities,
  clock: systemClock,
  random: systemRandom,
  listen: nodeListen,
  connect: netConnect,
  resolve,
  resources,
};
