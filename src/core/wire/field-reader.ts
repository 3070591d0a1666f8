import { carriageReturn, horizontalTab, lineFeed, space, tokenOctets, valueOctets } from "../bytes/octets.ts";
import { fieldId } from "./field-id.ts";
import { headerStride } from "./head.ts";
import { incomplete, malformed, type HeadLimits } from "./head-limits.ts";

const colon = ":".charCodeAt(0);
const underscore = 2;

/**
 * Reads header fields and trailers (RFC 9112 section 5), by the grammar alone: lines end with CRLF, no line is folded,
 * nothing stands between name and colon, names are tokens, values hold no control octet but HTAB. What fields mean is for
 * others to say. One object serves all heads of its parser.
 */
export class FieldReader {
  /** As `Head.headers`. */
  readonly fields: Int32Array;
  count = 0;
  /** The ids of the fields: bit `id` for those below 32, bit `id - 32` for the others. */
  idsLow = 0;
  idsHigh = 0;
  /** Those below 32 that more than one field has. */
  idsTwice = 0;
  /** A name has an underscore, and no id. */
  underscores = false;
  /** After `incomplete`: where the line begins that has not come whole, and what may follow in it; see `PartialHead`. */
  lineStart = 0;
  plain: Uint8Array | undefined = undefined;
  /** After `malformed`: what is wrong; and whether it is only too much. */
  reason = "";
  tooLarge = false;
  readonly #maxLineBytes: number;
  readonly #maxFields: number;

  constructor(limits: HeadLimits) {
    this.fields = new Int32Array(limits.maxHeaders * headerStride);
    this.#maxLineBytes = limits.maxLineBytes;
    this.#maxFields = limits.maxHeaders;
  }

  /**
   * Reads from the beginning of a line on: the position behind the empty line, `incomplete` or `malformed`. `count` fields
   * were before it; no byte at or behind `headLimit` belongs to the head.
   */
  read(bytes: Uint8Array, at: number, end: number, count: number, headLimit: number): number {
    const { fields } = this;
    let idsLow = 0;
    let idsHigh = 0;
    let idsTwice = 0;
    let underscores = false;
    for (let line = at; ;) {
      // With its CRLF; a line that needs a byte more is too long, whatever comes.
      const lineLimit = Math.min(line + this.#maxLineBytes + 2, headLimit);
      const stop = end < lineLimit ? end : lineLimit;
      let position = line;
      let kinds = 0;
      while (position < stop) {
        const kind = tokenOctets[bytes[position] as number] as number;
        if (kind === 0) break;
        kinds |= kind;
        position++;
      }
      if (position === stop) return this.#short(line, count, position, lineLimit, headLimit, tokenOctets);
      if (position === line) {
        if (bytes[position] !== carriageReturn) return this.#refuse(nameless(bytes[position] as number));
        if (position + 1 === stop) return this.#short(line, count, stop, lineLimit, headLimit, undefined);
        if (bytes[position + 1] !== lineFeed) return this.#refuse("bare carriage return");
        this.count = count;
        this.idsLow = idsLow;
        this.idsHigh = idsHigh;
        this.idsTwice = idsTwice;
        this.underscores = underscores;
        return position + 2;
      }
      if (bytes[position] !== colon) return this.#refuse(misnamed(bytes[position] as number));
      const nameEnd = position++;
      while (position < stop && (bytes[position] === space || bytes[position] === horizontalTab)) position++;
      const valueStart = position;
      while (position < stop && valueOctets[bytes[position] as number] !== 0) position++;
      if (position === stop) return this.#short(line, count, position, lineLimit, headLimit, valueOctets);
      if (bytes[position] !== carriageReturn) return this.#refuse(unvalued(bytes[position] as number));
      if (position + 1 === stop) return this.#short(line, count, stop, lineLimit, headLimit, undefined);
      if (bytes[position + 1] !== lineFeed) return this.#refuse("bare carriage return");
      if (count === this.#maxFields) return this.#refuseLarge("too many fields");
      let valueEnd = position;
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === space || bytes[valueEnd - 1] === horizontalTab))
        valueEnd--;
      const id = fieldId(bytes, line, nameEnd);
      // A shift takes the five low bits of its distance: the same for both masks.
      const bit = 1 << id;
      if (id >= 32) idsHigh |= bit;
      else {
        idsTwice |= idsLow & bit;
        idsLow |= bit;
      }
      if ((kinds & underscore) !== 0) underscores = true;
      const field = count * headerStride;
      fields[field] = id;
      fields[field + 1] = line;
      fields[field + 2] = nameEnd;
      fields[field + 3] = valueStart;
      fields[field + 4] = valueEnd;
      count++;
      line = position + 2;
    }
  }

  /** The bytes end at `position`, or the line or the head would be too large with the next one. */
  #short(
    line: number,
    count: number,
    position: number,
    lineLimit: number,
    headLimit: number,
    plain: Uint8Array | undefined,
  ): number {
    if (position === headLimit) return this.#refuseLarge("head too large");
    if (position === lineLimit) return this.#refuseLarge("field too long");
    this.lineStart = line;
    this.count = count;
    this.plain = plain;
    return incomplete;
  }

  #refuse(reason: string): number {
    this.reason = reason;
    this.tooLarge = false;
    return malformed;
  }

  #refuseLarge(reason: string): number {
    this.reason = reason;
    this.tooLarge = true;
    return malformed;
  }
}

/** What is wrong with a line that begins with this octet. */
function nameless(octet: number): string {
  if (octet === space || octet === horizontalTab) return "folded field";
  if (octet === colon) return "field without name";
  return octet === lineFeed ? "bare line feed" : "invalid octet in a field name";
}

/** What is wrong with a name that ends with this octet. */
function misnamed(octet: number): string {
  if (octet === space || octet === horizontalTab) return "white space before colon";
  if (octet === carriageReturn || octet === lineFeed) return "field without colon";
  return "invalid octet in a field name";
}

/** What is wrong with a value that ends with this octet. */
function unvalued(octet: number): string {
  return octet === lineFeed ? "bare line feed" : "invalid octet in a field value";
}
