import type { EndpointEntry } from "../control/admin/endpoint-actions.ts";
import { type AdminClient, adminFlags, pathPart, withProxy } from "./admin/admin-client.ts";
import { endpointTable } from "./admin/endpoint-table.ts";
import { type Arguments, type Command, UsageError } from "./command.ts";
import { readCount } from "./read-flags.ts";

const weights = { min: 1, max: 256, default: 1 };

/** `geryon endpoints`: which endpoints of a running proxy are chosen, why not, and how to change that. */
export const endpointsCommand: Command = {
  name: "endpoints",
  summary: "Show the endpoints of a running proxy and why some are not chosen; set state and weight",
  usage: "[UPSTREAM [ENDPOINT]] [--state STATE] [--weight N] [--reset]",
  positionals: { min: 0, max: 2 },
  flags: [
    { name: "state", short: "s", value: "STATE", description: "Set the endpoint to ready, draining or disabled" },
    {
      name: "weight",
      short: "w",
      value: "N",
      description: "Set the endpoint's weight, 1 to 256; for no new connections use --state draining",
    },
    {
      name: "reset",
      description: "End its ejection and close its circuit breaker; without ENDPOINT: of all of UPSTREAM",
    },
    ...adminFlags,
  ],
  examples: [
    { command: "geryon endpoints", does: "Shows all, with what keeps some from being chosen" },
    {
      command: "geryon endpoints endpoints 127.0.0.1:8001 --state draining",
      does: "Sends it no new connections (without a config file the upstream is called 'endpoints')",
    },
    { command: "geryon endpoints endpoints 127.0.0.1:8001 --state ready --weight 5", does: "Takes it back in" },
  ],
  run(args, context) {
    const [upstream, endpoint] = args.positionals;
    checkActions(args, upstream, endpoint);
    return withProxy(args, context, async (client) => {
      const text = await answer(args, client, upstream, endpoint);
      const { terminal, runtime } = context;
      if (args.has("json")) terminal.out(`${text}\n`);
      else terminal.out(endpointTable(entriesOf(text), terminal, runtime.clock.wallTime()));
    });
  },
};

/** What an action needs a name for is given. */
function checkActions(args: Arguments, upstream: string | undefined, endpoint: string | undefined): void {
  const change = ["state", "weight"].find((flag) => args.has(flag));
  if (change !== undefined && endpoint === undefined) {
    throw new UsageError(
      `Option '--${change}' needs an endpoint`,
      `Add it: geryon endpoints UPSTREAM ENDPOINT --${change} ...`,
    );
  }
  if (args.has("reset") && upstream === undefined) {
    throw new UsageError("Option '--reset' needs an upstream", "Add it: geryon endpoints UPSTREAM [ENDPOINT] --reset");
  }
}

/** Does what is asked for; the text of the last answer. */
async function answer(
  args: Arguments,
  client: AdminClient,
  upstream: string | undefined,
  endpoint: string | undefined,
): Promise<string> {
  if (upstream === undefined) return await client.ask("GET", "/endpoints");
  const upstreamPath = `/upstreams/${pathPart(upstream)}`;
  const path = endpoint === undefined ? `${upstreamPath}/endpoints` : `${upstreamPath}/endpoints/${pathPart(endpoint)}`;
  const change = {
    ...(args.has("state") ? { state: args.value("state") } : {}),
    ...(args.has("weight") ? { weight: readCount(args, "weight", weights) } : {}),
  };
  if (args.has("reset")) await client.ask("POST", endpoint === undefined ? `${upstreamPath}/reset` : `${path}/reset`);
  if (Object.keys(change).length > 0) return await client.ask("PATCH", path, change);
  return await client.ask("GET", path);
}

function entriesOf(text: string): readonly EndpointEntry[] {
  return [JSON.parse(text) as EndpointEntry | readonly EndpointEntry[]].flat();
}
