/**
 * What load connections send: a window of one table of noise, at another place for each connection and each round
 * trip, so that a byte from another connection, another round trip or another position shows.
 */
import { Buffer } from "node:buffer";

/** The table repeats after this many bytes: a prime, so that no buffer size falls in step with it. */
export const patternPeriod = 65_521;

/** Steps through the period that visit every offset; consecutive round trips and neighbours lie far apart. */
const connectionStep = 24_691;
const roundStep = 40_503;

/** Twice the period, so that a window up to a period long is one view wherever it starts. */
const table = new Uint8Array(patternPeriod * 2);
/** The same bytes, for its `compare` with offsets. */
const tableBuffer = Buffer.from(table.buffer);
fillWithNoise();

/** Below this, comparing in place is cheaper than a native call. */
const nativeCompareBytes = 64;

/** Where the first round trip of a connection starts. */
export function firstOffset(connection: number): number {
  return (connection * connectionStep) % patternPeriod;
}

/** Where the round trip after the one at `offset` starts. */
export function nextOffset(offset: number): number {
  return (offset + roundStep) % patternPeriod;
}

/** The bytes from a position of the endless pattern: `length` of them, or one period. A view: not to be changed. */
export function patternBytes(position: number, length: number): Uint8Array {
  const start = position % patternPeriod;
  return table.subarray(start, start + Math.min(length, patternPeriod));
}

/** Whether `bytes` are what the pattern has from `position` on. */
export function isPattern(position: number, bytes: Uint8Array): boolean {
  const { byteLength } = bytes;
  let start = position % patternPeriod;
  if (byteLength <= nativeCompareBytes) {
    for (let at = 0; at < byteLength; at++) if (bytes[at] !== table[start + at]) return false;
    return true;
  }
  for (let at = 0; at < byteLength;) {
    // Not by the offsets of `compare`: Deno 2.9 checks the end in `bytes` against the length of the table.
    const part = byteLength <= patternPeriod ? bytes : bytes.subarray(at, at + patternPeriod);
    if (tableBuffer.compare(part, 0, part.byteLength, start, start + part.byteLength) !== 0) return false;
    start = (start + part.byteLength) % patternPeriod;
    at += part.byteLength;
  }
  return true;
}

/** Marsaglia's xorshift32 from a fixed seed: the same noise in every process. */
function fillWithNoise(): void {
  let state = 0x9e3779b9;
  for (let index = 0; index < patternPeriod; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    table[index] = state & 0xff;
    table[index + patternPeriod] = state & 0xff;
  }
}
