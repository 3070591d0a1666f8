/** Bun's body: `Bun.listen` and `Bun.connect`. */
import type { Capabilities } from "../../core/runtime/capabilities.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { systemClock, systemRandom } from "../compat/clock.ts";
import { bun } from "./bun-api.ts";
import { bunConnect } from "./connect.ts";
import { bunListen } from "./listen.ts";

const yes = { supported: true, reason: "" };

const capabilities: Capabilities = {
  reset: yes,
  sourceAddress: yes,
  ipv6Only: yes,
  backlog: { supported: false, reason: "Bun.listen always asks for 512" },
  keepAliveDelay: yes,
  connectAbort: {
    supported: true,
    reason: "Bun.connect cannot be given up; while one that was is still pending, node:net connects instead",
  },
  reusePort: yes,
};

/** The port, as Bun implements it. */
export const bunRuntime: Runtime = {
  name: "bun",
  version: bun.version,
  capabilities,
  clock: systemClock,
  random: systemRandom,
  listen: bunListen,
  connect: bunConnect,
};
