/** Reads YAML 1.2 (core schema) to plain values with places. */
import { isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Alias, Node, Pair, Scalar, YAMLError, YAMLMap } from "yaml";
import type { ConfigPath } from "./config-error.ts";
import { makeMistake, quote } from "./mistake.ts";
import type { Mistake } from "./mistake.ts";
import { makeMap, maxDepth } from "./source.ts";
import type { Source } from "./source.ts";

/** The content of the text; undefined when it is empty or a syntax error was reported. */
export function readYaml(source: Source): unknown {
  const document = parseDocument(source.text, {
    schema: "core",
    merge: false,
    // Reported here, with the place of the second key, and without hiding other mistakes.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) {
    // One mistake often makes the parser stumble several times; only its first complaint helps.
    source.report([], error.pos[0], syntaxMistake(error, source.text));
    return undefined;
  }
  const walk: Walk = { source, anchors: new Map(), open: new Set(), aliases: 0, nodes: 0 };
  return document.contents === null ? undefined : readNode(walk, document.contents, []);
}

/** Aliases in one file: enough for any config, too few to build a bomb from. */
const maxAliases = 100;

/** Values in one file once aliases are followed. */
const maxNodes = 200_000;

interface Walk {
  readonly source: Source;
  readonly anchors: Map<string, Node>;
  /** Anchored values that are being read: an alias to one of them would never end. */
  readonly open: Set<Node>;
  aliases: number;
  nodes: number;
}

function readNode(walk: Walk, node: Node | null, path: ConfigPath, keyOffset?: number): unknown {
  const offset = startOf(node, keyOffset);
  walk.source.place(path, offset, keyOffset);
  walk.nodes += 1;
  if (path.length > maxDepth || walk.nodes > maxNodes) {
    const what =
      path.length > maxDepth
        ? `Value is nested more than ${maxDepth} levels deep`
        : `File has more than ${maxNodes} values`;
    // Once is enough: after the first report the walk goes nowhere.
    if (walk.nodes <= maxNodes + 1) walk.source.lose(path, offset, makeMistake(what));
    walk.nodes = Math.max(walk.nodes, maxNodes + 1);
    return undefined;
  }
  if (isAlias(node)) return readAlias(walk, node, path, keyOffset);
  if (node === null || !("anchor" in node) || node.anchor === undefined) return readContent(walk, node, path);
  walk.anchors.set(node.anchor, node);
  walk.open.add(node);
  const value = readContent(walk, node, path);
  walk.open.delete(node);
  return value;
}

function readContent(walk: Walk, node: Node | null, path: ConfigPath): unknown {
  if (isMap<unknown, Node | null>(node)) return readMap(walk, node, path);
  if (isSeq<Node | null>(node)) return node.items.map((item, index) => readNode(walk, item, [...path, index]));
  return isScalar(node) ? readScalar(walk.source, node, path) : null;
}

function readScalar(source: Source, node: Scalar, path: ConfigPath): unknown {
  if (typeof node.value !== "string") return node.value;
  const [start, end] = node.range ?? [0, 0];
  const quoted = node.type !== "PLAIN" || node.tag !== undefined;
  return source.scalar(path, node.value, { start, end, quoted });
}

function readMap(walk: Walk, node: YAMLMap<unknown, Node | null>, path: ConfigPath): unknown {
  const map = makeMap();
  const firstOffsets = new Map<string, number>();
  for (const pair of node.items) {
    const key = readKey(walk.source, pair, path);
    if (key === undefined) continue;
    const first = firstOffsets.get(key.name);
    if (first !== undefined) {
      const mistake = makeMistake(
        `Key ${quote(key.name)} is already set on line ${walk.source.position(first).line}`,
        undefined,
        "remove one of the two",
      );
      walk.source.report(path, key.offset, mistake);
      continue;
    }
    firstOffsets.set(key.name, key.offset);
    map[key.name] = readNode(walk, pair.value, [...path, key.name], key.offset);
  }
  return map;
}

function readKey(source: Source, pair: Pair, path: ConfigPath): { name: string; offset: number } | undefined {
  const { key } = pair;
  if (isScalar(key) && key.value !== null) {
    const name = typeof key.value === "string" ? key.value : (key.source ?? "");
    const offset = key.range?.[0] ?? 0;
    if (name !== "<<") return { name, offset };
    const hint = "write the keys out, or refer to a whole value with an alias";
    source.report(path, offset, makeMistake('Merge key "<<" is not supported', undefined, hint));
    return undefined;
  }
  const offset = isMap(key) || isSeq(key) || isAlias(key) || isScalar(key) ? startOf(key) : 0;
  source.report(path, offset, makeMistake("Key is not text", "a plain word", "quote a value that holds { } or [ ]"));
  return undefined;
}

function readAlias(walk: Walk, alias: Alias, path: ConfigPath, keyOffset?: number): unknown {
  const offset = startOf(alias);
  walk.aliases += 1;
  if (walk.aliases > maxAliases) {
    // The one over the limit says so; the rest need not.
    if (walk.aliases === maxAliases + 1)
      walk.source.lose(path, offset, makeMistake(`File has more than ${maxAliases} aliases`));
    return undefined;
  }
  const target = walk.anchors.get(alias.source);
  if (target === undefined) {
    walk.source.lose(path, offset, unknownAlias(alias.source));
    return undefined;
  }
  if (walk.open.has(target)) {
    walk.source.lose(path, offset, makeMistake(`Alias ${quote(`*${alias.source}`)} stands inside its own anchor`));
    return undefined;
  }
  const value = readNode(walk, target, path, keyOffset);
  // The reader of an error looks for the alias, not for the value it stands for.
  walk.source.place(path, offset, keyOffset);
  return value;
}

function unknownAlias(name: string): Mistake {
  const hint = name.startsWith(":")
    ? `for all interfaces write ${quote(name)} without the star`
    : "quote a value that starts with a star";
  return makeMistake(`Alias ${quote(`*${name}`)} has no anchor before it`, undefined, hint);
}

/** Where a node begins; a value that was left out has no place but its key's. */
function startOf(node: Node | null, keyOffset?: number): number {
  const start = node?.range?.[0] ?? 0;
  const absent = node === null || (isScalar(node) && node.value === null && node.source === "");
  return absent ? (keyOffset ?? start) : start;
}

function syntaxMistake(error: YAMLError, text: string): Mistake {
  switch (error.code) {
    case "TAB_AS_INDENT":
      return makeMistake("Line is indented with a tab", "spaces");
    case "MULTIPLE_DOCS":
      return makeMistake('File holds a second document after "---"', "one document", "put it into a file of its own");
    case "RESOURCE_EXHAUSTION":
      return makeMistake("File is nested too deeply to be read");
    case "TAG_RESOLVE_FAILED":
      return makeMistake(error.message, undefined, "remove the tag");
    case "BLOCK_AS_IMPLICIT_KEY":
      return syntaxError(error, "check the indentation, and quote a value with a colon in it");
    case "BAD_SCALAR_START":
      return syntaxError(error, "quote the value");
    case "UNEXPECTED_TOKEN":
      return syntaxError(error, tokenHint(error, text));
    case "MULTILINE_IMPLICIT_KEY":
      return syntaxError(error, "a colon may be missing");
    case "BAD_INDENT":
      return syntaxError(error, "check the indentation, and that every { and [ is closed");
    case "MISSING_CHAR":
      return syntaxError(error, tokenHint(error, text));
    default:
      return syntaxError(error);
  }
}

function syntaxError(error: YAMLError, hint?: string): Mistake {
  return makeMistake(`YAML syntax: ${error.message.replace(/(["'])quote$/, "quote: $1")}`, undefined, hint);
}

function tokenHint(error: YAMLError, text: string): string | undefined {
  const offset = error.pos[0];
  const reference = text[offset] === "{" && text[offset - 1] === "$";
  if (reference) return 'inside { } and [ ] quote a reference: "${NAME}"';
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  if (/\[[\da-f:.]*\]$/i.test(line)) return 'quote an IPv6 address: "[::1]:80"';
  return undefined;
}
