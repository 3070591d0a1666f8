import type { Capabilities } from "../../core/runtime/capabilities.ts";

const yes = { supported: true, reason: "" };

/** What `Deno.listen` and `Deno.connect` can do; `unstableNet`: the --unstable-net flag, or its setting, is there. */
export function denoCapabilities(unstableNet: boolean): Capabilities {
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
    reusePort: unstableNet ? yes : { supported: false, reason: "Needs deno's --unstable-net flag" },
    leanSockets: yes,
  };
}
