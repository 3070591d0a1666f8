/** Makes a config from a plain document, such as one that was put together from flags. */
import type { Sockets } from "./check-capabilities.ts";
import type { Config } from "./config.ts";
import type { ConfigError, ConfigPath, ConfigPlace } from "./config-error.ts";
import { formatPath } from "./config-error.ts";
import { inspect } from "./inspect.ts";
import { makeMistake } from "./mistake.ts";
import type { EntryPart, Problem } from "./source.ts";

/** A config, or everything that is wrong with it. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigError[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[]; readonly warnings: readonly ConfigError[] };

/** What to know beside the document. */
export interface ValidateOptions {
  /** What it is to run on. Absent: nothing is refused for a lack. */
  readonly sockets?: Sockets;
  /**
   * Names the place that a value, or its key, came from; asked for paths that the document does not have, too, when a
   * key is missing. With line 0 an error is `file: what`, with an empty file `path: what`.
   * @default an empty file
   */
  readonly where?: (path: ConfigPath, part: EntryPart) => ConfigPlace;
}

/**
 * Checks a document of the same shape as a config file, but without `${NAME}` references, and fills in the defaults.
 * Never throws for what the document holds.
 */
export function validateConfig(value: unknown, { sockets, where = nowhere }: ValidateOptions = {}): ConfigResult {
  const { config, problems, warnings } = inspect(value, { sockets });
  const locate = (problem: Problem): ConfigError => toError(problem, where(problem.path, problem.part));
  if (config !== undefined) return { ok: true, config, warnings: sortErrors(warnings.map(locate)) };
  return {
    ok: false,
    errors: limitErrors(sortErrors(problems.map(locate))),
    warnings: sortErrors(warnings.map(locate)),
  };
}

/** Puts a problem in its place. */
export function toError({ path, what, expected, hint }: Problem, { file, line, column }: ConfigPlace): ConfigError {
  return { file, line, column, path: formatPath(path), ...makeMistake(what, expected, hint) };
}

/** Puts errors into the order of the file, in which people mend them. */
export function sortErrors(errors: readonly ConfigError[]): readonly ConfigError[] {
  return errors.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Leaves out what is beyond the first hundred, and says so. */
export function limitErrors(errors: readonly ConfigError[]): readonly ConfigError[] {
  const shown = errors.slice(0, maxErrors);
  const last = shown.at(-1);
  if (last === undefined || errors.length === shown.length) return errors;
  const { file, line, column } = last;
  return [
    ...shown,
    { file, line, column, path: "", what: `${errors.length - shown.length} more mistakes are not shown` },
  ];
}

const maxErrors = 100;

function nowhere(): ConfigPlace {
  return { file: "", line: 0, column: 0 };
}
