/** What is wrong with a piece of text, without its place, and the result of reading one. */

/** What is wrong, what was expected and what to do about it. */
export interface Mistake {
  /** The present state: capital first, no period, the user's words quoted. */
  readonly what: string;
  /** What would have been right; reads on after "expected". */
  readonly expected?: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** What a reader of text returns: it never throws. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly mistake: Mistake };

/** A value that was read. */
export function parsed<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** A text that could not be read. */
export function mistaken(
  what: string,
  expected?: string,
  hint?: string,
): { readonly ok: false; readonly mistake: Mistake } {
  return { ok: false, mistake: makeMistake(what, expected, hint) };
}

/** Builds a mistake, leaving out what there is nothing to say about. */
export function makeMistake(what: string, expected?: string, hint?: string): Mistake {
  return { what, ...(expected === undefined ? {} : { expected }), ...(hint === undefined ? {} : { hint }) };
}

/** Puts text in double quotes: one line, printable, at most 60 characters of it. */
export function quote(text: string): string {
  const short = text.length > maxQuoted ? `${text.slice(0, maxQuoted - 1)}…` : text;
  return JSON.stringify(short).replace(unprintable, escapeCharacter);
}

/** Names a value of a config file in words: `the text "two"`, `the number 5`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (typeof value === "string") return `the text ${quote(value)}`;
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "boolean") return `${value}`;
  if (Array.isArray(value)) return "a list";
  return value instanceof Date ? "a date" : "a map";
}

/** Joins words the way a sentence does: `a, b or c`. One that is not a plain word, such as a wrong name, is quoted. */
export function oneOf(words: readonly string[]): string {
  const shown = words.map((word) => (plainWord.test(word) ? word : quote(word)));
  const last = shown.at(-1) ?? "";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} or ${last}`;
}

const plainWord = /^[\w.-]+$/;

const maxQuoted = 60;

/** JSON leaves these as they are; on a terminal they hide or reorder text. */
const unprintable = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
