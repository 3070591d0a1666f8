/** Valibot schemas of single values. Each reads, judges and words its own mistakes, and tells JSON Schema its form. */
import * as v from "valibot";
import type { Address } from "../core/runtime/address.ts";
import { addressForms, parseAddress } from "./address.ts";
import type { AddressRole } from "./address.ts";
import { durationPattern, formatDuration, parseDuration } from "./duration.ts";
import { describeValue, mistaken, oneOf, parsed, quote } from "./mistake.ts";
import type { Mistake, Parsed } from "./mistake.ts";
import { formatSize, parseSize, sizePattern } from "./size.ts";
import { suggestValue } from "./suggest.ts";

/** A schema of one value that comes out as T. */
export type Leaf<T> = v.GenericSchema<unknown, T>;

/** The lowest and highest value allowed. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/**
 * Makes a schema out of a reading function; `form` is its JSON Schema, with the description.
 * A mistake whose `what` starts with the word "Value" gets the name of the key in its place.
 */
export function leaf<T>(form: LeafForm, read: (input: unknown) => Parsed<T>): Leaf<T> {
  return v.pipe(
    v.unknown(),
    v.metadata({ ...form }),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const result = read(dataset.value);
      if (result.ok) return result.value;
      addIssue(encodeMistake(result.mistake));
      return NEVER;
    }),
  );
}

/** What JSON Schema says about a value. */
export interface LeafForm {
  readonly description: string;
  readonly type: string | readonly string[];
  readonly [keyword: string]: unknown;
}

/** What JSON Schema says about a text, beside its type. */
export interface TextForm {
  readonly description: string;
  readonly [keyword: string]: unknown;
}

/** A schema of text that a function reads further. */
export function text<T>(form: TextForm, expected: string, read: (input: string) => Parsed<T>): Leaf<T> {
  return leaf({ type: "string", ...form }, (input) =>
    typeof input === "string" ? read(input) : wrongKind(input, expected),
  );
}

/** An address to listen on or to connect to. */
export function address(role: AddressRole, description: string): Leaf<Address> {
  const pattern =
    role === "listener"
      ? "^(unix:[/@].+|(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]/\\s]*):\\d+)$"
      : "^(unix:[/@].+|(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]/\\s*]+):\\d+)$";
  return text({ description, pattern, examples: addressExamples[role] }, addressForms[role], (input) =>
    parseAddress(input, role),
  );
}

/** A duration in milliseconds within bounds; with `off`, also the words that switch it off, read as 0. */
export function duration(
  description: string,
  { min, max, off = false }: Bounds & { readonly off?: boolean },
): Leaf<number> {
  const expected = `${off ? "off or " : ""}a duration from ${formatDuration(min)} to ${formatDuration(max)}`;
  const form = durationForm(description, { min, off });
  return leaf(form, (input) => {
    if (off && isOff(input)) return parsed(0);
    // A number is taken for text so that the message is about its missing unit.
    const written = typeof input === "number" ? String(input) : input;
    if (typeof written !== "string") return wrongKind(input, expected);
    const read = parseDuration(written);
    if (!read.ok || (read.value >= min && read.value <= max)) return read;
    return mistaken(`Duration ${quote(written)} is too ${read.value < min ? "short" : "long"}`, expected);
  });
}

/** A size in bytes within bounds. */
export function size(description: string, { min, max }: Bounds): Leaf<number> {
  const expected = `a size from ${formatSize(min)} to ${formatSize(max)}`;
  return leaf({ description, type: "string", pattern: sizePattern }, (input) => {
    const written = typeof input === "number" ? String(input) : input;
    if (typeof written !== "string") return wrongKind(input, expected);
    const read = parseSize(written);
    if (!read.ok || (read.value >= min && read.value <= max)) return read;
    return mistaken(`Size ${quote(written)} is too ${read.value < min ? "small" : "large"}`, expected);
  });
}

/** A whole number within bounds. */
export function integer(description: string, { min, max }: Bounds): Leaf<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return leaf({ description, type: "integer", minimum: min, maximum: max }, (input) => {
    if (typeof input !== "number") return wrongKind(input, expected, unquoteHint(input, /^\d+$/));
    const fits = Number.isInteger(input) && input >= min && input <= max;
    return fits ? parsed(input) : mistaken(`Value is ${input}`, expected);
  });
}

/** True or false. */
export function flag(description: string): Leaf<boolean> {
  return leaf({ description, type: "boolean" }, (input) => {
    return typeof input === "boolean" ? parsed(input) : wrongKind(input, "true or false", booleanHint(input));
  });
}

/** One word of a list. */
export function choice<const T extends string>(description: string, words: readonly T[]): Leaf<T> {
  const expected = oneOf(words);
  return leaf({ description, type: "string", enum: words }, (input) => {
    const word = words.find((candidate) => candidate === input);
    if (word !== undefined) return parsed(word);
    return wrongKind(input, expected, typeof input === "string" ? suggestValue(input, words) : undefined);
  });
}

/** Whether the value is one of those that switch something off; YAML 1.2 reads `off` as text, TOML has only false. */
export function isOff(input: unknown): boolean {
  return input === false || input === "off";
}

/** A mistake about the kind of a value. */
export function wrongKind(
  input: unknown,
  expected: string,
  hint?: string,
): { readonly ok: false; readonly mistake: Mistake } {
  return mistaken(`Value is ${describeValue(input)}`, expected, hint);
}

/** What {@link leaf} put into an issue; valibot has no field for a hint, so it travels as the second line. */
export function decodeMistake(issue: v.BaseIssue<unknown>): Mistake {
  const [what = "", hint] = issue.message.split("\n");
  return {
    what,
    ...(issue.expected === null ? {} : { expected: issue.expected }),
    ...(hint === undefined ? {} : { hint }),
  };
}

const addressExamples: Readonly<Record<AddressRole, readonly string[]>> = {
  listener: ["127.0.0.1:8080", ":8080", "[::1]:8080", "unix:/run/geryon.sock"],
  endpoint: ["10.0.0.1:5432", "db.internal:5432", "[fd00::1]:5432", "unix:/run/app.sock"],
};

function durationForm(description: string, { min, off }: { readonly min: number; readonly off: boolean }): LeafForm {
  if (off) return { description, type: ["string", "boolean"], pattern: `^off$|${durationPattern}` };
  if (min > 0) return { description, type: "string", pattern: durationPattern };
  return { description, type: ["string", "number"], pattern: durationPattern, minimum: 0, maximum: 0 };
}

function encodeMistake({ what, expected, hint }: Mistake): { message: string; expected?: string } {
  const message = hint === undefined ? what : `${what}\n${hint}`;
  return expected === undefined ? { message } : { message, expected };
}

function unquoteHint(input: unknown, shape: RegExp): string | undefined {
  return typeof input === "string" && shape.test(input) ? "write it without quotes" : undefined;
}

function booleanHint(input: unknown): string | undefined {
  if (typeof input !== "string") return undefined;
  const word = input.toLowerCase();
  if (word === "true" || word === "false") return "write it without quotes";
  if (word === "yes" || word === "on") return "write true";
  return word === "no" || word === "off" ? "write false" : undefined;
}
