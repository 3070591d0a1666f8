/** Node's body: `node:net`. */
import { version } from "node:process";
import type { Capabilities } from "../../core/runtime/capabilities.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { systemClock, systemRandom } from "../compat/clock.ts";
import { netConnect } from "../compat/net-connect.ts";
import { nodeListen } from "./listen.ts";

const yes = { supported: true, reason: "" };

const capabilities: Capabilities = {
  reset: yes,
  sourceAddress: yes,
  ipv6Only: yes,
  backlog: yes,
  keepAliveDelay: yes,
  connectAbort: yes,
  reusePort: yes,
};

/** The port, as Node implements it. */
export const nodeRuntime: Runtime = {
  name: "node",
  version: version.slice(1),
  capabilities,
  clock: systemClock,
  random: systemRandom,
  listen: nodeListen,
  connect: netConnect,
};
