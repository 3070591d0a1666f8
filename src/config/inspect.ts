/** Judges a document: its shape, its values, and what they are together. Places are the caller's matter. */
import { safeParse } from "valibot";
import type { Sockets } from "./check-capabilities.ts";
import { checkDraft } from "./checks.ts";
import type { Config } from "./config.ts";
import type { ConfigPath } from "./config-error.ts";
import { makeDraft } from "./draft.ts";
import { ConfigFiles } from "./files.ts";
import type { ReadFile } from "./files.ts";
import { issueProblems, nameValue } from "./issues.ts";
import { describeValue, makeMistake } from "./mistake.ts";
import { configSchema } from "./schema.ts";
import { makeConfig } from "./settings.ts";
import { checkShape, isRecord } from "./shape.ts";
import type { Problem } from "./source.ts";

/** What came of a document. */
export interface Inspection {
  /** Absent when there are problems. */
  readonly config?: Config;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What to know beside the document. */
export interface InspectOptions {
  /** Absent: nothing is refused for a lack. */
  readonly sockets?: Sockets | undefined;
  /** Absent: there are no files that a config could name. */
  readonly readFile?: ReadFile | undefined;
  /** Whether the value at a path was lost to a mistake that was reported before. */
  readonly isLost?: (path: ConfigPath) => boolean;
}

/** Checks a plain document against the schema and its own sense, and fills in the defaults. */
export function inspect(
  value: unknown,
  { sockets, readFile = noFiles, isLost = () => false }: InspectOptions = {},
): Inspection {
  if (!isRecord(value)) return { problems: [notMap(value)], warnings: [] };
  const shape = checkShape(configSchema, value);
  const result = safeParse(configSchema, value);
  const wrongKinds = new Set(shape.filter(({ part }) => part === "value").map(({ path }) => JSON.stringify(path)));
  const issues = (result.issues ?? []).flatMap((issue) => issueProblems(issue));
  // A map whose entries were all refused only looks empty.
  const around = new Set(shape.map(({ path }) => JSON.stringify(path.slice(0, -1))));
  const news = issues.filter(({ path }) => !isWithin(path, wrongKinds) && !around.has(JSON.stringify(path)));
  const found = [...shape, ...news]
    .filter(({ path }) => !isLost(path))
    .map((problem) => ({ ...problem, ...nameValue(problem, problem.path) }));
  const lost = [...shape, ...issues];
  const files = new ConfigFiles(readFile);
  const findings = checkDraft(makeDraft(value, result.output, lost), sockets, files);
  const problems = [...found, ...findings.problems.filter(({ path }) => !isLost(path))];
  const { warnings } = findings;
  if (problems.length > 0 || !result.success) return { problems, warnings };
  return { config: makeConfig(result.output, files), problems, warnings };
}

function noFiles(): string {
  return "there are no files here";
}

function notMap(value: unknown): Problem {
  const mistake =
    value === undefined || value === null
      ? makeMistake("Config is empty", 'a map with "listeners" and "upstreams"')
      : makeMistake(`Config is ${describeValue(value)}`, 'a map with "listeners" and "upstreams"');
  return { ...mistake, path: [], part: "value" };
}

function isWithin(path: ConfigPath, paths: ReadonlySet<string>): boolean {
  for (let length = path.length; length >= 0; length -= 1) {
    if (paths.has(JSON.stringify(path.slice(0, length)))) return true;
  }
  return false;
}
