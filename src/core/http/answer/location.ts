import type { ByteWriter } from "../../bytes/byte-writer.ts";
import type { RedirectAction } from "../../server/http-settings.ts";
import type { RequestHead } from "../../wire/request-head.ts";
import { isValueByte } from "../forward/field-value.ts";

const slash = 47;
const backslash = 92;

/**
 * Writes where a redirect goes. `target` is the path and the query there. Without scheme, host and port in the action it
 * is a relative reference: what is before the proxy may know them otherwise. Else an absent scheme is `http`, an absent host
 * the request's, an absent port the scheme's own.
 */
export function writeLocation(out: ByteWriter, action: RedirectAction, head: RequestHead, target: ByteWriter): void {
  const { scheme, host, port } = action;
  const isSameServer = scheme === undefined && host === undefined && port === undefined;
  // HTTP/1.0 may not say whom a request is for.
  const isUnknownHost = host === undefined && head.hostEnd === head.authorityStart;
  if (isSameServer || isUnknownHost) {
    // `//host/` and, to browsers, `/\host/` would be another host (RFC 3986 section 4.2); `/.//host/` is not.
    if (target.length > 1 && (target.bytes[1] === slash || target.bytes[1] === backslash)) out.latin1("/.");
  } else {
    const targetScheme = scheme ?? "http";
    out.latin1(`${targetScheme}://`);
    if (host === undefined) out.range(head.bytes, head.authorityStart, head.hostEnd);
    else out.latin1(host);
    const isOwnPort = port === (targetScheme === "http" ? 80 : 443);
    if (port !== undefined && !isOwnPort) out.latin1(`:${port}`);
  }
  for (let at = 0; at < target.length; at++) {
    const byte = target.bytes[at] as number;
    if (isValueByte(byte)) out.byte(byte);
  }
}
