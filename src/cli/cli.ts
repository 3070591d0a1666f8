import process from "node:process";
import { tryReactor } from "../adapters/reactor/mod.ts";
import { nearest } from "../config/nearest.ts";
import type { Runtime } from "../core/runtime/runtime.ts";
import { checkCommand } from "./check.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { drainCommand } from "./drain.ts";
import { echoCommand } from "./echo.ts";
import { endpointsCommand } from "./endpoints.ts";
import { explainCommand } from "./explain.ts";
import { commandHelp, overview } from "./help.ts";
import { loadCommand } from "./load.ts";
import { parseArguments } from "./parse-arguments.ts";
import { proxyCommand } from "./proxy.ts";
import { schemaCommand } from "./schema.ts";
import { statusCommand } from "./status.ts";
import { processTerminal } from "./terminal.ts";
import { versionText } from "./version.ts";

/** All commands, in the order of the help. */
export const allCommands: readonly Command[] = [
  proxyCommand,
  statusCommand,
  endpointsCommand,
  drainCommand,
  checkCommand,
  explainCommand,
  schemaCommand,
  doctorCommand,
  echoCommand,
  loadCommand,
  demoCommand,
];

/**
 * Runs the command line `argv` (without the program's name) and resolves with the exit code. `entry` is the module that
 * worker threads start at.
 */
export async function runCli(argv: readonly string[], runtime: Runtime, entry: URL): Promise<number> {
  const context: CommandContext = { runtime, tryReactor, entry, terminal: processTerminal(), env: process.env };
  try {
    return await dispatch(argv, context);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.terminal.error(`geryon: ${error.message}\n${error.hint === undefined ? "" : `        ${error.hint}\n`}`);
    return exitCodes.usage;
  }
}

async function dispatch(argv: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const asked = allCommands.find((command) => command.name === rest[0]);
    context.terminal.out(
      asked === undefined ? overview(allCommands, context.terminal) : commandHelp(asked, context.terminal),
    );
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  if (name === "version" || name === "--version" || name === "-v") {
    context.terminal.out(`${versionText(context.runtime)}\n`);
    return exitCodes.ok;
  }
  const command = allCommands.find((one) => one.name === name);
  if (command === undefined) throw unknownCommand(name);
  const args = parseArguments(command, rest);
  if (!args.has("help")) return await command.run(args, context);
  context.terminal.out(commandHelp(command, context.terminal));
  return exitCodes.ok;
}

function unknownCommand(name: string): UsageError {
  const guess = nearest(
    name,
    allCommands.map((command) => command.name),
  );
  const hint = guess === undefined ? "See 'geryon --help' for the commands" : `Did you mean 'geryon ${guess}'?`;
  return new UsageError(`Unknown command '${name}'`, hint);
}
