import type { Capabilities } from "../../core/runtime/capabilities.ts";

const yes = { supported: true, reason: "" };

/** What `Bun.listen` and `Bun.connect` can do. */
export const bunCapabilities: Capabilities = {
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
