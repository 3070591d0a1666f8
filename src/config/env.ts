/** `${NAME}` and `${NAME:-default}` in the values of a config; `$${` stands for a literal `${`. */
import { isScalar, Schema } from "yaml";
import { makeMistake, quote } from "./mistake.ts";
import type { Mistake } from "./mistake.ts";

/** The variables that a config may refer to, such as `process.env`. */
export type ConfigEnv = Readonly<Record<string, string | undefined>>;

/** A text with its references put in. */
export interface Expansion {
  readonly text: string;
  /** Whether the text was exactly one reference and nothing else. */
  readonly whole: boolean;
  readonly mistakes: readonly ReferenceMistake[];
}

/** What is wrong with one reference. */
export interface ReferenceMistake {
  /** Where the reference begins in the text. */
  readonly index: number;
  /** Its text as written. */
  readonly reference: string;
  readonly mistake: Mistake;
}

/** Puts the variables in. A default takes the place of a variable that is unset or empty, as in a shell. */
export function expandEnv(text: string, env: ConfigEnv): Expansion {
  const mistakes: ReferenceMistake[] = [];
  let whole = false;
  let expanded = text.replaceAll(references, (found: string, inside: string | undefined, index: number) => {
    if (found === "$${") return "${";
    whole ||= found.length === text.length;
    const read = inside === undefined ? unclosed(found) : lookUp(inside, env);
    if (typeof read === "string") return read;
    mistakes.push({ index, reference: found, mistake: read });
    return found;
  });
  if (expanded.length > maxExpandedLength && expanded !== text) {
    const mistake = makeMistake(
      `Value is ${expanded.length} characters long with its variables put in`,
      `at most ${maxExpandedLength}`,
    );
    mistakes.push({ index: 0, reference: text, mistake });
    expanded = "";
  }
  return { text: expanded, whole, mistakes };
}

/** Reads text as an unquoted scalar of YAML's core schema: a number, true, false, or the text itself. */
export function coreScalar(text: string): unknown {
  // The core schema reads the empty text as null; a variable that is set to nothing is empty text.
  if (text === "") return text;
  for (const tag of coreSchema.tags) {
    if (tag.collection === undefined && "test" in tag && tag.default === true && tag.test?.test(text)) {
      const value = tag.resolve(text, ignore, {});
      return isScalar(value) ? value.value : value;
    }
  }
  return text;
}

/** No value of a config is longer; without a bound a short file could ask for gigabytes. */
const maxExpandedLength = 4096;

const references = /\$\$\{|\$\{(?:([^}]*)\})?/g;
const variableName = /^[A-Za-z_]\w*$/;
const coreSchema = new Schema({ schema: "core" });

function lookUp(inside: string, env: ConfigEnv): string | Mistake {
  const split = inside.indexOf(":-");
  const name = split < 0 ? inside : inside.slice(0, split);
  if (!variableName.test(name)) {
    return makeMistake(
      `Reference ${quote(`\${${inside}}`)} is not readable`,
      "${NAME} or ${NAME:-default}",
      'for a literal "${" write "$${"',
    );
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (split >= 0) return value === undefined || value === "" ? inside.slice(split + 2) : value;
  if (value !== undefined) return value;
  return makeMistake(
    `Environment variable ${quote(name)} is not set`,
    undefined,
    `set it, or give a default: \${${name}:-VALUE}`,
  );
}

function unclosed(found: string): Mistake {
  return makeMistake(
    `Reference ${quote(found)} has no closing "}"`,
    "${NAME} or ${NAME:-default}",
    'for a literal "${" write "$${"',
  );
}

function ignore(): void {}
