/** Valibot schemas of single values. Each reads, judges and words its own mistakes, and tells JSON Schema its form. */
import * as v from "valibot";
import type { Address, ListenAddress } from "../core/runtime/address.ts";
import { addressForms, parseAddress } from "./address.ts";
import type { AddressRole } from "./address.ts";
import { parseListenAddress } from "./listen-address.ts";
import { describeValue, mistaken, oneOf, parsed } from "./mistake.ts";
import type { Mistake, Parsed } from "./mistake.ts";
import { suggestValue } from "./suggest.ts";

/** A schema of one value that comes out as T. */
export type Leaf<T> = v.GenericSchema<unknown, T>;

/** The lowest and highest value allowed. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  /** What to say to who went beyond them; of whole numbers, below them. */
  readonly hint?: string;
}

/**
 * Makes a schema out of a reading function; `form` is its JSON Schema, with the description.
 * A mistake whose `what` starts with the word "Value" gets the name of the key in its place.
 */
export function leaf<T>(form: LeafForm, read: (input: unknown) => Parsed<T>): Leaf<T> {
  return v.pipe(v.unknown(), v.metadata({ ...form }), reading(read));
}

/** A schema of the keys of a map, which a function reads. */
export function keyText(form: TextForm, read: (input: string) => Parsed<string>): v.GenericSchema<string> {
  return v.pipe(v.string(), v.metadata({ ...form }), reading(read));
}

function reading<I, O>(read: (input: I) => Parsed<O>): v.RawTransformAction<I, O> {
  return v.rawTransform<I, O>(({ dataset, addIssue, NEVER }) => {
    const result = read(dataset.value);
    if (result.ok) return result.value;
    addIssue(encodeMistake(result.mistake));
    return NEVER;
  });
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

/** What a listener accepts on: an address, or the descriptor of a socket. */
export function listenAddress(description: string): Leaf<ListenAddress> {
  const pattern = "^(unix:[/@].+|fd:\\d+|(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]/\\s]*):\\d+)$";
  const examples = [...addressExamples.listener, "fd:3"];
  return text({ description, pattern, examples }, addressForms.listener, parseListenAddress);
}

/** A whole number within bounds. */
export function integer(description: string, bounds: Bounds): Leaf<number> {
  const { min, max } = bounds;
  return leaf({ description, type: "integer", minimum: min, maximum: max }, (input) =>
    readInteger(input, bounds, wholeNumber(bounds)),
  );
}

/** A whole number within bounds, or a word in its place; the word may be `off`, and is then `false`, too. */
export function integerOr<const W extends "auto" | "off">(
  description: string,
  word: W,
  bounds: Bounds,
): Leaf<number | W> {
  const { min, max } = bounds;
  const type = ["integer", "string", ...(word === "off" ? ["boolean"] : [])];
  const expected = `${word} or ${wholeNumber(bounds)}`;
  return leaf({ description, type, pattern: `^${word}$`, minimum: min, maximum: max }, (input): Parsed<number | W> => {
    return input === word || (word === "off" && isOff(input)) ? parsed(word) : readInteger(input, bounds, expected);
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

/** One word of a list that has `off` in it, for which `false` does, too. */
export function choiceOrOff<const T extends string>(
  description: string,
  words: readonly (T | "off")[],
): Leaf<T | "off"> {
  const expected = oneOf(words);
  return leaf({ description, type: ["string", "boolean"], enum: [...words, false] }, (input): Parsed<T | "off"> => {
    if (isOff(input)) return parsed("off");
    const word = words.find((candidate) => candidate === input);
    if (word !== undefined) return parsed(word);
    return wrongKind(input, expected, typeof input === "string" ? suggestValue(input, words) : undefined);
  });
}

/** What stands in the place of a map or list to switch off what it is about; `example` is such a map or list. */
export function offSwitch(description: string, example: string, whenOn?: string): Leaf<false> {
  return leaf<false>({ description, type: ["string", "boolean"], enum: ["off", false] }, (input) => {
    if (isOff(input)) return parsed<false>(false);
    const on = input === true || input === "on" || input === null;
    const kind = example.startsWith("[") ? "list" : "map";
    return wrongKind(input, `off, or a ${kind} such as ${example}`, on ? whenOn : undefined);
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

function encodeMistake({ what, expected, hint }: Mistake): { message: string; expected?: string } {
  const message = hint === undefined ? what : `${what}\n${hint}`;
  return expected === undefined ? { message } : { message, expected };
}

function wholeNumber({ min, max }: Bounds): string {
  return `a whole number from ${min} to ${max}`;
}

function readInteger(input: unknown, { min, max, hint }: Bounds, expected: string): Parsed<number> {
  if (typeof input !== "number") return wrongKind(input, expected, unquoteHint(input, /^\d+$/));
  const fits = Number.isInteger(input) && input >= min && input <= max;
  return fits ? parsed(input) : mistaken(`Value is ${input}`, expected, input < min ? hint : undefined);
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
