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
  const hint = "a crafted request could keep it busy for hours: repeat once, or use pathTemplate";
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
 * begin alike; undefined when there is none. `(?:abc)+`, `(?:ab|cd)+` and `[^/]+` are fine.
 */
function findNestedRepetition(text: string): string | undefined {
  const open: Group[] = [startGroup(text, 0, 0)];
  let at = 0;
  let dots = 0;
  while (at < text.length) {
    const start = at;
    const group = open.at(-1) as Group;
    let closed: Group | undefined;
    if (text[at] === "(") {
      const [head = "("] = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(text.slice(at)) ?? [];
      at += head.length;
      open.push(startGroup(text, start, at));
      continue;
    }
    if (text[at] === "|") {
      at += 1;
      group.branches.push(text.charAt(at));
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
    const { length, least, most } = readQuantifier(text.slice(at));
    at += length;
    const inner = closed === undefined ? Freedom.fixed : freedomOf(closed);
    if (most > 1 && inner === Freedom.unbounded) return text.slice(closed?.start ?? start, at);
    if (most > maxBoundedRepeats && inner !== Freedom.fixed) return text.slice(closed?.start ?? start, at);
    // A third `.*` makes the time the cube of the length.
    if (text[start] === "." && most > maxBoundedRepeats) dots += 1;
    if (dots > 2) return text;
    const own = most > maxBoundedRepeats ? Freedom.unbounded : most > least ? Freedom.bounded : Freedom.fixed;
    const outer = open.at(-1) as Group;
    outer.freedom = Math.max(outer.freedom, inner, own);
  }
  return undefined;
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
