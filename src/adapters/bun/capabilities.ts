import type { Capabilities } from "../../core/runtime/capabilities.ts";

const yes = { supported: true, reason: "" };

/** What `Bun.listen` and `Bun.connect` can do. */
export const bunCapabilities: Capabilities = {
  reset: yes,
  sourceAddress: yes,
  ipv6Only: yes,
  backlog: { supported: false, reason: "Bun.listen always asks for 512" },
  keepAliveDelay: yes,
  acceptErrors: { supported: false, reason: "Bun lets clients wait in the backlog and does not tell" },
  connectAbort: {
    supported: true,
    reason:
      "Bun.connect cannot be given up; node:net connects instead while one that was is pending, or too many others are",
  },
  reusePort: yes,
  inheritedSockets: { supported: false, reason: "Bun.listen takes no descriptor: the reactor does" },
  leanSockets: yes,
};
