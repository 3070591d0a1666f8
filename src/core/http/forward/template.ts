import type { ByteWriter } from "../../bytes/byte-writer.ts";
import { type Head, headerStride } from "../../wire/head.ts";
import { isValueByte, writeFieldValue } from "./field-value.ts";
import { type VariableName, variableNames, type Variables } from "./variables.ts";
import { rfc3339 } from "./wall-time.ts";

/** Text as it stands, in UTF-8 and without control characters; a variable; or a field of the head that is written. */
type Part =
  | { readonly kind: "text"; readonly bytes: Uint8Array }
  | { readonly kind: "variable"; readonly name: VariableName }
  | { readonly kind: "header"; readonly name: string };

const encoder = new TextEncoder();

/**
 * The value of a header rule, read once: `{client.ip}` and the like are variables, `{header:NAME}` is the first field of
 * that name in the head as it came, `{{` and `}}` are braces. What is no variable stays as it is: `config/` has refused it.
 * Whatever a variable holds, no control character gets into a head by it (RFC 9110 section 5.5): they are left out.
 */
export class Template {
  readonly #parts: readonly Part[];
  /** It names what is known of the exchange, not only of the head that is written. */
  readonly usesExchange: boolean;

  constructor(text: string) {
    this.#parts = readParts(text);
    this.usesExchange = this.#parts.some(({ kind }) => kind === "variable");
  }

  /** Without a head there is no field either. */
  write(out: ByteWriter, head: Head | undefined, variables: Variables): void {
    for (const part of this.#parts) {
      if (part.kind === "text") out.all(part.bytes);
      else if (part.kind === "variable") writeVariable(out, part.name, variables);
      else if (head !== undefined) writeField(out, head, part.name);
    }
  }
}

function readParts(text: string): Part[] {
  const parts: Part[] = [];
  let literal = "";
  const endLiteral = (): void => {
    if (literal !== "")
      parts.push({ kind: "text", bytes: encoder.encode(literal).filter((byte) => isValueByte(byte)) });
    literal = "";
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if ((character === "{" || character === "}") && text[at + 1] === character) {
      literal += character;
      at++;
      continue;
    }
    const end = character === "{" ? text.indexOf("}", at) : -1;
    const part = end === -1 ? undefined : readVariable(text.slice(at + 1, end));
    if (part === undefined) {
      literal += character;
      continue;
    }
    endLiteral();
    parts.push(part);
    at = end;
  }
  endLiteral();
  return parts;
}

function readVariable(text: string): Part | undefined {
  if (text.startsWith("header:")) return { kind: "header", name: text.slice("header:".length).toLowerCase() };
  const name = variableNames.find((one) => one === text);
  return name === undefined ? undefined : { kind: "variable", name };
}

function writeField(out: ByteWriter, head: Head, name: string): void {
  const index = head.findName(name);
  if (index === -1) return;
  const end = head.headers[index * headerStride + 4] as number;
  for (let at = head.headers[index * headerStride + 3] as number; at < end; at++) {
    const byte = head.bytes[at] as number;
    if (isValueByte(byte)) out.byte(byte);
  }
}

function writeVariable(out: ByteWriter, name: VariableName, variables: Variables): void {
  switch (name) {
    case "client.ip":
      return writeFieldValue(out, variables.clientIp);
    case "client.port":
      return out.decimal(variables.clientPort);
    case "listener":
      return writeFieldValue(out, variables.listener);
    case "route":
      return writeFieldValue(out, variables.route);
    case "upstream":
      return writeFieldValue(out, variables.upstream);
    case "request.id":
      return writeFieldValue(out, variables.requestId);
    case "request.method":
      return writeFieldValue(out, variables.method);
    case "request.host":
      return writeFieldValue(out, variables.host);
    case "request.path":
      return writeFieldValue(out, variables.path);
    case "request.query":
      return writeFieldValue(out, variables.query);
    case "trace.id":
      return writeFieldValue(out, variables.traceId);
    case "time":
      return out.latin1(rfc3339(variables.wallTimeMs));
  }
}
