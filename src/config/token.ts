/** Tokens of HTTP (RFC 9110 section 5.6.2) as people write them: names of header fields, methods, protocols. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** What a token looks like, for JSON Schema. */
export const tokenPattern = "^[!#$%&'*+.^_`|~\\w-]+$";

/** Reads the name of a header field that a route matches. */
export function parseFieldName(text: string): Parsed<string> {
  if (token.test(text) && text.length <= maxLength) return parsed(text);
  return mistaken(`Header name ${quote(text)} is not allowed`, "a name of letters, digits and hyphens");
}

/** Reads the name of a header field that a rule writes or removes. Those that frame a message are not the user's. */
export function parseRuleName(text: string): Parsed<string> {
  const lower = text.toLowerCase();
  if (lower === "host") {
    return mistaken(
      `Header ${quote(text)} is not for rules`,
      undefined,
      'to send another one, use "host" of "rewrite"',
    );
  }
  if (hopByHop.has(lower)) {
    return mistaken(
      `Header ${quote(text)} is not for rules`,
      undefined,
      "remove it: the proxy sends its own, for each connection",
    );
  }
  return parseFieldName(text);
}

/** Reads the name of a trailer field that is passed on: none that frames, routes or authenticates (RFC 9110 section 6.5.1). */
export function parseTrailerName(text: string): Parsed<string> {
  const lower = text.toLowerCase();
  if (lower === "host" || hopByHop.has(lower) || noTrailer.has(lower)) {
    return mistaken(
      `Header ${quote(text)} is not for trailers`,
      undefined,
      "whoever merges trailers into headers would be fooled",
    );
  }
  return parseFieldName(text);
}

/** Reads a method; they are case-sensitive. */
export function parseMethod(text: string): Parsed<string> {
  const expected = "a method such as GET or POST";
  const upper = text.toUpperCase();
  if (upper === "CONNECT") return mistaken("Method CONNECT is not proxied", expected);
  if (text !== upper && methods.has(upper)) {
    return mistaken(
      `Method ${quote(text)} is in lower case, which is another method`,
      expected,
      `write ${quote(upper)}`,
    );
  }
  if (token.test(text) && text.length <= maxLength) return parsed(text);
  return mistaken(`${quote(text)} is not a method`, expected);
}

/** Reads the name of a protocol that a connection may switch to. */
export function parseProtocol(text: string): Parsed<string> {
  const lower = text.toLowerCase();
  if (lower === "h2c" || lower === "http") {
    return mistaken(`Protocol ${quote(text)} would carry requests past the routes`, "a protocol such as websocket");
  }
  if (token.test(text) && text.length <= maxLength) return parsed(lower);
  return mistaken(`${quote(text)} is not a protocol`, "a protocol such as websocket");
}

/** What belongs to one connection (RFC 9110 section 7.6.1), or says how long a message is. */
const hopByHop: ReadonlySet<string> = new Set([
  ...["connection", "content-length", "expect", "http2-settings", "keep-alive", "proxy-connection", "te", "trailer"],
  ...["transfer-encoding", "upgrade"],
]);

const noTrailer: ReadonlySet<string> = new Set([
  ...["age", "authorization", "cache-control", "content-encoding", "content-range", "content-type", "cookie", "date"],
  ...["expires", "forwarded", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"],
  ...["location", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "range", "retry-after"],
  ...["set-cookie", "vary", "via", "warning", "www-authenticate"],
]);

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]);

const token = new RegExp(tokenPattern);

const maxLength = 128;
