import { formatConfigError } from "../config/config-error.ts";
import { type Command, exitCodes } from "./command.ts";
import { chooseSockets, ioFlag } from "./io-flag.ts";
import { readConfig } from "./read-config.ts";

/** `geryon check`: says whether a config is right, and where it is not. */
export const checkCommand: Command = {
  name: "check",
  summary: "Check a config file and report every mistake with its place",
  usage: "[--io SOCKETS] FILE",
  positionals: { min: 1, max: 1 },
  flags: [ioFlag],
  examples: [
    { command: "geryon check examples/minimal.yaml", does: "Prints 'ok', or file:line:column of each mistake" },
  ],
  async run(args, context) {
    const file = args.positionals[0] ?? "";
    const config = readConfig(file, context);
    const { sockets } = await chooseSockets(args, context, config.io);
    const result = config.judge(sockets);
    for (const warning of result.warnings) context.terminal.error(`warning: ${formatConfigError(warning)}\n`);
    if (!result.ok) {
      for (const error of result.errors) context.terminal.error(`${formatConfigError(error)}\n`);
      return exitCodes.usage;
    }
    const { listeners, routes, upstreams } = result.config;
    const endpoints = upstreams.reduce((sum, upstream) => sum + upstream.endpoints.length, 0);
    context.terminal.out(
      `${file}: ok (${count(listeners.length, "listener")}, ${routes.length === 0 ? "" : `${count(routes.length, "route")}, `}${count(upstreams.length, "upstream")}, ${count(endpoints, "endpoint")})\n`,
    );
    return exitCodes.ok;
  },
};

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
