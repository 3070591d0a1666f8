import type { Capabilities, Capability } from "../../core/runtime/capabilities.ts";
import type { PortSharing } from "./port-sharing.ts";

const yes = { supported: true, reason: "" };

const reusePort: Readonly<Record<PortSharing, Capability>> = {
  sockets: yes,
  "one-socket": {
    supported: true,
    reason: "Without --unstable-net threads share one socket, over which clients are spread less evenly",
  },
  none: { supported: false, reason: "Needs deno's --unstable-net flag" },
};

/** What `Deno.listen` and `Deno.connect` can do. */
export function denoCapabilities(sharing: PortSharing): Capabilities {
  return {
    reset: { supported: false, reason: "Deno has no call that sends RST: a reset closes, and the peer may see FIN" },
    sourceAddress: {
      supported: false,
      // node:net on Deno 2.9 could, but it fails writes with EPIPE once the peer has sent FIN: a half-closed upload breaks.
      reason: "Deno.connect has no such option",
    },
    ipv6Only: { supported: false, reason: "Deno.listen has no such option: `::` serves IPv4 too" },
    backlog: yes,
    keepAliveDelay: { supported: false, reason: "Deno.Conn.setKeepAlive takes no delay: the kernel's 2 hours apply" },
    acceptErrors: yes,
    connectAbort: yes,
    reusePort: reusePort[sharing],
    inheritedSockets: { supported: false, reason: "Deno.listen takes no descriptor: the reactor does" },
    leanSockets: yes,
  };
}
