import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { PathMatch, RedirectAction } from "../server/http-settings.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { CanonicalPath } from "./canonical-path.ts";
import { slash } from "./path-bytes.ts";
import { PathReplacement } from "./path-replacement.ts";
import { queryText, writePathAndQuery } from "./rewrite.ts";
import type { RouteMatch } from "./route-match.ts";

type Scheme = "http" | "https";

const colon = 0x3a;
const dot = 0x2e;
const defaultPorts: Readonly<Record<Scheme, string>> = { http: "80", https: "443" };

/**
 * Writes the `Location` of a redirect (RFC 9110 section 10.2.2). It is absolute, so that a path that begins with two slashes
 * names no other host.
 */
export class RedirectLocation {
  readonly #scheme: Scheme | undefined;
  readonly #host: string | undefined;
  readonly #port: number | undefined;
  readonly #path: PathReplacement | undefined;
  readonly #query: string | undefined;

  /** `match` is the path of the route. */
  constructor(action: RedirectAction, match: PathMatch | undefined) {
    this.#scheme = action.scheme;
    this.#host = action.host;
    this.#port = action.port;
    this.#path = action.path && new PathReplacement(action.path, match);
    this.#query = action.query === undefined ? undefined : queryText(action.query);
  }

  /**
   * Writes it. Returns why it must not be used, in words, and has then written nothing; else empty. What the action does
   * not say is as in the request, which came by `scheme`; but with another scheme comes the port of that scheme.
   */
  write(writer: ByteWriter, head: RequestHead, path: CanonicalPath, match: RouteMatch, scheme: Scheme): string {
    const start = writer.length;
    const newScheme = this.#scheme ?? scheme;
    if (this.#host === undefined && head.authorityStart === head.hostEnd) {
      // HTTP/1.0 without Host. A dot segment changes nothing, and keeps `//` behind it from being read as a host.
      writer.byte(slash);
      writer.byte(dot);
    } else {
      writer.latin1(`${newScheme}://`);
      if (this.#host === undefined) writer.range(head.bytes, head.authorityStart, head.hostEnd);
      else writer.latin1(this.#host);
      if (this.#port !== undefined) writePort(writer, String(this.#port), newScheme);
      else if (newScheme === scheme && head.authorityEnd > head.hostEnd) {
        writePort(writer, head.text(head.hostEnd + 1, head.authorityEnd), newScheme);
      }
    }
    const reason = writePathAndQuery(writer, head, path, match, this.#path, this.#query);
    if (reason !== "") writer.length = start;
    return reason;
  }
}

function writePort(writer: ByteWriter, port: string, scheme: Scheme): void {
  if (port === "" || port === defaultPorts[scheme]) return;
  writer.byte(colon);
  writer.latin1(port);
}
