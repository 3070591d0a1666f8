import { readFileSync } from "node:fs";
import { type ConfigError, formatConfigError } from "../config/config-error.ts";
import { formatOf, readConfigText, type UnjudgedConfig } from "../config/parse-config.ts";
import { type CommandContext, UsageError } from "./command.ts";

/** Reads a config file, which is to be judged. Throws `UsageError` when there is no such file or its name tells no format. */
export function readConfig(file: string, context: CommandContext): UnjudgedConfig {
  const format = formatOf(file);
  if (format === undefined) {
    throw new UsageError(`Config file '${file}' has no known format`, "Name it .yaml, .yml, .toml or .json");
  }
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read the config file: ${error instanceof Error ? error.message : String(error)}`);
  }
  return readConfigText(text, { file, format, env: context.env });
}

/** The mistakes of a config, a line each, and how many there are. */
export function configReport(errors: readonly ConfigError[], context: CommandContext): string {
  const lines = errors.map((error) => formatConfigError(error));
  const count = errors.length === 1 ? "1 mistake" : `${errors.length} mistakes`;
  return `${lines.join("\n")}\n${context.terminal.style("dim", `${count}; nothing was started`)}\n`;
}
