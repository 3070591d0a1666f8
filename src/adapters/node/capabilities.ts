import type { Capabilities } from "../../core/runtime/capabilities.ts";

const yes = { supported: true, reason: "" };

/** What `node:net` can do. */
export const nodeCapabilities: Capabilities = {
  reset: yes,
  sourceAddress: yes,
  ipv6Only: yes,
  backlog: yes,
  keepAliveDelay: yes,
  connectAbort: yes,
  reusePort: yes,
};
