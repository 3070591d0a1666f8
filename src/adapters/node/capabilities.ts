import type { Capabilities } from "../../core/runtime/capabilities.ts";

const yes = { supported: true, reason: "" };

/** What `node:net` can do. */
export const nodeCapabilities: Capabilities = {
  reset: yes,
  sourceAddress: yes,
  ipv6Only: yes,
  backlog: yes,
  keepAliveDelay: yes,
  acceptErrors: { supported: false, reason: "libuv closes the clients in excess and does not tell" },
  connectAbort: yes,
  reusePort: yes,
};
