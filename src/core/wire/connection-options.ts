import { horizontalTab, isSame, isText, space, tokenOctets } from "../bytes/octets.ts";
import { fieldId } from "./field-id.ts";
import { headerStride, isHopByHopId } from "./head.ts";
import { HeaderId } from "./header-id.ts";
import type { FieldReader } from "./field-reader.ts";

/** What `Connection` says (RFC 9110 section 7.6.1), as bits: the connection ends with this message. */
export const connectionClose = 1;
/** HTTP/1.0: it does not end with this message. */
export const connectionKeepAlive = 2;
/** It may change its protocol. */
export const connectionUpgrade = 4;
/** It names a field that is for all recipients. */
export const connectionEndToEnd = 8;
/** It is no list of tokens, or one of more than `maxOptions`. */
export const connectionMalformed = 16;

/** Each is compared with every field: with more of them, a small head would be much work. */
const maxOptions = 16;
const comma = ",".charCodeAt(0);

/**
 * What all `Connection` fields of a head say together. A field that they name, and that has no id, gets the id `option`.
 * Fields that are known to be for all recipients cannot be named: that would take out what others rely on.
 */
export function readConnectionOptions(bytes: Uint8Array, reader: FieldReader): number {
  const { fields, count } = reader;
  let found = 0;
  let options = 0;
  for (let index = 0; index < count; index++) {
    if (fields[index * headerStride] !== HeaderId.connection) continue;
    const end = fields[index * headerStride + 4] as number;
    for (let at = fields[index * headerStride + 3] as number; at < end;) {
      const start = at;
      while (at < end && tokenOctets[bytes[at] as number] !== 0) at++;
      if (at > start) {
        if (++options > maxOptions) return connectionMalformed;
        found |= optionBit(bytes, start, at, reader);
      }
      while (at < end && (bytes[at] === space || bytes[at] === horizontalTab)) at++;
      if (at === end) break;
      if (bytes[at] !== comma) return connectionMalformed;
      at++;
      while (at < end && (bytes[at] === space || bytes[at] === horizontalTab)) at++;
    }
  }
  return found;
}

function optionBit(bytes: Uint8Array, start: number, end: number, reader: FieldReader): number {
  if (isText(bytes, start, end, "close")) return connectionClose;
  const id = fieldId(bytes, start, end);
  if (id === HeaderId.upgrade) return connectionUpgrade;
  if (id === HeaderId.keepAlive) return connectionKeepAlive;
  // Which `Transfer-Encoding` is already (RFC 9112 section 6.1): who names it hopes that it is dropped before it is heeded.
  if (id === HeaderId.transferEncoding) return connectionEndToEnd;
  if (id !== HeaderId.other) return isHopByHopId(id) ? 0 : connectionEndToEnd;
  if (end - start >= prefix.length && isText(bytes, start, start + prefix.length, prefix)) return connectionEndToEnd;
  const { fields, count } = reader;
  for (let field = 0; field < count * headerStride; field += headerStride) {
    if (fields[field] !== HeaderId.other) continue;
    if (isSame(bytes, start, end, fields[field + 1] as number, fields[field + 2] as number))
      fields[field] = HeaderId.option;
  }
  return 0;
}

const prefix = "x-forwarded-";
