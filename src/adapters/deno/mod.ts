/** Deno's body: `Deno.listen` and `Deno.connect`. */
import type { Runtime } from "../../core/runtime/runtime.ts";
import { systemClock, systemRandom } from "../compat/clock.ts";
import { resolve } from "../compat/resolve.ts";
import { resources } from "../compat/resources.ts";
import { denoCapabilities } from "./capabilities.ts";
import { denoConnect } from "./connect.ts";
import { deno } from "./deno-api.ts";
import { denoListen } from "./listen.ts";
import { portSharing } from "./port-sharing.ts";

/** The port, as Deno implements it. */
export const denoRuntime: Runtime = {
  name: "deno",
  version: deno.version.deno,
  io: "runtime",
  capabilities: denoCapabilities(portSharing),
  clock: systemClock,
  random: systemRandom,
  listen: denoListen,
  connect: denoConnect,
  resolve,
  resources,
};
