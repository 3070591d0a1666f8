import { FieldReader } from "./field-reader.ts";
import { incomplete, type HeadLimits } from "./head-limits.ts";
import { PartialHead } from "./partial-head.ts";

/** What the parsers of requests and answers share: how a head is read that comes in pieces. */
export abstract class HeadParser {
  /** After `malformed`: why, in a few words. */
  reason = "";
  /** After `incomplete`: all bytes of the head so far, to be given back with the next ones. */
  partial: PartialHead | undefined = undefined;
  protected readonly fields: FieldReader;
  protected readonly maxLineBytes: number;
  protected readonly maxHeadBytes: number;
  /** Where the start line begins. */
  protected headStart = 0;
  /** Of the line that is not whole: where it begins, how many fields are before it (-1: the start line), what may follow. */
  #lineStart = 0;
  #lineFields = -1;
  #plain: Uint8Array | undefined = undefined;

  constructor(limits: HeadLimits) {
    this.fields = new FieldReader(limits);
    this.maxLineBytes = limits.maxLineBytes;
    this.maxHeadBytes = limits.maxHeadBytes;
  }

  /** Reads a head from its first byte on, and sets `headStart`: the position behind it, `incomplete` or `malformed`. */
  protected abstract parse(bytes: Uint8Array, at: number, end: number): number;

  /** The fields are malformed. */
  protected abstract fieldsMalformed(): number;

  /** Keeps the bytes of a head that `parse` found to be incomplete. */
  protected keep(bytes: Uint8Array, at: number, end: number): number {
    const partial = new PartialHead(Math.max(end - at, 256));
    partial.append(bytes, at, end);
    partial.headLimit = this.headStart - at + this.maxHeadBytes;
    return this.#goOn(partial, at);
  }

  /** Goes on with a head of which the beginning was kept. */
  protected resume(bytes: Uint8Array, at: number, end: number, partial: PartialHead): number {
    const before = partial.length;
    // Two for the empty line that may stand before a request.
    const taken = Math.min(end, at + this.maxHeadBytes + 2 - before);
    partial.append(bytes, at, taken);
    if (partial.goesOn(taken - at)) {
      this.partial = partial;
      return incomplete;
    }
    let position = 0;
    if (partial.fields >= 0) {
      // The lines before are right, but their positions are not in the head any more, which serves all connections.
      const { lineStart, length, fields, headLimit } = partial;
      position = this.fields.read(partial.bytes, lineStart, length, fields, headLimit);
      if (position === incomplete) this.fieldsIncomplete();
      else if (position < 0) this.fieldsMalformed();
    }
    if (position >= 0) {
      position = this.parse(partial.bytes, 0, partial.length);
      partial.headLimit = this.headStart + this.maxHeadBytes;
    }
    if (position === incomplete) return this.#goOn(partial, 0);
    return position < 0 ? position : at + position - before;
  }

  /** `parse` answers this when the start line, which begins at `lineStart`, is not whole. For `plain` see `PartialHead`. */
  protected startIncomplete(lineStart: number, plain: Uint8Array | undefined): number {
    this.#lineStart = lineStart;
    this.#lineFields = -1;
    this.#plain = plain;
    return incomplete;
  }

  /** `parse` answers this when the fields are not whole. */
  protected fieldsIncomplete(): number {
    const { lineStart, count, plain } = this.fields;
    this.#lineStart = lineStart;
    this.#lineFields = count;
    this.#plain = plain;
    return incomplete;
  }

  /** `start` is where the kept bytes began. */
  #goOn(partial: PartialHead, start: number): number {
    partial.lineStart = this.#lineStart - start;
    partial.lineLimit = partial.lineStart + this.maxLineBytes + 2;
    partial.fields = this.#lineFields;
    partial.plain = this.#plain;
    this.partial = partial;
    return incomplete;
  }
}
