/**
 * A second reader of HTTP/1.1 requests, after the grammars of RFC 9112 and RFC 9110 alone and by other means (text and regular
 * expressions, all at once): what `RequestParser` and `BodyReader` take, it must take too, as the same message.
 */

/** What it found, and how many characters it is. */
export interface ReferenceMessage {
  readonly start: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly framing: string;
  readonly body: string;
  readonly length: number;
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const requestLine = new RegExp(`^(${token}) ([\\x21-\\x7e]+) HTTP/1\\.([01])$`);
const fieldLine = new RegExp(
  `^(${token}):[ \\t]*((?:[\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)?)[ \\t]*$`,
);
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"';
const sizeLine = new RegExp(`([0-9A-Fa-f]+)((?:;${token}(?:=(?:${token}|${quoted}))?)*)\\r\\n`, "y");

/** Undefined when `text` begins with no whole message. */
export function readReference(text: string): ReferenceMessage | undefined {
  const skipped = text.startsWith("\r\n") ? 2 : 0;
  const headEnd = text.indexOf("\r\n\r\n", skipped);
  if (headEnd === -1) return undefined;
  const [line = "", ...rest] = text.slice(skipped, headEnd).split("\r\n");
  const [, method, target, minor] = requestLine.exec(line) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const fields: (readonly [string, string])[] = [];
  for (const each of rest) {
    const [, name, value] = fieldLine.exec(each) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields.push([name.toLowerCase(), value]);
  }
  const all = (wanted: string): string[] => fields.filter(([name]) => name === wanted).map(([, value]) => value);
  const codings = all("transfer-encoding");
  const lengths = all("content-length");
  if (all("host").length > 1 || (minor === "1" && all("host").length === 0)) return undefined;
  const start = `${method} ${target} HTTP/1.${minor}`;
  const bodyStart = headEnd + 4;
  if (codings.length > 0) {
    if (minor === "0" || lengths.length > 0 || codings.join().toLowerCase() !== "chunked") return undefined;
    const chunks = readChunks(text, bodyStart);
    return chunks === undefined ? undefined : { start, fields, framing: "chunked", ...chunks };
  }
  if (lengths.length === 0) return { start, fields, framing: "none", body: "", length: bodyStart };
  if (!/^\d+$/.test(lengths.join())) return undefined;
  const length = Number(lengths[0]);
  if (text.length < bodyStart + length) return undefined;
  const body = text.slice(bodyStart, bodyStart + length);
  return { start, fields, framing: `length ${length}`, body, length: bodyStart + length };
}

function readChunks(text: string, start: number): { body: string; length: number } | undefined {
  let body = "";
  for (let at = start; ;) {
    sizeLine.lastIndex = at;
    const [line, digits = ""] = sizeLine.exec(text) ?? [];
    if (line === undefined) return undefined;
    at += line.length;
    const size = Number(`0x${digits}`);
    if (size === 0) {
      while (!text.startsWith("\r\n", at)) {
        const end = text.indexOf("\r\n", at);
        if (end === -1 || !fieldLine.test(text.slice(at, end))) return undefined;
        at = end + 2;
      }
      return { body, length: at + 2 };
    }
    if (text.slice(at + size, at + size + 2) !== "\r\n") return undefined;
    body += text.slice(at, at + size);
    at += size + 2;
  }
}
