import type { Stats } from "../control/stats/stats.ts";
import { adminFlags, withProxy } from "./admin/admin-client.ts";
import { statusText } from "./admin/status-text.ts";
import type { Command } from "./command.ts";

/** `geryon status`: how a running proxy is. */
export const statusCommand: Command = {
  name: "status",
  summary: "Show how a running proxy is: each limit with its use, and what is out of order",
  usage: "[--admin ADDR] [--json]",
  positionals: { min: 0, max: 0 },
  flags: adminFlags,
  examples: [
    { command: "geryon status", does: "Asks the proxy on 127.0.0.1:9090" },
    {
      command: "geryon status --config examples/tcp.yaml --json",
      does: "Asks the one that runs this file; prints JSON",
    },
  ],
  run: (args, context) =>
    withProxy(args, context, async (client) => {
      const text = await client.ask("GET", "/stats");
      const { terminal, runtime } = context;
      if (args.has("json")) terminal.out(`${text}\n`);
      else terminal.out(statusText(JSON.parse(text) as Stats, terminal, runtime.clock.wallTime()));
    }),
};
