/** Paths of routes: what they match, and what a rewrite puts in their place. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** What a path without a query looks like, for JSON Schema. */
export const routePathPattern = '^/[!"$-/0->@-~]*$';

/** Reads a path that is matched whole, or as a prefix. */
export function parseRoutePath(text: string): Parsed<string> {
  const expected = "a path from the root such as /api";
  if (text.length > maxPathLength)
    return mistaken(`Path is ${text.length} characters long`, `at most ${maxPathLength}`);
  const url = /^https?:\/\/[^/]*(\/.*)?$/i.exec(text);
  if (url !== null) {
    return mistaken(`Path ${quote(text)} is a URL`, expected, `write ${quote(url[1] ?? "/")}; its host is "host"`);
  }
  if (!text.startsWith("/")) {
    return mistaken(`Path ${quote(text)} does not start with "/"`, expected, `write ${quote(`/${text}`)}`);
  }
  if (text.includes("?")) {
    const hint = `write ${quote(text.slice(0, text.indexOf("?")))}; what is behind the "?" is "query"`;
    return mistaken(`Path ${quote(text)} has a query in it`, expected, hint);
  }
  const bad = badCharacter(text);
  if (bad !== undefined) return mistaken(`Path ${quote(text)} has ${bad.what} in it`, expected, bad.hint);
  const dots = text.split("/").find((segment) => dotSegment.test(segment));
  if (dots !== undefined) {
    const hint = "requests are matched after such parts are resolved";
    return mistaken(
      `Path ${quote(text)} has the part ${quote(dots)}, which no path that is matched has`,
      expected,
      hint,
    );
  }
  const broken = /%(?![\da-f]{2})/i.exec(text);
  if (broken !== null) {
    return mistaken(
      `Path ${quote(text)} has a "%" without two hex digits`,
      expected,
      'write "%25" for the character itself',
    );
  }
  return parsed(text);
}

/** Reads a template: segments, of which `:name` stands for any one, and a last `*name` for any number. */
export function parseTemplate(text: string): Parsed<string> {
  const expected = "a path such as /users/:id or /files/*rest";
  const braces = /\{(\w+)\}/.test(text) ? text.replaceAll(/\{(\w+)\}/g, ":$1") : undefined;
  if (braces !== undefined)
    return mistaken(`Template ${quote(text)} has a name in braces`, expected, `write ${quote(braces)}`);
  const path = parseRoutePath(text);
  if (!path.ok) return path;
  const seen = new Set<string>();
  const segments = text.slice(1).split("/");
  for (const [index, segment] of segments.entries()) {
    if (!segment.startsWith(":") && !segment.startsWith("*")) continue;
    const name = segment.slice(1);
    if (!parameterName.test(name)) {
      const what = name === "" ? "has no name" : `is followed by ${quote(name)}`;
      return mistaken(
        `${quote(segment.charAt(0))} in template ${quote(text)} ${what}`,
        `a name of letters, digits and "_"`,
      );
    }
    if (segment.startsWith("*") && index < segments.length - 1) {
      return mistaken(`${quote(segment)} in template ${quote(text)} is not its last part`, expected);
    }
    if (seen.has(name)) {
      return mistaken(`Template ${quote(text)} has the name ${quote(name)} twice`, "each name once");
    }
    seen.add(name);
  }
  return parsed(text);
}

/** The names in a template. */
export function templateNames(template: string): readonly string[] {
  return template
    .split("/")
    .filter((segment) => segment.startsWith(":") || segment.startsWith("*"))
    .map((segment) => segment.slice(1));
}

/** Reads a query that takes the place of a request's. */
export function parseQueryText(text: string): Parsed<string> {
  const expected = "a query such as a=1&b=2";
  if (text.length > maxPathLength)
    return mistaken(`Query is ${text.length} characters long`, `at most ${maxPathLength}`);
  if (text.startsWith("?"))
    return mistaken(`Query ${quote(text)} starts with "?"`, expected, `write ${quote(text.slice(1))}`);
  const bad = badCharacter(text);
  return bad === undefined ? parsed(text) : mistaken(`Query ${quote(text)} has ${bad.what} in it`, expected, bad.hint);
}

const maxPathLength = 2048;

const dotSegment = /^(?:\.|%2e){1,2}$/i;

const parameterName = /^[A-Za-z_]\w{0,31}$/;

function badCharacter(text: string): { readonly what: string; readonly hint: string } | undefined {
  for (const character of text) {
    if (character < " " || character === "\u007f") return { what: "a control character", hint: "leave it out" };
    if (character === " ") return { what: "a space", hint: 'write "%20" for it' };
    if (character === "#") return { what: "a fragment", hint: 'leave out what follows the "#"; it is not sent' };
    if (character === "\\") return { what: "a backslash", hint: 'write "/" for it' };
    if (character > "~") return { what: "letters beyond ASCII", hint: "write them percent-encoded" };
  }
  return undefined;
}
