/** Turns what valibot found into problems in the words of this project. */
import type { BaseIssue } from "valibot";
import type { ConfigPath } from "./config-error.ts";
import { decodeMistake } from "./leaf.ts";
import { makeMistake, quote } from "./mistake.ts";
import type { Mistake } from "./mistake.ts";
import { nameForm } from "./name.ts";
import { isRecord } from "./shape.ts";
import type { EntryPart, Problem } from "./source.ts";

/** The problem an issue stands for, or nothing when the shape check words it better. */
export function issueProblems(issue: BaseIssue<unknown>, above: ConfigPath = []): readonly Problem[] {
  const path = [...above, ...ownPath(issue)];
  if (issue.type === "union") return unionIssues(issue).flatMap((inner) => issueProblems(inner, path));
  const mistake = describe(issue, path);
  const part = issue.path?.at(-1)?.origin === "key" ? "key" : "value";
  return mistake === undefined ? [] : [problem(path, part, mistake)];
}

/** Puts the name of the key in the place of the word "Value" at the start. */
export function nameValue(mistake: Mistake, path: ConfigPath): Mistake {
  const key = path.findLast((step) => typeof step === "string");
  if (key === undefined) return mistake;
  const index = typeof path.at(-1) === "number" ? `[${path.at(-1)}]` : "";
  return { ...mistake, what: mistake.what.replace(/^Value\b/, () => quote(`${key}${index}`)) };
}

function problem(path: ConfigPath, part: EntryPart, mistake: Mistake): Problem {
  return { ...mistake, path, part };
}

function ownPath(issue: BaseIssue<unknown>): ConfigPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

/** Of the issues of all forms, those of the form that the user chose: a map, a list, or the short one. */
function unionIssues(issue: BaseIssue<unknown>): readonly BaseIssue<unknown>[] {
  const form = isRecord(issue.input) ? "object" : Array.isArray(issue.input) ? "array" : undefined;
  const inside = (issue.issues ?? []).filter(({ path }) => path !== undefined && path[0].type === form);
  return inside.length > 0 ? inside : (issue.issues ?? []).filter(({ path }) => path === undefined);
}

function describe(issue: BaseIssue<unknown>, path: ConfigPath): Mistake | undefined {
  switch (issue.type) {
    case "regex":
      return badName(path);
    case "raw_transform":
      return decodeMistake(issue);
    case "min_entries":
    case "min_length":
      return makeMistake("Value is empty", "at least one", emptyHint(lastKey(path)));
    case "max_entries":
    case "max_length":
      return makeMistake(`Value has ${issue.received} entries`, `at most ${String(issue.requirement)}`);
    default:
      // Kinds of containers, absent and unknown keys: the shape check has reported them.
      return undefined;
  }
}

function emptyHint(key: string): string | undefined {
  return key === "endpoints" ? 'write ["HOST:PORT"]' : undefined;
}

function lastKey(path: ConfigPath): string {
  return String(path.at(-1) ?? "");
}

function badName(path: ConfigPath): Mistake {
  return makeMistake(`Name ${quote(lastKey(path))} is not allowed`, nameForm);
}
