/** Bytes in a second as people write them: `240B/s`, `1KiB/s`. */
import { mistaken, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";
import { formatSize, parseSize } from "./size.ts";

/** What it looks like, for JSON Schema. */
export const byteRatePattern = "^\\d+(\\.\\d+)?(B|KB|MB|GB|KiB|MiB|GiB)/s$";

/** Reads bytes in a second. */
export function parseByteRate(text: string): Parsed<number> {
  const expected = "a rate such as 240B/s or 1KiB/s";
  const bytes = /^(.+)\/s$/.exec(text)?.[1];
  if (bytes !== undefined) return parseSize(bytes);
  const hint = parseSize(text).ok ? `write ${quote(`${text}/s`)}` : undefined;
  return mistaken(`Rate ${quote(text)} is not readable`, expected, hint);
}

/** Writes bytes in a second the way the config reads them: `240B/s`. */
export function formatByteRate(bytes: number): string {
  return `${formatSize(bytes)}/s`;
}
