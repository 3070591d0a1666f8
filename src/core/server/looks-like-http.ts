const space = 0x20;
const slash = 0x2f;
const asterisk = 0x2a;
const colon = 0x3a;
const lineFeed = 0x0a;
const version = " HTTP/";
/** The longest method that is waited for. */
const maxMethodBytes = 32;

/**
 * Whether a connection that begins with `bytes` speaks HTTP/1: a method, a target, and ` HTTP/` before the end of the first line
 * (RFC 9112 section 3). The version decides: `GET /key` is a command of Redis too. Undefined while that is not certain.
 */
export function looksLikeHttp(bytes: Uint8Array): boolean | undefined {
  let at = 0;
  while (at < bytes.length && isMethodByte(bytes[at] as number)) at++;
  if (at > maxMethodBytes) return false;
  if (at === bytes.length) return undefined;
  if (at === 0 || bytes[at] !== space) return false;
  const target = at + 1;
  if (target === bytes.length) return undefined;
  const first = bytes[target] as number;
  // A path, `*`, or `http:` in any case.
  if (first !== slash && first !== asterisk && (first | 32) !== 0x68) return false;
  let matched = 0;
  let scheme = first === slash || first === asterisk;
  for (at = target; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === lineFeed) return false;
    scheme ||= byte === colon;
    matched = byte === version.charCodeAt(matched) ? matched + 1 : byte === space ? 1 : 0;
    if (matched === version.length) return scheme;
  }
  return undefined;
}

/** Methods of all protocols over HTTP are upper-case letters, with hyphens (RFC 9110 section 16.1, and its registry). */
function isMethodByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x2d;
}
