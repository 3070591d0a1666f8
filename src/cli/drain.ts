import { spanText } from "../control/stats/span-text.ts";
import { formatAddress } from "../core/runtime/address.ts";
import { adminFlags, withProxy } from "./admin/admin-client.ts";
import type { Command } from "./command.ts";

/** `geryon drain`: what SIGTERM does, from where the process cannot be signalled. */
export const drainCommand: Command = {
  name: "drain",
  summary: "Drain a running proxy and end it, as SIGTERM does",
  usage: "[--admin ADDR] [--json]",
  positionals: { min: 0, max: 0 },
  flags: adminFlags,
  examples: [{ command: "geryon drain --admin 127.0.0.1:9090", does: "No new connections; the running ones may end" }],
  run: (args, context) =>
    withProxy(args, context, async (client) => {
      const text = await client.ask("POST", "/drain");
      const { activeConnections, drainTimeoutMs } = JSON.parse(text) as {
        readonly activeConnections: number;
        readonly drainTimeoutMs: number;
      };
      const words = `the proxy on ${formatAddress(client.address)} drains: ${restText(activeConnections, drainTimeoutMs)}`;
      context.terminal.out(`${args.has("json") ? text : words}\n`);
    }),
};

function restText(connections: number, timeoutMs: number): string {
  if (connections === 0) return "no connection is left, so it ends now";
  const may = connections === 1 ? "1 connection may go on" : `${connections} connections may go on`;
  return `${may}, for ${spanText(timeoutMs)} at most`;
}
