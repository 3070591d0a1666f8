/**
 * Goes through a document beside its schema, for what valibot does not tell: every unknown key (it stops at the first),
 * lists where maps belong (it takes an array for an object), and keys that could reach an object's prototype.
 */
import type { GenericSchema } from "valibot";
import { getDescription, getTitle, safeParse } from "valibot";
import type { ConfigPath } from "./config-error.ts";
import { formatPath } from "./config-error.ts";
import { describeValue, makeMistake, oneOf, quote } from "./mistake.ts";
import type { Mistake } from "./mistake.ts";
import { nearest } from "./nearest.ts";
import type { EntryPart, Problem } from "./source.ts";
import { suggestKey } from "./suggest.ts";
import type { Suggestion } from "./suggest.ts";

/** Compares the kinds and keys of a document with its schema. */
export function checkShape(schema: GenericSchema, value: unknown): readonly Problem[] {
  const walk: Walk = { problems: [], owners: findOwners(schema) };
  visit(walk, schema, value, []);
  return walk.problems;
}

/** Whether a value is a map; lists and dates are not. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

interface Walk {
  readonly problems: Problem[];
  /** For each key, the maps that know it. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
}

type Schema = GenericSchema;

type MapSchema = Schema & { readonly type: "strict_object"; readonly entries: Readonly<Record<string, Schema>> };

/** The schemas that hold others, told apart by valibot's own `type`. */
type Container =
  | MapSchema
  | { readonly type: "record"; readonly value: Schema }
  | { readonly type: "array"; readonly item: Schema }
  | { readonly type: "union"; readonly options: readonly Schema[] }
  | { readonly type: "optional"; readonly wrapped: Schema };

const containerTypes: ReadonlySet<string> = new Set(["strict_object", "record", "array", "union", "optional"]);

/** The schema's name for the map that is the whole config. */
const topLevel = "the top level";

const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

function asContainer(schema: Schema): Container | undefined {
  return containerTypes.has(schema.type) ? (schema as unknown as Container) : undefined;
}

function visit(walk: Walk, schema: Schema, value: unknown, path: ConfigPath): void {
  const container = asContainer(schema);
  switch (container?.type) {
    case "optional":
      // An empty value is not an absent one; only a document made by code can hold undefined.
      if (value !== undefined) visit(walk, container.wrapped, value, path);
      return;
    case "union": {
      const map = container.options.find((option) => option.type === "strict_object");
      if (map !== undefined && isRecord(value)) visit(walk, map, value, path);
      return;
    }
    case "array":
      if (!Array.isArray(value)) return reportKind(walk, path, value, "a list");
      for (const [index, item] of value.entries()) visit(walk, container.item, item, [...path, index]);
      return;
    case "record":
      if (!isRecord(value)) return reportKind(walk, path, value, "a map of names");
      visitRecord(walk, container.value, value, path);
      return;
    case "strict_object":
      if (!isRecord(value)) return reportKind(walk, path, value, "a map");
      visitObject(walk, container, value, path);
      return;
    default:
  }
}

function visitRecord(walk: Walk, schema: Schema, value: Readonly<Record<string, unknown>>, path: ConfigPath): void {
  for (const [key, entry] of Object.entries(value)) {
    if (forbiddenKeys.has(key)) report(walk, [...path, key], "key", makeMistake(`Key ${quote(key)} is not allowed`));
    else visit(walk, schema, entry, [...path, key]);
  }
}

function visitObject(walk: Walk, object: MapSchema, value: Readonly<Record<string, unknown>>, path: ConfigPath): void {
  const meant = new Set<string>();
  for (const [key, entry] of Object.entries(value)) {
    const schema = Object.hasOwn(object.entries, key) ? object.entries[key] : undefined;
    if (schema !== undefined) {
      visit(walk, schema, entry, [...path, key]);
      continue;
    }
    const { mistake, suggested } = unknownKey(walk, key, object, value);
    if (suggested !== undefined) meant.add(suggested);
    walk.problems.push({
      ...mistake,
      path: [...path, key],
      part: "key",
      ...(suggested === undefined ? {} : { meant: suggested }),
    });
  }
  for (const [key, schema] of Object.entries(object.entries)) {
    // A key that a wrong one was meant to be is not missing: that would be saying the same thing twice.
    if (schema.type === "optional" || Object.hasOwn(value, key) || meant.has(key)) continue;
    report(walk, [...path, key], "key", missingKey(key, schema, path));
  }
}

function unknownKey(
  walk: Walk,
  key: string,
  object: MapSchema,
  value: Readonly<Record<string, unknown>>,
): { readonly mistake: Mistake; readonly suggested?: string | undefined } {
  if (forbiddenKeys.has(key)) return { mistake: makeMistake(`Key ${quote(key)} is not allowed`) };
  const known = Object.keys(object.entries).filter((name) => name !== "$schema");
  // What is there already was not meant by another word.
  const free = known.filter((name) => !Object.hasOwn(value, name));
  const title = titleOf(object);
  const what = `Unknown key ${quote(key)} ${title === topLevel ? "at" : "in"} ${title}`;
  const suggestion = suggestKey(key, free, walk.owners) ?? suggestTwice(key, known);
  if (suggestion === undefined) return { mistake: makeMistake(what, oneOf(known)) };
  return { mistake: makeMistake(what, undefined, suggestion.hint), suggested: suggestion.key };
}

/** A slip in a key that is there already, right, beside it. */
function suggestTwice(key: string, known: readonly string[]): Suggestion | undefined {
  const close = nearest(key, known);
  return close === undefined ? undefined : { hint: `did you mean ${quote(close)}, which is there already?` };
}

function missingKey(key: string, schema: Schema, path: ConfigPath): Mistake {
  const place = formatPath(path);
  return makeMistake(`${quote(key)} is missing${place === "" ? "" : ` in ${place}`}`, expectation(schema));
}

/** What an absent value should have been: in a leaf's own words, or by the description of a container. */
function expectation(schema: Schema): string | undefined {
  if (asContainer(schema) === undefined) {
    const [issue] = safeParse(schema, undefined).issues ?? [];
    return issue?.expected ?? undefined;
  }
  const description = getDescription(schema)?.replace(/\.$/, "");
  return description === undefined ? undefined : description.charAt(0).toLowerCase() + description.slice(1);
}

function reportKind(walk: Walk, path: ConfigPath, value: unknown, expected: string): void {
  report(walk, path, "value", makeMistake(`Value is ${describeValue(value)}`, expected, kindHint(value, expected)));
}

function kindHint(value: unknown, expected: string): string | undefined {
  if (expected === "a list") return typeof value === "string" ? `write [${quote(value)}]` : undefined;
  return Array.isArray(value) && expected === "a map of names"
    ? "give each a name instead of a dash or brackets"
    : undefined;
}

function report(walk: Walk, path: ConfigPath, part: EntryPart, mistake: Mistake): void {
  walk.problems.push({ ...mistake, path, part });
}

function titleOf(schema: Schema): string {
  return getTitle(schema) ?? "";
}

function findOwners(schema: Schema): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  const look = (inner: Schema): void => {
    const container = asContainer(inner);
    switch (container?.type) {
      case "optional":
        look(container.wrapped);
        return;
      case "union":
        for (const option of container.options) look(option);
        return;
      case "array":
        look(container.item);
        return;
      case "record":
        look(container.value);
        return;
      case "strict_object":
        for (const [key, entry] of Object.entries(container.entries)) {
          owners.set(key, [...new Set([...(owners.get(key) ?? []), titleOf(inner)])]);
          look(entry);
        }
        return;
      default:
    }
  };
  look(schema);
  return owners;
}
