/** Regular expressions of routes: they compile, and no text that clients can send keeps them busy. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** How long an expression may be. */
export const maxExpressionLength = 512;

/**
 * Reads an ECMAScript expression, as the flag `u` reads it. One whose time grows faster than the square of the text
 * that it looks at is refused, as far as its form shows it: against `(a+)+` forty letters take hours.
 */
export function parseExpression(text: string): Parsed<string> {
  if (text === "") return mistaken("Expression is empty", "an ECMAScript regular expression");
  if (text.length > maxExpressionLength) {
    return mistaken(`Expression is ${text.length} characters long`, `at most ${maxExpressionLength}`);
  }
  const delimited = /^\/(.*)\/[a-z]+$/s.exec(text)?.[1];
  if (delimited !== undefined) {
    const what = `Expression ${quote(text)} is written between slashes, with flags`;
    return mistaken(what, "the expression alone", `write ${quote(delimited)}`);
  }
  try {
    void new RegExp(text, "u");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return mistaken(`Expression ${quote(text)} does not compile: ${reason}`);
  }
  const nested = findNestedRepetition(text);
  if (nested === undefined) return parsed(text);
  const hint = "a crafted request could keep it busy for hours: repeat only what can match in one way";
  return mistaken(
    `Expression ${quote(text)} repeats what can match in several ways: ${quote(nested)}`,
    undefined,
    hint,
  );
}

/** How many groups an expression has that `$1`, `$2`, ... stand for. */
export function countGroups(expression: string): number {
  return (new RegExp(`${expression}|`, "u").exec("")?.length ?? 1) - 1;
}

/** How many texts a part of an expression may match at one place. */
const Freedom = { fixed: 0, bounded: 1, unbounded: 2 } as const;

interface Group {
  readonly start: number;
  freedom: number;
  /** How the alternatives begin, as far as they were read. */
  readonly branches: string[];
}

/**
 * The first part of an expression that compiles which repeats something of several lengths, or alternatives that may
 * begin alike, or which repeats three times in a row what the same text may match; undefined when there is none.
 * `(?:abc)+`, `(?:ab|cd)+` and `/[^/]+/[^/]+/[^/]+` are fine.
 */
function findNestedRepetition(text: string): string | undefined {
  const open: Group[] = [startGroup(text, 0, 0)];
  const row = new Row(text);
  let at = 0;
  while (at < text.length) {
    const start = at;
    let closed: Group | undefined;
    if (text[at] === "(") {
      const [head = "("] = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(text.slice(at)) ?? [];
      at += head.length;
      open.push(startGroup(text, start, at));
      continue;
    }
    if (text[at] === "|") {
      at += 1;
      (open.at(-1) as Group).branches.push(text.charAt(at));
      row.unsure();
      continue;
    }
    if (text[at] === ")") {
      closed = open.pop() as Group;
      at += 1;
    } else if (text[at] === "\\") {
      at += escapeLength(text, at);
    } else if (text[at] === "[") {
      at = classEnd(text, at);
    } else {
      at += 1;
    }
    const end = at;
    const { length, least, most } = readQuantifier(text.slice(at));
    at += length;
    const inner = closed === undefined ? Freedom.fixed : freedomOf(closed);
    const endless = most > maxBoundedRepeats;
    if (inner > (endless ? Freedom.fixed : Freedom.bounded) && most > 1) return text.slice(closed?.start ?? start, at);
    if (closed !== undefined && (least === 0 || closed.branches.length > 1)) row.unsure();
    const first = closed?.start ?? start;
    const repeated = endless ? row.repeat(first, end) : row.pass(first, end, least, closed !== undefined);
    if (repeated !== undefined) return text.slice(repeated, at);
    const own = endless ? Freedom.unbounded : most > least ? Freedom.bounded : Freedom.fixed;
    const outer = open.at(-1) as Group;
    outer.freedom = Math.max(outer.freedom, inner, own);
  }
  return undefined;
}

/**
 * Repetitions without an end, one behind the other, between which nothing tells where one ends and the next begins: the
 * time is the length of the text to the power of their number.
 */
class Row {
  readonly #text: string;
  /** Where they begin. */
  readonly #starts: number[] = [];
  /** What the last one repeats. */
  #atom = "";
  /** A character stands behind it that it does not match. */
  #separated = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Another one; where the row begins when it has become too long. */
  repeat(start: number, end: number): number | undefined {
    if (this.#separated) this.#starts.length = 0;
    this.#starts.push(start);
    this.#atom = this.#text.slice(start, end);
    this.#separated = false;
    return this.#starts.length > maxRow ? this.#starts[0] : undefined;
  }

  /** Something that is not repeated without an end. */
  pass(start: number, end: number, least: number, isGroup: boolean): undefined {
    const literal = /^(?:\\([^\w\s])|([^\\[\]^$.]))$/su.exec(this.#text.slice(start, end));
    if (least === 0 || isGroup || literal === null || this.#starts.length === 0) return;
    if (!canMatch(this.#atom, literal[1] ?? literal[2] ?? "")) this.#separated = true;
  }

  /** What stood behind the last one may be absent. */
  unsure(): void {
    this.#separated = false;
  }
}

/** The square of a text's length is bearable, as texts are short; the cube is not. */
const maxRow = 2;

/** A group is not looked into. */
function canMatch(atom: string, character: string): boolean {
  if (atom.startsWith("(")) return true;
  try {
    return new RegExp(`^${atom}$`, "u").test(character);
  } catch {
    return true;
  }
}

function startGroup(text: string, start: number, inside: number): Group {
  return { start, freedom: Freedom.fixed, branches: [text.charAt(inside)] };
}

/** Alternatives that begin with different letters are no freedom: the text decides between them. */
function freedomOf({ freedom, branches }: Group): number {
  const distinct = new Set(branches).size === branches.length && branches.every((first) => /[\w/-]/.test(first));
  return branches.length === 1 || distinct ? freedom : Math.max(freedom, Freedom.bounded);
}

/** More of a bounded repetition is as bad as one without an end. */
const maxBoundedRepeats = 10;

interface Quantifier {
  readonly length: number;
  readonly least: number;
  readonly most: number;
}

function readQuantifier(text: string): Quantifier {
  const match = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/.exec(text);
  if (match === null) return { length: 0, least: 1, most: 1 };
  const [{ length }, sign, from = "", comma, to = ""] = match;
  if (sign !== undefined) return { length, least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : Infinity };
  const least = Number(from);
  return { length, least, most: comma === undefined ? least : to === "" ? Infinity : Number(to) };
}

/** `\p{...}` and `\u{...}` have braces that are no quantifier, `\k<...>` a name. */
function escapeLength(text: string, at: number): number {
  const [whole = "\\"] = /^\\(?:[pPu]\{[^}]*\}|k<[^>]*>|.)/su.exec(text.slice(at)) ?? [];
  return whole.length;
}

function classEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== "]") at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
