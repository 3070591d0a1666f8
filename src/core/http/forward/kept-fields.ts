import type { ByteWriter } from "../../bytes/byte-writer.ts";
import { type Head, headerStride } from "../../wire/head.ts";
import { HeaderId } from "../../wire/header-id.ts";
import type { NameSet } from "./name-set.ts";

/** One more than the largest `HeaderId`. */
const idCount: number = Math.max(...Object.values(HeaderId)) + 1;

/** Whether the fields of each `HeaderId` go: 1, or stay: 0. */
export type Dropped = Uint8Array;

/** These fields go. */
export function dropIds(ids: readonly number[]): Dropped {
  const dropped = new Uint8Array(idCount);
  for (const id of ids) dropped[id] = 1;
  return dropped;
}

const hopByHopIds: readonly number[] = [
  HeaderId.contentLength,
  HeaderId.transferEncoding,
  HeaderId.connection,
  HeaderId.keepAlive,
  HeaderId.proxyConnection,
  HeaderId.te,
  HeaderId.trailer,
  HeaderId.upgrade,
  HeaderId.proxyAuthenticate,
  HeaderId.proxyAuthorization,
  HeaderId.option,
];

/**
 * What goes from every head, with what `Connection` names (`option`). First of all, before anything of ours is written:
 * else a client's `Connection: X-Forwarded-For` would remove it (CVE-2024-45410). Framing is written anew. Where `trailers`
 * may pass, `Trailer` stays.
 */
export function hopByHop(trailers: boolean): number[] {
  return hopByHopIds.filter((id) => id !== HeaderId.trailer || !trailers);
}

/**
 * Copies the fields that stay, as they were sent and in their order, those that are adjacent as one range. Besides
 * `dropped`, all go that `unknown` and `rules` say.
 */
export function copyKeptFields(
  out: ByteWriter,
  head: Head,
  dropped: Dropped,
  unknown: UnknownFields | undefined,
  rules: NameSet | undefined,
): void {
  const { bytes, headers, headerCount } = head;
  let start = 0;
  let end = -1;
  for (let index = 0, at = 0; index < headerCount; index++, at += headerStride) {
    const id = headers[at] as number;
    if (dropped[id] === 1) continue;
    const nameStart = headers[at + 1] as number;
    const nameEnd = headers[at + 2] as number;
    if (id === HeaderId.other && unknown !== undefined && unknown.drops(bytes, nameStart, nameEnd)) continue;
    if (rules !== undefined && rules.has(bytes, nameStart, nameEnd)) continue;
    // Of a field right behind the last one, there is just CRLF between them.
    if (nameStart !== end + 2 || end === -1) {
      if (end !== -1) writeLines(out, bytes, start, end);
      start = nameStart;
    }
    end = headers[at + 4] as number;
  }
  if (end !== -1) writeLines(out, bytes, start, end);
}

/** Which fields go that have no `HeaderId`. */
export interface UnknownFields {
  drops(bytes: Uint8Array, nameStart: number, nameEnd: number): boolean;
}

function writeLines(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.range(bytes, start, end);
  out.byte(13);
  out.byte(10);
}
