import { formatConfigError } from "../config/config-error.ts";
import { parseIp } from "../config/host.ts";
import { nearest } from "../config/nearest.ts";
import type { Config } from "../config/config.ts";
import { type Arguments, type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { explain, type RoutedListener } from "./explain/explanation.ts";
import { explanationJson } from "./explain/explanation-json.ts";
import { explanationText } from "./explain/explanation-text.ts";
import { type AskedRequest, makeRequest } from "./explain/request-bytes.ts";
import { readConfig } from "./read-config.ts";

/** `geryon explain`: which route takes a request, why the others do not, and where it goes. */
export const explainCommand: Command = {
  name: "explain",
  summary: "Say which route of a config takes a request, why the others do not, and where it goes",
  usage: "-c FILE [-H 'NAME: VALUE']... [--client IP] [--listener NAME] [--json] METHOD URL",
  positionals: { min: 2, max: 2 },
  flags: [
    { name: "config", short: "c", value: "FILE", description: "The config; required" },
    { name: "header", short: "H", value: "'NAME: VALUE'", description: "A header of the request; may be given often" },
    { name: "client", value: "IP", description: "The address that connects", default: "127.0.0.1" },
    {
      name: "listener",
      value: "NAME",
      description:
        "The listener that gets the request. Absent: the one with the URL's port, else the first with routes",
    },
    { name: "json", description: "Print JSON" },
  ],
  examples: [
    {
      command: "geryon explain -c examples/http.yaml GET http://localhost/users/7",
      does: "Shows the route, its target and the shares of endpoints; exits with 1 when no route matches",
    },
    {
      command: "geryon explain -c examples/canary.yaml -H x-canary:1 --json GET /",
      does: "The same as JSON, for a request with a header",
    },
  ],
  async run(args, context) {
    const config = judgedConfig(args, context);
    if (config === undefined) return exitCodes.usage;
    const [method = "", url = ""] = args.positionals;
    const asked = makeRequest(method, url, args.values("header"));
    const listener = chooseListener(config, args.value("listener"), asked);
    const { terminal, runtime } = context;
    const asker = { peer: peerOf(args), wallTimeMs: runtime.clock.wallTime() };
    const explanation = explain(config, listener, asked, asker);
    terminal.out(args.has("json") ? `${explanationJson(explanation)}\n` : explanationText(explanation, terminal));
    return explanation.chosen === undefined ? exitCodes.failure : exitCodes.ok;
  },
};

/** Undefined when the config is wrong, which was said then. What it is to run on plays no part. */
function judgedConfig(args: Arguments, context: CommandContext): Config | undefined {
  const file = args.value("config");
  if (file === undefined) throw new UsageError("No config is given", "Add -c FILE");
  const result = readConfig(file, context).judge();
  if (result.ok) return result.config;
  for (const error of result.errors) context.terminal.error(`${formatConfigError(error)}\n`);
  return undefined;
}

function peerOf(args: Arguments): string {
  const text = args.value("client") ?? "127.0.0.1";
  const ip = parseIp(text);
  if (ip.ok) return ip.value;
  throw new UsageError(`Option '--client' is no IP address: '${text}'`, "Write --client 10.0.0.1");
}

function chooseListener(config: Config, name: string | undefined, { port }: AskedRequest): RoutedListener {
  const routed = config.listeners.filter((listener) => listener.protocol !== "tcp");
  const [first] = routed;
  if (first === undefined) throw new UsageError("No listener of this config has routes", "Add 'protocol: http' to one");
  if (name === undefined) return routed.find(({ address }) => address.kind === "tcp" && address.port === port) ?? first;
  const found = routed.find((listener) => listener.name === name);
  if (found !== undefined) return found;
  const names = routed.map((listener) => listener.name);
  const guess = nearest(name, names);
  const hint = guess === undefined ? `Choose ${names.slice(0, 10).join(", ")}` : `Did you mean '${guess}'?`;
  const isTcp = config.listeners.some((listener) => listener.name === name);
  throw new UsageError(
    isTcp ? `Listener '${name}' has no routes: its protocol is tcp` : `Unknown listener '${name}'`,
    hint,
  );
}
