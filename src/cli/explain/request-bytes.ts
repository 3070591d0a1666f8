import { UsageError } from "../command.ts";

/** A request as a client would send it. */
export interface AskedRequest {
  readonly scheme: "http" | "https";
  readonly method: string;
  /** Of the URL, as it was typed: clients do not resolve `..`, so neither do we. */
  readonly target: string;
  /** The port of the URL, or the one that its scheme has. */
  readonly port: number;
  readonly bytes: Uint8Array;
}

/**
 * Makes a request of a URL and of header fields (`name: value`). A `Host` among them takes the place of the URL's; a URL
 * may be a path alone. Throws `UsageError` for what is no URL and no field; whether the proxy would take the request is
 * the parser's matter.
 */
export function makeRequest(method: string, url: string, fields: readonly string[]): AskedRequest {
  const match = /^(?:(https?):\/\/([^/?#]*))?([/?][^#]*)?(?:#.*)?$/is.exec(url);
  if (match === null || url === "") {
    throw new UsageError(`'${url}' is no URL`, "Write http://HOST/PATH, or a path alone: /PATH");
  }
  const [, scheme = "http", authority = "localhost", rest = "/"] = match;
  const target = rest.startsWith("?") ? `/${rest}` : rest;
  const headers = fields.map(readField);
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  const all = hasHost ? headers : [["Host", authority] as const, ...headers];
  const lines = [`${method} ${target} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`), "", ""];
  const secure = scheme.toLowerCase() === "https";
  const port = /:(\d+)$/.exec(authority)?.[1];
  return {
    scheme: secure ? "https" : "http",
    method,
    target,
    port: port === undefined ? (secure ? 443 : 80) : Number(port),
    bytes: new TextEncoder().encode(lines.join("\r\n")),
  };
}

function readField(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(":");
  if (colon <= 0 || /[\r\n]/.test(text)) {
    throw new UsageError(`'${text}' is no header`, "Write -H 'NAME: VALUE'");
  }
  return [text.slice(0, colon), text.slice(colon + 1).trim()];
}
