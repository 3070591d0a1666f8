import type { ValueMatch } from "../server/http-settings.ts";
import { headerStride } from "../wire/head.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { maxExpressionBytes, textOf, wholeExpression } from "./expression.ts";
import { hexValue } from "./path-bytes.ts";

const ampersand = 0x26;
const equals = 0x3d;
const plus = 0x2b;
const percent = 0x25;
const space = 0x20;
const utf8 = new TextEncoder();

/** What the value of a header field or of a query parameter must be. Values are compared as bytes, those of settings as UTF-8. */
export class ValueTest {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly kind: ValueMatch["kind"];
  readonly #value: Uint8Array;
  readonly #regexp: RegExp | undefined;
  /** What it means that it does not hold: `x-a is not "1"`. */
  readonly words: string;

  /** Throws when the expression is none: settings are checked before. */
  constructor({ name, kind, value }: ValueMatch) {
    this.name = name;
    this.nameBytes = utf8.encode(name);
    this.kind = kind;
    this.#value = utf8.encode(value);
    // For the whole value, in which each byte is a character.
    this.#regexp = kind === "regex" ? wholeExpression(value, "u") : undefined;
    this.words = `${name} ${wordsOf(kind, value)}`;
  }

  /** Whether a value that is there is the right one. */
  accepts(bytes: Uint8Array, start: number, end: number): boolean {
    const { kind } = this;
    if (kind === "present") return true;
    if (this.#regexp !== undefined)
      return end - start <= maxExpressionBytes && this.#regexp.test(textOf(bytes, start, end));
    const value = this.#value;
    if (end - start < value.length || (kind === "exact" && end - start !== value.length)) return false;
    for (let at = 0; at < value.length; at++) if (bytes[start + at] !== value[at]) return false;
    return true;
  }
}

/** Of several header fields with one name, any may hold. */
export function headerHolds(test: ValueTest, head: RequestHead): boolean {
  let index = head.findName(test.name);
  if (test.kind === "absent") return index === -1;
  while (index !== -1) {
    const at = index * headerStride;
    if (test.accepts(head.bytes, head.headers[at + 3] as number, head.headers[at + 4] as number)) return true;
    index = head.findName(test.name, index + 1);
  }
  return false;
}

/** The decoded value of the parameter that was looked at last. */
let decoded = new Uint8Array(1024);

/**
 * The first of several parameters with one name holds. Names and values are compared as forms send them
 * (application/x-www-form-urlencoded): escapes decoded, `+` a space. What has no `=` has an empty value.
 */
export function queryHolds(test: ValueTest, head: RequestHead): boolean {
  const { bytes, queryEnd } = head;
  for (let start = head.queryStart; start < queryEnd; start++) {
    let end = start;
    let nameEnd = -1;
    for (; end < queryEnd && bytes[end] !== ampersand; end++)
      if (bytes[end] === equals && nameEnd === -1) nameEnd = end;
    if (end > start && isDecodedName(bytes, start, nameEnd === -1 ? end : nameEnd, test.nameBytes)) {
      if (test.kind === "absent") return false;
      const length = nameEnd === -1 ? 0 : decode(bytes, nameEnd + 1, end);
      return test.accepts(decoded, 0, length);
    }
    start = end;
  }
  return test.kind === "absent";
}

function isDecodedName(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  // An escape has three bytes for one.
  if (end - start < name.length || end - start > 3 * name.length) return false;
  const length = decode(bytes, start, end);
  if (length !== name.length) return false;
  for (let at = 0; at < length; at++) if (decoded[at] !== name[at]) return false;
  return true;
}

/** How long it is. What is no escape stays as it is. */
function decode(bytes: Uint8Array, start: number, end: number): number {
  if (decoded.length < end - start) decoded = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    let byte = bytes[at] as number;
    if (byte === plus) byte = space;
    else if (byte === percent && at + 2 < end) {
      const high = hexValue(bytes[at + 1] as number);
      const low = hexValue(bytes[at + 2] as number);
      if (high !== -1 && low !== -1) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    decoded[length++] = byte;
  }
  return length;
}

function wordsOf(kind: ValueMatch["kind"], value: string): string {
  switch (kind) {
    case "exact":
      return `is not ${JSON.stringify(value)}`;
    case "prefix":
      return `does not begin with ${JSON.stringify(value)}`;
    case "regex":
      return `does not match ${value}`;
    case "present":
      return "is absent";
    case "absent":
      return "is present";
  }
}
