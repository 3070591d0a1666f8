/** Reads TOML 1.0 to plain values with places. */
import { ParseError, parseTOML } from "toml-eslint-parser";
import type { AST } from "toml-eslint-parser";
import type { ConfigPath } from "./config-error.ts";
import { makeMistake, quote } from "./mistake.ts";
import type { Mistake } from "./mistake.ts";
import { makeMap, maxDepth } from "./source.ts";
import type { Source } from "./source.ts";

/** The content of the text; undefined when it is empty or a syntax error was reported. */
export function readToml(source: Source): unknown {
  const program = parse(source);
  if (program === undefined) return undefined;
  const [top] = program.body;
  const root = makeMap();
  source.place([], 0);
  for (const item of top.body) {
    if (item.type === "TOMLKeyValue") readKeyValue(source, item, root, []);
    else readTable(source, item, root);
  }
  return top.body.length === 0 ? undefined : root;
}

type Content = AST.TOMLKeyValue["value"];
type Container = Record<string | number, unknown>;

function parse(source: Source): AST.TOMLProgram | undefined {
  try {
    return parseTOML(source.text, { tomlVersion: "1.0" });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    source.report([], error.index, syntaxMistake(error, source.text));
    return undefined;
  }
}

/** `[a.b]` and `[[a.b]]`: the resolved key has the index of each list in it, the written key has not. */
function readTable(source: Source, table: AST.TOMLTable, root: Container): void {
  let names = 0;
  let container = root;
  const path: (string | number)[] = [];
  if (isTooDeep(source, table.key, table.resolvedKey.length)) return;
  for (const [index, step] of table.resolvedKey.entries()) {
    path.push(step);
    const key = table.key.keys[typeof step === "string" ? names++ : names - 1];
    const next = table.resolvedKey[index + 1];
    container = enter(source, container, path, key?.range[0] ?? 0, typeof next === "number");
  }
  for (const item of table.body) readKeyValue(source, item, container, path);
}

function readKeyValue(source: Source, item: AST.TOMLKeyValue, into: Container, base: ConfigPath): void {
  let container = into;
  const path = [...base];
  if (isTooDeep(source, item.key, base.length + item.key.keys.length)) return;
  for (const [index, key] of item.key.keys.entries()) {
    const name = key.type === "TOMLBare" ? key.name : key.value;
    path.push(name);
    const last = index === item.key.keys.length - 1;
    if (last) container[name] = readValue(source, item.value, path, key.range[0]);
    else container = enter(source, container, path, key.range[0], false);
  }
}

/** Steps into the map or list at the end of the path, made when it is new. */
function enter(source: Source, container: Container, path: ConfigPath, keyOffset: number, list: boolean): Container {
  const step = path.at(-1) ?? "";
  const existing = container[step];
  if (typeof existing === "object" && existing !== null) return existing as Container;
  const made = list ? [] : makeMap();
  container[step] = made;
  source.place(path, keyOffset, typeof step === "string" ? keyOffset : undefined);
  return made as Container;
}

/** Refuses long dotted keys, which nest as deep as they are long. */
function isTooDeep(source: Source, key: AST.TOMLKey, depth: number): boolean {
  if (depth > maxDepth) source.report([], key.range[0], makeMistake(`Key is nested more than ${maxDepth} levels deep`));
  return depth > maxDepth;
}

function readValue(source: Source, node: Content, path: ConfigPath, keyOffset?: number): unknown {
  const [start, end] = node.range;
  source.place(path, start, keyOffset);
  if (path.length > maxDepth) {
    source.lose(path, start, makeMistake(`Value is nested more than ${maxDepth} levels deep`));
    return undefined;
  }
  if (node.type === "TOMLArray")
    return node.elements.map((element, index) => readValue(source, element, [...path, index]));
  if (node.type === "TOMLInlineTable") {
    const map = makeMap();
    for (const item of node.body) readKeyValue(source, item, map, path);
    return map;
  }
  // TOML has no unquoted text, so a quoted reference is the only way to write a number from a variable.
  if (node.kind === "string") return source.scalar(path, node.value, { start, end, quoted: false });
  return node.value;
}

function syntaxMistake(error: ParseError, text: string): Mistake {
  const rest = text.slice(error.index);
  if (error.message.startsWith("Defining a key multiple times")) {
    const key = /^(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)/.exec(rest)?.[0] ?? "";
    return makeMistake(
      `Key ${quote(key.replaceAll(/^["']|["']$/g, ""))} is set twice`,
      undefined,
      "remove one of the two",
    );
  }
  return makeMistake(`TOML syntax: ${error.message}`, undefined, syntaxHint(error, text, rest));
}

function syntaxHint(error: ParseError, text: string, rest: string): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", error.index - 1) + 1, error.index);
  const unquoted = /=\s*[\w.:-]*$/.test(line) && /^[\w.:/*$-]/.test(rest);
  return unquoted ? "put quotes around text" : undefined;
}
