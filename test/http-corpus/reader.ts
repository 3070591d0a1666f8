/**
 * Reads messages out of a stream as a forgiving peer would: what a proxy has let through must be seen, not be refused once
 * more. Whether it was right to let it through is `judge.ts`'s question.
 */

/** A message of a stream. */
export interface Message {
  /** From its first line to its end, as it came. */
  readonly bytes: string;
  readonly startLine: string;
  /** Name in lower case, and value, without white space around them. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Without its framing. */
  readonly body: string;
  /** Its head is there. */
  readonly hasHead: boolean;
  /** All of it is there. */
  readonly whole: boolean;
}

/** What is known before a message is read. */
export interface ReadOptions {
  readonly kind: "request" | "answer";
  /** Of the request that an answer belongs to. */
  readonly method?: string;
  /** The stream has ended: what is framed by that is whole. */
  readonly ended?: boolean;
}

const nothing = { startLine: "", fields: [], body: "", hasHead: false, whole: false };

/** The first message of a stream; undefined when there is not a byte. */
export function readMessage(stream: string, options: ReadOptions): Message | undefined {
  if (stream === "") return undefined;
  const end = /\r?\n\r?\n/.exec(stream);
  if (end === null) return { ...nothing, bytes: stream };
  const bodyStart = end.index + end[0].length;
  const [startLine = "", ...lines] = stream.slice(0, end.index).split(/\r?\n/);
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    if (colon < 0) return [line.trim().toLowerCase(), ""];
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  const { length, body, whole } = readBody(stream.slice(bodyStart), startLine, fields, options);
  return { bytes: stream.slice(0, bodyStart + length), startLine, fields, body, hasHead: true, whole };
}

interface Body {
  /** In the stream. */
  readonly length: number;
  readonly body: string;
  readonly whole: boolean;
}

function readBody(rest: string, startLine: string, fields: Message["fields"], options: ReadOptions): Body {
  const empty = { length: 0, body: "", whole: true };
  if (options.kind === "answer" && hasNoBody(statusOf(startLine), options.method)) return empty;
  if (values(fields, "transfer-encoding").some((value) => /chunked/i.test(value))) return readChunks(rest);
  const [length] = values(fields, "content-length");
  if (length !== undefined) {
    const wanted = Number.parseInt(length, 10) || 0;
    const body = rest.slice(0, wanted);
    return { length: body.length, body, whole: body.length === wanted };
  }
  if (options.kind === "request") return empty;
  return { length: rest.length, body: rest, whole: options.ended === true };
}

function readChunks(rest: string): Body {
  let at = 0;
  let body = "";
  for (;;) {
    const lineEnd = rest.indexOf("\n", at);
    if (lineEnd < 0) break;
    const size = Number.parseInt(rest.slice(at, lineEnd), 16) || 0;
    at = lineEnd + 1;
    if (size === 0) {
      const end = /^(?:[^\n]*[^\r\n][^\n]*\n)*\r?\n/.exec(rest.slice(at));
      if (end === null) break;
      return { length: at + end[0].length, body, whole: true };
    }
    body += rest.slice(at, at + size);
    at += size;
    if (rest.startsWith("\r\n", at)) at += 2;
    else if (rest.startsWith("\n", at)) at += 1;
    if (at >= rest.length) break;
  }
  return { length: rest.length, body, whole: false };
}

/** The values of the fields with a name, given in lower case. */
export function values(fields: Message["fields"], name: string): string[] {
  return fields.filter(([one]) => one === name).map(([, value]) => value);
}

/** Of a status line; 0 when it has none. */
export function statusOf(startLine: string): number {
  return Number(/^HTTP\/\S+ +(\d{3})\b/.exec(startLine)?.[1] ?? 0);
}

/** Whether an answer ends with its head, whatever its fields say (RFC 9112 section 6.3). */
export function hasNoBody(status: number, method: string | undefined): boolean {
  return method === "HEAD" || (status >= 100 && status < 200) || status === 204 || status === 304;
}

/** The same message with its chunks made one, if each of them is well-formed and has no extension; else as it is. */
export function joinChunks(message: Message): string {
  const headEnd = message.bytes.indexOf("\r\n\r\n") + 4;
  if (headEnd < 4 || !/\r\nTransfer-Encoding: chunked\r\n/i.test(message.bytes.slice(0, headEnd))) return message.bytes;
  let rest = message.bytes.slice(headEnd);
  let body = "";
  for (;;) {
    const line = /^(0|[1-9a-f][0-9a-f]{0,7})\r\n/i.exec(rest);
    if (line === null) return message.bytes;
    const size = Number.parseInt(line[1] ?? "", 16);
    rest = rest.slice(line[0].length);
    if (size === 0) break;
    if (!rest.startsWith("\r\n", size)) return message.bytes;
    body += rest.slice(0, size);
    rest = rest.slice(size + 2);
  }
  const data = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
  return `${message.bytes.slice(0, headEnd)}${data}0\r\n${rest}`;
}
