import { fieldId } from "./field-id.ts";
import type { FieldReader } from "./field-reader.ts";
import { headerStride } from "./head.ts";
import { HeaderId } from "./header-id.ts";

const prefix = "x-forwarded-";
const underscore = "_".charCodeAt(0);
const dash = "-".charCodeAt(0);

/**
 * Whether one of the fields has a name that many servers (CGI and all after it) take for that of a field which the proxy
 * sets, trusts or frames by: `X_Forwarded_For`, `X_Real_IP`, `Content_Length`. Other names with underscores are as good as any.
 */
export function hasAlias(bytes: Uint8Array, reader: FieldReader): boolean {
  const { fields, count } = reader;
  for (let field = 0; field < count * headerStride; field += headerStride) {
    if (fields[field] !== HeaderId.other) continue;
    const start = fields[field + 1] as number;
    const end = fields[field + 2] as number;
    let at = start;
    while (at < end && bytes[at] !== underscore) at++;
    if (at < end && isAlias(bytes.slice(start, end))) return true;
  }
  return false;
}

/** `name` is ours to change. */
function isAlias(name: Uint8Array): boolean {
  for (let at = 0; at < name.length; at++) {
    const octet = name[at] as number;
    name[at] = octet === underscore ? dash : octet >= 65 && octet <= 90 ? octet | 32 : octet;
  }
  const id = fieldId(name, 0, name.length);
  // Framing, routing and what tells who is behind us come first in the table, and last what was added to the latter.
  if (id !== HeaderId.other) return id <= HeaderId.tracestate || id >= HeaderId.xForwardedPrefix;
  let same = 0;
  while (same < prefix.length && name[same] === prefix.charCodeAt(same)) same++;
  return same === prefix.length;
}
