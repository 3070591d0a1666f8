/** Bun's body: `Bun.listen` and `Bun.connect`. */
import type { Runtime } from "../../core/runtime/runtime.ts";
import { systemClock, systemRandom } from "../compat/clock.ts";
import { resolve } from "../compat/resolve.ts";
import { resources } from "../compat/resources.ts";
import { bun } from "./bun-api.ts";
import { bunCapabilities } from "./capabilities.ts";
import { bunConnect } from "./connect.ts";
import { bunListen } from "./listen.ts";

/** The port, as Bun implements it. */
export const bunRuntime: Runtime = {
  name: "bun",
  version: bun.version,
  io: "runtime",
  capabilities: bunCapabilities,
  clock: systemClock,
  random: systemRandom,
  listen: bunListen,
  connect: bunConnect,
  resolve,
  resources,
};
