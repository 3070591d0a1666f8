import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { PathMatch, PathRewrite } from "../server/http-settings.ts";
import { type CanonicalPath, hasDotSegment } from "./canonical-path.ts";
import { escapePath, slash } from "./path-bytes.ts";
import { readTemplate } from "./path-pattern.ts";
import type { RouteMatch } from "./route-match.ts";

const percent = 0x25;

/** Bytes as they are, or the number of a capture. */
type Piece = string | number;

/**
 * A path that takes the place of the one that a route matched, compiled. What it writes is canonical again, but for slashes
 * next to each other, or it is refused: a path is never read in two ways because a rewrite put it together.
 */
export class PathReplacement {
  readonly #pieces: readonly Piece[];
  readonly #keepsRest: boolean;

  /** `match` is the route's: it says which `:name` or `$1` there are. Others are text. */
  constructor(rewrite: PathRewrite, match: PathMatch | undefined) {
    this.#pieces = readPieces(rewrite.value, match);
    this.#keepsRest = rewrite.kind === "prefix";
  }

  /** Writes the new path. Returns why it must not be used, in words, and has then written nothing; else empty. */
  write(writer: ByteWriter, path: CanonicalPath, match: RouteMatch): string {
    const start = writer.length;
    const reason = this.#write(writer, path, match, start);
    if (reason !== "") writer.length = start;
    return reason;
  }

  #write(writer: ByteWriter, path: CanonicalPath, match: RouteMatch, start: number): string {
    for (const piece of this.#pieces) {
      if (typeof piece === "string") {
        writer.latin1(piece);
        continue;
      }
      const from = match.captures[2 * piece] as number;
      const to = match.captures[2 * piece + 1] as number;
      if (isInEscape(path, from) || isInEscape(path, to)) return "the rewrite cuts an escape in the path";
      writer.range(path.bytes, from, to);
    }
    if (this.#keepsRest && match.prefixEnd < path.end) {
      // The rest has its own slash.
      while (writer.length > start && writer.bytes[writer.length - 1] === slash) writer.length--;
      writer.range(path.bytes, match.prefixEnd, path.end);
    }
    if (writer.length === start) writer.byte(slash);
    if (writer.bytes[start] !== slash) return "the rewritten path does not begin with a slash";
    return hasDotSegment(writer.bytes, start, writer.length) ? "the rewritten path has a dot segment" : "";
  }
}

/** Between the percent sign of an escape and its end. */
function isInEscape({ bytes, start }: CanonicalPath, at: number): boolean {
  return (at - 1 >= start && bytes[at - 1] === percent) || (at - 2 >= start && bytes[at - 2] === percent);
}

function readPieces(value: string, match: PathMatch | undefined): readonly Piece[] {
  if (match?.kind === "template") {
    const { segments, rest } = readTemplate(match.value);
    const names = segments.flatMap((segment) => ("name" in segment ? [segment.name] : []));
    if (rest !== undefined) names.push(rest);
    return cut(value, /:(\w+)/g, (name) => names.indexOf(name));
  }
  if (match?.kind === "regex") {
    // The empty alternative always matches, and says how many groups there are.
    const groups = (new RegExp(`${match.value}|`, "u").exec("")?.length ?? 1) - 1;
    return cut(value, /\$(\d+)/g, (digits) => (Number(digits) <= groups ? Number(digits) - 1 : -1));
  }
  return [escapePath(value)];
}

/** Cuts a value at its variables; what `numberOf` does not know, -1, is text. */
function cut(value: string, variable: RegExp, numberOf: (name: string) => number): readonly Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const found of value.matchAll(variable)) {
    const number = numberOf(found[1] ?? "");
    if (number === -1) continue;
    pieces.push(escapePath(value.slice(done, found.index)), number);
    done = found.index + found[0].length;
  }
  pieces.push(escapePath(value.slice(done)));
  return pieces;
}
