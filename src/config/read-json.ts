/**
 * Reads JSON (RFC 8259, no comments) to plain values with places.
 *
 * By hand, because JSON.parse drops the first of two equal keys without a word, knows no places, and words its errors
 * differently on each runtime; and because a YAML parser takes far more for JSON than JSON is.
 */
import type { ConfigPath } from "./config-error.ts";
import { makeMistake, quote } from "./mistake.ts";
import type { Mistake } from "./mistake.ts";
import { makeMap, maxDepth } from "./source.ts";
import type { Source } from "./source.ts";

/** The content of the text; undefined when it is empty or a syntax error was reported. */
export function readJson(source: Source): unknown {
  const cursor: Cursor = { source, at: 0 };
  try {
    skipSpace(cursor);
    if (cursor.at === source.text.length) return undefined;
    const value = readValue(cursor, []);
    skipSpace(cursor);
    if (cursor.at < source.text.length) fail(cursor, "Text goes on after the end of the config", "one JSON value");
    return value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    source.report([], error.offset, error.mistake);
    return undefined;
  }
}

interface Cursor {
  readonly source: Source;
  at: number;
}

/** Ends the reading; never leaves this file. */
class JsonSyntaxError extends Error {
  readonly offset: number;
  readonly mistake: Mistake;

  constructor(offset: number, mistake: Mistake) {
    super(mistake.what);
    this.offset = offset;
    this.mistake = mistake;
  }
}

function fail(cursor: Cursor, what: string, expected?: string, hint?: string): never {
  throw new JsonSyntaxError(cursor.at, makeMistake(`JSON syntax: ${what}`, expected, hint));
}

function readValue(cursor: Cursor, path: ConfigPath, keyOffset?: number): unknown {
  const { source, at } = cursor;
  source.place(path, at, keyOffset);
  if (path.length > maxDepth) fail(cursor, `Value is nested more than ${maxDepth} levels deep`);
  const character = source.text[at];
  if (character === "{") return readMap(cursor, path);
  if (character === "[") return readList(cursor, path);
  if (character === '"') {
    // JSON has no unquoted text, so a quoted reference is the only way to write a number from a variable.
    return source.scalar(path, readString(cursor), { start: at, end: cursor.at, quoted: false });
  }
  literal.lastIndex = at;
  const word = literal.exec(source.text)?.[0];
  if (word === undefined) return fail(cursor, unexpected(cursor), "a value", quoteHint(cursor));
  cursor.at += word.length;
  return JSON.parse(word);
}

function readMap(cursor: Cursor, path: ConfigPath): unknown {
  const { source } = cursor;
  const map = makeMap();
  const firstOffsets = new Map<string, number>();
  cursor.at += 1;
  skipSpace(cursor);
  if (take(cursor, "}")) return map;
  for (;;) {
    if (source.text[cursor.at] !== '"') fail(cursor, unexpected(cursor), "a key in double quotes", commaHint(cursor));
    const keyOffset = cursor.at;
    const key = readString(cursor);
    skipSpace(cursor);
    if (!take(cursor, ":")) fail(cursor, unexpected(cursor), '":" after the key');
    skipSpace(cursor);
    const first = firstOffsets.get(key);
    if (first === undefined) {
      firstOffsets.set(key, keyOffset);
      map[key] = readValue(cursor, [...path, key], keyOffset);
    } else {
      source.report(
        path,
        keyOffset,
        makeMistake(
          `Key ${quote(key)} is already set on line ${source.position(first).line}`,
          undefined,
          "remove one of the two",
        ),
      );
      skipValue(cursor, path);
    }
    skipSpace(cursor);
    if (take(cursor, "}")) return map;
    if (!take(cursor, ",")) fail(cursor, unexpected(cursor), '"," or "}"');
    skipSpace(cursor);
  }
}

function readList(cursor: Cursor, path: ConfigPath): unknown {
  const list: unknown[] = [];
  cursor.at += 1;
  skipSpace(cursor);
  if (take(cursor, "]")) return list;
  for (;;) {
    if (cursor.source.text[cursor.at] === "]") fail(cursor, unexpected(cursor), "a value", commaHint(cursor));
    list.push(readValue(cursor, [...path, list.length]));
    skipSpace(cursor);
    if (take(cursor, "]")) return list;
    if (!take(cursor, ",")) fail(cursor, unexpected(cursor), '"," or "]"');
    skipSpace(cursor);
  }
}

/** Goes past the value of a key that is there twice, without touching the places of the first. */
function skipValue(cursor: Cursor, path: ConfigPath): void {
  const silent: Source = { ...cursor.source, place: () => undefined, scalar: () => undefined };
  const inner: Cursor = { source: silent, at: cursor.at };
  readValue(inner, [...path, ""]);
  cursor.at = inner.at;
}

function readString(cursor: Cursor): string {
  const { text } = cursor.source;
  string.lastIndex = cursor.at;
  const raw = string.exec(text)?.[0];
  if (raw !== undefined) {
    cursor.at += raw.length;
    return JSON.parse(raw) as string;
  }
  // Where the string goes wrong: after the part that is right.
  stringStart.lastIndex = cursor.at;
  const right = stringStart.exec(text)?.[0].length ?? 1;
  const wrong = text[cursor.at + right];
  if (wrong === "\\") {
    cursor.at += right;
    return fail(
      cursor,
      `Escape ${quote(text.slice(cursor.at, cursor.at + 2))} is not known`,
      undefined,
      'for a backslash write "\\\\"',
    );
  }
  return fail(cursor, "Text has no closing quote on its line");
}

function skipSpace(cursor: Cursor): void {
  space.lastIndex = cursor.at;
  cursor.at += space.exec(cursor.source.text)?.[0].length ?? 0;
  const next = cursor.source.text.slice(cursor.at, cursor.at + 2);
  if (next.startsWith("#") || next === "//" || next === "/*") {
    fail(cursor, "Comments are not part of JSON", undefined, "use YAML or TOML for a config with comments");
  }
}

function take(cursor: Cursor, character: string): boolean {
  if (cursor.source.text[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
}

function unexpected(cursor: Cursor): string {
  const code = cursor.source.text.codePointAt(cursor.at);
  return code === undefined ? "File ends too early" : `Unexpected ${quote(String.fromCodePoint(code))}`;
}

function commaHint(cursor: Cursor): string | undefined {
  const before = cursor.source.text.slice(0, cursor.at).trimEnd();
  const closes = "]}".includes(cursor.source.text[cursor.at] ?? " ");
  return closes && before.endsWith(",") ? "remove the comma before it" : undefined;
}

function quoteHint(cursor: Cursor): string | undefined {
  return /['\w.$]/.test(cursor.source.text[cursor.at] ?? "") ? "put text into double quotes" : undefined;
}

const space = /[ \t\r\n]*/y;
const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.$])/y;
const string = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const stringStart = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y;
