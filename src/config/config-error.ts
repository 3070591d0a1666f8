/** A mistake in a config with its place, and how it is written for people. */
import type { Mistake } from "./mistake.ts";

/** Where a value sits in a config: keys of maps and indices of lists, from the top. */
export type ConfigPath = readonly (string | number)[];

/** A place in a file or on the command line. */
export interface ConfigPlace {
  /** The file as the caller named it, or a flag; empty when the value came from neither. */
  readonly file: string;
  /** From 1; 0 when there are no lines. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count; 0 when there are no columns. */
  readonly column: number;
}

/** One mistake in a config. */
export interface ConfigError extends ConfigPlace, Mistake {
  /** The path in the config, such as `upstreams.db.endpoints[1].weight`; empty for the whole of it. */
  readonly path: string;
}

/** Writes an error in one line: `file:line:column: what; expected …; hint`. */
export function formatConfigError(error: ConfigError): string {
  const parts = [error.what];
  if (error.expected !== undefined) parts.push(`expected ${error.expected}`);
  if (error.hint !== undefined) parts.push(error.hint);
  const place = formatPlace(error);
  return place === "" ? parts.join("; ") : `${place}: ${parts.join("; ")}`;
}

/** Writes a path the way people do: `upstreams.db.endpoints[1].weight`. */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!plainKey.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

const plainKey = /^[\w$-]+$/;

function formatPlace(error: ConfigError): string {
  // Without a file the path is all there is to find the value by.
  if (error.file === "") return error.path;
  return error.line === 0 ? error.file : `${error.file}:${error.line}:${error.column}`;
}
