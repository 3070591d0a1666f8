import type { Capabilities } from "../../core/runtime/capabilities.ts";

const yes = { supported: true, reason: "" };

/** What Node's sockets can do; `handleFault`: why libuv's handles are not used, empty when they are. */
export function nodeCapabilities(handleFault: string): Capabilities {
  return {
    reset: yes,
    sourceAddress: yes,
    ipv6Only: yes,
    backlog: yes,
    keepAliveDelay: yes,
    acceptErrors: { supported: false, reason: "libuv closes the clients in excess and does not tell" },
    connectAbort: yes,
    reusePort: yes,
    inheritedSockets: {
      supported: false,
      reason: "libuv takes a descriptor over and cannot duplicate it for each worker: the reactor can",
    },
    leanSockets:
      handleFault === ""
        ? yes
        : {
            supported: false,
            reason: `net.Socket carries the bytes, as the test of what is below it failed: ${handleFault}`,
          },
  };
}
