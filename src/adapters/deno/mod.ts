/** Deno's body: `Deno.listen` and `Deno.connect`. */
import type { Capabilities } from "../../core/runtime/capabilities.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { systemClock, systemRandom } from "../compat/clock.ts";
import { denoConnect } from "./connect.ts";
import { deno } from "./deno-api.ts";
import { denoListen } from "./listen.ts";

const yes = { supported: true, reason: "" };

const capabilities: Capabilities = {
  reset: { supported: false, reason: "Deno has no call that sends RST: a reset closes, and the peer may see FIN" },
  sourceAddress: {
    supported: false,
    // node:net on Deno 2.9 could, but it fails writes with EPIPE once the peer has sent FIN: a half-closed upload breaks.
    reason: "Deno.connect has no such option",
  },
  ipv6Only: { supported: false, reason: "Deno.listen has no such option: `::` serves IPv4 too" },
  backlog: yes,
  keepAliveDelay: { supported: false, reason: "Deno.Conn.setKeepAlive takes no delay: the kernel's 2 hours apply" },
  connectAbort: yes,
  reusePort:
    deno?.listenDatagram === undefined
      ? { supported: false, reason: "Needs deno's --unstable-net flag" }
      : yes,
};

/** The port, as Deno implements it. */
export const denoRuntime: Runtime = {
  name: "deno",
  version: deno?.version.deno,
  capabilities,
  clock: systemClock,
  random: systemRandom,
  listen: denoListen,
  connect: denoConnect,
};
