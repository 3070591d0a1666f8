import { ByteWriter } from "../bytes/byte-writer.ts";
import { headerStride } from "./head.ts";
import { HeadParser } from "./head-parser.ts";
import { incomplete, malformed } from "./head-limits.ts";
import { HeaderId } from "./header-id.ts";
import type { PartialHead } from "./partial-head.ts";
import { isText } from "../bytes/octets.ts";

const maxTrailerBytes = 8 * 1024;
const maxTrailers = 64;
const colonSpace = ": ";
const crlf = "\r\n";

/**
 * Reads the trailer section of a chunked body (RFC 9112 section 7.1.2) by the same grammar as header fields, within 8 KiB and
 * 64 fields, and keeps of it what may be passed on: fields that were allowed by name, and have no `HeaderId`. Those with an id
 * frame, route, authenticate or control (RFC 9110 section 6.5.1) and are dropped, whatever was allowed. One for all bodies.
 */
export class TrailerParser extends HeadParser {
  readonly #allowed: readonly string[];

  /** `allowed` are names in lower case. */
  constructor(allowed: readonly string[]) {
    super({ maxLineBytes: maxTrailerBytes, maxHeadBytes: maxTrailerBytes, maxHeaders: maxTrailers });
    this.#allowed = allowed;
  }

  /** As `RequestParser.read`, from behind the line of the last chunk on. */
  read(bytes: Uint8Array, at: number, end: number, partial: PartialHead | undefined): number {
    this.partial = undefined;
    if (partial !== undefined) return this.resume(bytes, at, end, partial);
    const position = this.parse(bytes, at, end);
    return position === incomplete ? this.keep(bytes, at, end) : position;
  }

  /** After `read` answered a position in `bytes`, or in those of its `partial`: the trailers to pass on, as lines; often none. */
  allowedOf(bytes: Uint8Array): ByteWriter | undefined {
    const { fields, count } = this.fields;
    let kept: ByteWriter | undefined = undefined;
    for (let field = 0; field < count * headerStride; field += headerStride) {
      if (fields[field] !== HeaderId.other) continue;
      const start = fields[field + 1] as number;
      const end = fields[field + 2] as number;
      for (const name of this.#allowed) {
        if (!isText(bytes, start, end, name)) continue;
        kept ??= new ByteWriter(256);
        kept.latin1(name);
        kept.latin1(colonSpace);
        kept.range(bytes, fields[field + 3] as number, fields[field + 4] as number);
        kept.latin1(crlf);
        break;
      }
    }
    return kept;
  }

  protected override parse(bytes: Uint8Array, at: number, end: number): number {
    this.headStart = at;
    const position = this.fields.read(bytes, at, end, 0, at + this.maxHeadBytes);
    if (position === incomplete) return this.fieldsIncomplete();
    return position < 0 ? this.fieldsMalformed() : position;
  }

  protected override fieldsMalformed(): number {
    this.reason = this.fields.reason;
    return malformed;
  }
}
