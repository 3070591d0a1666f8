/** Makes a config from the text of a file. */
import type { IoSetting } from "../core/runtime/io.ts";
import type { Sockets } from "./check-capabilities.ts";
import { ioSettings } from "./config.ts";
import type { ConfigError } from "./config-error.ts";
import { defaults } from "./defaults.ts";
import type { ConfigEnv } from "./env.ts";
import type { ReadFile } from "./files.ts";
import { inspect } from "./inspect.ts";
import { makeMistake } from "./mistake.ts";
import { readJson } from "./read-json.ts";
import { readToml } from "./read-toml.ts";
import { readYaml } from "./read-yaml.ts";
import { isRecord } from "./shape.ts";
import { makeSource } from "./source.ts";
import type { Problem, Source } from "./source.ts";
import { limitErrors, sortErrors, toError } from "./validate-config.ts";
import type { ConfigResult } from "./validate-config.ts";

/** The languages a config can be written in. */
export type ConfigFormat = "yaml" | "toml" | "json";

/** What to know beside the text. */
export interface ParseOptions {
  /** How errors name the file. */
  readonly file: string;
  readonly format: ConfigFormat;
  /** The variables for `${NAME}`, such as `process.env`. */
  readonly env: ConfigEnv;
  /** Reads the files that the config names. Absent: there are none. */
  readonly readFile?: ReadFile;
}

/** A config whose text is read, and that is not judged yet: what it may ask for depends on the sockets that it chooses. */
export interface UnjudgedConfig {
  /** What it says of `io`. Where that is wrong it is the default, for now. */
  readonly io: IoSetting;
  /** Reports every mistake. Without `sockets` nothing is refused for a lack. */
  judge(sockets?: Sockets): ConfigResult;
}

/** The format that a file's name promises, or undefined. */
export function formatOf(fileName: string): ConfigFormat | undefined {
  const extension = /\.([^./\\]+)$/.exec(fileName)?.[1]?.toLowerCase();
  switch (extension) {
    case "yaml":
    case "yml":
      return "yaml";
    case "toml":
    case "json":
      return extension;
    default:
      return undefined;
  }
}

/** Reads a config and reports every mistake in it. Never throws for what the text holds. */
export function parseConfig(text: string, options: ParseOptions): ConfigResult {
  return readConfigText(text, options).judge();
}

/** Reads a config up to the point where it says what it is to run on. Never throws for what the text holds. */
export function readConfigText(text: string, { file, format, env, readFile }: ParseOptions): UnjudgedConfig {
  if (text.length > maxLength) {
    const mistake = makeMistake(`File has ${text.length} characters`, `at most ${maxLength}`);
    const errors = [{ file, line: 1, column: 1, path: "", ...mistake }];
    return { io: defaults.io, judge: () => ({ ok: false, errors, warnings: [] }) };
  }
  // Some editors put a byte order mark before the text.
  const source = makeSource(text.replace(/^\ufeff/, ""), env);
  const value = read(source, format);
  const locate = (problem: Problem): ConfigError => {
    const { path, part, offset } = problem;
    const place = offset === undefined ? source.find(path, part) : source.position(offset);
    return toError(problem, { file, ...place });
  };
  // When nothing could be read, the reason has been reported.
  const unread = value === undefined && source.problems.length > 0;
  return {
    io: ioSettings.find((one) => isRecord(value) && value["io"] === one) ?? defaults.io,
    judge(sockets) {
      const { config, problems, warnings } = unread
        ? { config: undefined, problems: [], warnings: [] }
        : inspect(value, { sockets, readFile, isLost: (path) => source.isLost(path) });
      const errors = [...source.problems, ...problems].map(locate);
      const located = sortErrors(warnings.map(locate));
      if (config !== undefined && errors.length === 0) return { ok: true, config, warnings: located };
      return { ok: false, errors: limitErrors(sortErrors(errors)), warnings: located };
    },
  };
}

/** A config of a thousand listeners has a tenth of this. */
const maxLength = 1024 * 1024;

const readers: Readonly<Record<ConfigFormat, (source: Source) => unknown>> = {
  yaml: readYaml,
  toml: readToml,
  json: readJson,
};

function read(source: Source, format: ConfigFormat): unknown {
  try {
    return readers[format](source);
  } catch (error) {
    // The parsers call themselves for what is nested; a deep enough file exhausts the stack.
    const mistake = makeMistake(
      error instanceof RangeError ? "File is nested too deeply to be read" : `File cannot be read: ${String(error)}`,
    );
    source.report([], 0, mistake);
    return undefined;
  }
}
