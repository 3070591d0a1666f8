/** A byte stream in which every position has its own expected value, so that loss, reorder and repetition all show. */

const period = 65_521; // a prime below 64 KiB: chunk borders never fall on the same place twice in a row

const table = new Uint8Array(period * 2);
for (let i = 0; i < table.length; i++) table[i] = ((i % period) * 167 + ((i % period) >> 8) * 31) & 0xff;

/** The bytes at `offset`, at most `length` of them and never more than one period. A view: do not write to it. */
export function patternAt(offset: number, length: number): Uint8Array {
  const start = offset % period;
  return table.subarray(start, start + Math.min(length, period));
}

/** Whether `bytes` are what the pattern has at `offset`. */
export function matchesPattern(offset: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.byteLength;) {
    const expected = patternAt(offset + at, bytes.byteLength - at);
    const got = bytes.subarray(at, at + expected.byteLength);
    if (Buffer.compare(got, expected) !== 0) return false;
    at += expected.byteLength;
  }
  return true;
}
