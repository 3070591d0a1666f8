import { CanonicalPath, type PathPolicy } from "../../../src/core/route/canonical-path.ts";
import { headerStride } from "../../../src/core/wire/head.ts";
import { RequestHead } from "../../../src/core/wire/request-head.ts";

/** What a test says of a request. */
export interface TestRequest {
  readonly method?: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly host?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Neither refuses nor merges. */
export const lenient: PathPolicy = { encodedSlashes: "keep", mergeSlashes: false };
/** The defaults. */
export const strict: PathPolicy = { encodedSlashes: "reject", mergeSlashes: false };

/** A head as the parser fills it, from text in which each character is a byte. */
export function requestHead({ method = "GET", target, host = "example.com", headers = [] }: TestRequest): RequestHead {
  const head = new RequestHead(new Int32Array(5 * 128));
  let text = `${method} ${target} HTTP/1.1\r\n`;
  const all = [["Host", host] as const, ...headers];
  for (const [index, [name, value]] of all.entries()) {
    const nameEnd = text.length + name.length;
    head.headers.set([0, text.length, nameEnd, nameEnd + 2, nameEnd + 2 + value.length], index * headerStride);
    text += `${name}: ${value}\r\n`;
  }
  text += "\r\n";
  head.bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  head.end = text.length;
  head.headerCount = all.length;
  head.methodEnd = method.length;
  head.targetStart = method.length + 1;
  head.targetEnd = head.targetStart + target.length;
  head.authorityStart = head.headers[3] as number;
  head.authorityEnd = head.headers[4] as number;
  const absolute = /^https?:\/\/[^/?]*/.exec(target)?.[0];
  if (target === "*") head.targetForm = "asterisk";
  else if (absolute !== undefined) {
    head.targetForm = "absolute";
    head.authorityStart = head.targetStart + absolute.indexOf("//") + 2;
    head.authorityEnd = head.targetStart + absolute.length;
  }
  const authority = head.authority;
  const port = /:\d*$/.exec(authority)?.[0] ?? "";
  head.hostEnd = head.authorityEnd - port.length;
  const question = target.indexOf("?");
  head.pathStart = head.targetStart + (target === "*" ? 1 : (absolute?.length ?? 0));
  head.pathEnd = question === -1 ? head.targetEnd : head.targetStart + question;
  head.hasQuery = question !== -1;
  head.queryStart = question === -1 ? head.targetEnd : head.pathEnd + 1;
  head.queryEnd = head.targetEnd;
  return head;
}

/** A request as a table is asked for it: its head and its path. */
export function questionOf(request: TestRequest): { readonly head: RequestHead; readonly path: CanonicalPath } {
  const head = requestHead(request);
  return { head, path: canonicalPath(head) };
}

/** The canonical path of a request; throws when it is refused. */
export function canonicalPath(head: RequestHead, policy: PathPolicy = lenient): CanonicalPath {
  const path = new CanonicalPath();
  const reason = path.set(head, policy);
  if (reason !== "") throw new Error(reason);
  return path;
}
