import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type ConfigError, formatConfigError } from "../config/config-error.ts";
import type { ReadFile } from "../config/files.ts";
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
  return readConfigText(text, { file, format, env: context.env, readFile: filesBeside(file) });
}

/** Reads the files that a config names. */
function filesBeside(config: string): ReadFile {
  return (path, maxBytes) => {
    const full = resolve(dirname(config), path);
    try {
      const file = statSync(full);
      // To open a pipe would be to wait for who writes into it.
      if (!file.isFile()) return `${full} is no plain file`;
      if (file.size > maxBytes) return `${full} has ${file.size} bytes, at most ${maxBytes} are allowed`;
      return readFileSync(full);
    } catch (error) {
      if (!(error instanceof Error)) return String(error);
      return "code" in error && error.code === "ENOENT" ? `there is no ${full}` : error.message;
    }
  };
}

/** The mistakes of a config, a line each, and how many there are. */
export function configReport(errors: readonly ConfigError[], context: CommandContext): string {
  const lines = errors.map((error) => formatConfigError(error));
  const count = errors.length === 1 ? "1 mistake" : `${errors.length} mistakes`;
  return `${lines.join("\n")}\n${context.terminal.style("dim", `${count}; nothing was started`)}\n`;
}
