import { parseArgs } from "node:util";
import { nearest } from "../config/nearest.ts";
import { type Arguments, type Command, type Flag, UsageError } from "./command.ts";

/** Every command has these. */
const commonFlags: readonly Flag[] = [{ name: "help", short: "h", description: "Show this help" }];

/** All flags of a command, `--help` included. */
export function flagsOf(command: Command): readonly Flag[] {
  return [...command.flags, ...commonFlags];
}

/** Reads a command's arguments. Throws `UsageError`, with the nearest flag for one that does not exist. */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const flags = flagsOf(command);
  const byName = new Map<string, Flag>();
  for (const flag of flags) for (const name of [flag.name, ...(flag.aliases ?? [])]) byName.set(name, flag);
  const { tokens } = parseArgs({
    args: argv.map((argument) => doubleDash(argument, byName)),
    options: Object.fromEntries(
      [...byName].map(([name, flag]) => [
        name,
        {
          type: flag.value === undefined ? ("boolean" as const) : ("string" as const),
          ...(flag.short !== undefined && name === flag.name ? { short: flag.short } : {}),
        },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, (string | undefined)[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const flag = byName.get(token.name);
    if (flag === undefined) throw unknownFlag(token.rawName, command, flags);
    if (flag.value === undefined && token.value !== undefined) {
      throw new UsageError(`Option '${token.rawName}' takes no value: got '${token.value}'`);
    }
    // Without `strict`, parseArgs lets an option swallow the next one: `--listen --policy p2c`.
    if (
      flag.value !== undefined &&
      (token.value === undefined || (!token.inlineValue && /^--?[a-z]/i.test(token.value)))
    ) {
      throw new UsageError(`Option '${token.rawName}' needs a value: ${flag.value}`);
    }
    given.set(flag.name, [...(given.get(flag.name) ?? []), token.value]);
  }
  if (!given.has("help")) checkCount(command, positionals);
  return {
    positionals,
    value: (flag) => given.get(flag)?.at(-1),
    values: (flag) => (given.get(flag) ?? []).filter((value) => value !== undefined),
    has: (flag) => given.has(flag),
  };
}

/** `-laddr` and `-timeout=3s`, as Go's flag package has them, are `--laddr` and `--timeout=3s`; `-l` stays `-l`. */
function doubleDash(argument: string, byName: ReadonlyMap<string, Flag>): string {
  const name = /^-([a-z][a-z-]+)(=.*)?$/i.exec(argument)?.[1];
  return name !== undefined && byName.has(name) ? `-${argument}` : argument;
}

function unknownFlag(typed: string, command: Command, flags: readonly Flag[]): UsageError {
  const names = flags.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])]);
  const guess = nearest(typed.replace(/^-+/, ""), names);
  return new UsageError(
    `Unknown option '${typed}' of 'geryon ${command.name}'`,
    guess === undefined ? `See 'geryon ${command.name} --help'` : `Did you mean '--${guess}'?`,
  );
}

function checkCount(command: Command, positionals: readonly string[]): void {
  const { min, max } = command.positionals;
  if (positionals.length > max) throw new UsageError(`Unexpected argument '${positionals[max]}'`, usageHint(command));
  if (positionals.length < min) throw new UsageError("An argument is missing", usageHint(command));
}

function usageHint(command: Command): string {
  return `Usage: geryon ${command.name} ${command.usage}`;
}
