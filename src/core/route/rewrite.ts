import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { PathMatch, RewriteSettings } from "../server/http-settings.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { CanonicalPath } from "./canonical-path.ts";
import { escapeQuery } from "./path-bytes.ts";
import { PathReplacement } from "./path-replacement.ts";
import type { RouteMatch } from "./route-match.ts";

const question = 0x3f;
const asterisk = 0x2a;
const options = new TextEncoder().encode("OPTIONS");

/** Writes the target of the request that is forwarded (RFC 9112 section 3.2): the path that was matched, and the query. */
export class TargetWriter {
  readonly #path: PathReplacement | undefined;
  /** With its `?`; empty for none; undefined for the request's. */
  readonly #query: string | undefined;

  /** `match` is the path of the route. */
  constructor(rewrite: RewriteSettings | undefined, match: PathMatch | undefined) {
    this.#path = rewrite?.path && new PathReplacement(rewrite.path, match);
    this.#query = rewrite?.query === undefined ? undefined : queryText(rewrite.query);
  }

  /**
   * Writes it. Returns why it must not be used, in words, and has then written nothing; else empty. `*` stays `*`, whatever
   * is rewritten; so does the absolute form of it, which has neither path nor query (RFC 9112 section 3.2.4).
   */
  write(writer: ByteWriter, head: RequestHead, path: CanonicalPath, match: RouteMatch): string {
    if (isServerWide(head)) {
      writer.byte(asterisk);
      return "";
    }
    return writePathAndQuery(writer, head, path, match, this.#path, this.#query);
  }
}

/** Path and query, each replaced or as in the request. Returns as `PathReplacement` does. */
export function writePathAndQuery(
  writer: ByteWriter,
  head: RequestHead,
  path: CanonicalPath,
  match: RouteMatch,
  replacement: PathReplacement | undefined,
  query: string | undefined,
): string {
  if (replacement === undefined) writer.range(path.bytes, path.start, path.end);
  else {
    const reason = replacement.write(writer, path, match);
    if (reason !== "") return reason;
  }
  if (query !== undefined) writer.latin1(query);
  else if (head.hasQuery) {
    writer.byte(question);
    writer.range(head.bytes, head.queryStart, head.queryEnd);
  }
  return "";
}

/** A query of the settings with its `?`; empty for none. */
export function queryText(query: string): string {
  return query === "" ? "" : `?${escapeQuery(query)}`;
}

/** An OPTIONS request for the whole server. */
function isServerWide(head: RequestHead): boolean {
  if (head.targetForm === "asterisk") return true;
  if (head.targetForm !== "absolute" || head.pathStart !== head.pathEnd || head.hasQuery) return false;
  if (head.methodEnd - head.methodStart !== options.length) return false;
  for (let at = 0; at < options.length; at++) if (head.bytes[head.methodStart + at] !== options[at]) return false;
  return true;
}
