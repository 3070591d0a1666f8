import type { Command, Flag } from "./command.ts";
import { flagsOf } from "./parse-arguments.ts";
import type { Terminal } from "./terminal.ts";

/** Longer lines are wrapped. */
const maxColumns = 110;

/** The list of commands. */
export function overview(commands: readonly Command[], terminal: Terminal): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    `${terminal.style("bold", "geryon")}: a load balancer for TCP and HTTP on Node, Bun and Deno`,
    "",
    "Usage: geryon COMMAND [OPTIONS] [ARGUMENTS]",
    "",
    ...table(rows),
    "",
    "'geryon COMMAND --help' says more, with examples. In a hurry:",
    "",
    "  geryon proxy --listen 127.0.0.1:4000 127.0.0.1:8001 127.0.0.1:8002",
    "",
  ].join("\n");
}

/** What one command does and takes. */
export function commandHelp(command: Command, terminal: Terminal): string {
  const rows = flagsOf(command).map((flag) => [flagNames(flag), flagMeaning(flag)] as const);
  return [
    `${command.summary}.`,
    "",
    `Usage: geryon ${command.name} ${command.usage}`.trimEnd(),
    "",
    terminal.style("bold", "Options"),
    ...table(rows),
    "",
    terminal.style("bold", "Examples"),
    ...command.examples.flatMap(({ command: line, does }) => [`  ${line}`, `      ${does}`]),
    "",
  ].join("\n");
}

function flagNames(flag: Flag): string {
  const long = flag.value === undefined ? `--${flag.name}` : `--${flag.name} ${flag.value}`;
  return flag.short === undefined ? `    ${long}` : `-${flag.short}, ${long}`;
}

function flagMeaning(flag: Flag): string {
  return flag.default === undefined ? flag.description : `${flag.description} (default ${flag.default})`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrapped(right, maxColumns - width - 4).map(
      (line, index) => `  ${(index === 0 ? left : "").padEnd(width)}  ${line}`,
    ),
  );
}

/** Lines of whole words, as long as they fit into so many columns. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
