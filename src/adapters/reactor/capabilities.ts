import type { Capabilities } from "../../core/runtime/capabilities.ts";

const yes = { supported: true, reason: "" };

/** What the reactor's sockets can do: all that Linux can, whatever the runtime. */
export const reactorCapabilities: Capabilities = {
  reset: yes,
  sourceAddress: yes,
  ipv6Only: yes,
  backlog: yes,
  keepAliveDelay: yes,
  acceptErrors: yes,
  connectAbort: yes,
  reusePort: yes,
  inheritedSockets: yes,
  leanSockets: yes,
};
