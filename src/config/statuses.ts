/** Ranges of HTTP status codes as people write them: `204`, `200-399`. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** An inclusive range. */
export type StatusRange = readonly [from: number, to: number];

/** What a range looks like, for JSON Schema. */
export const statusPattern = "^[1-5]\\d\\d(-[1-5]\\d\\d)?$";

/** Reads one status code or a range of them; RFC 9110 knows 100 to 599. */
export function parseStatuses(text: string): Parsed<StatusRange> {
  const expected = "a status from 100 to 599, or a range such as 200-399";
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) return mistaken(`Status ${quote(text)} is not readable`, expected, hintFor(text));
  const from = Number(match[1]);
  const to = Number(match[2] ?? from);
  const outside = [from, to].find((status) => status < lowest || status > highest);
  if (outside !== undefined) {
    const what = outside < lowest ? `below ${lowest}` : `above ${highest}`;
    return mistaken(`Status ${outside} is ${what}`, expected);
  }
  if (from > to) {
    return mistaken(`Range ${quote(text)} ends before it starts`, expected, `write ${quote(`${to}-${from}`)}`);
  }
  return parsed([from, to]);
}

const lowest = 100;
const highest = 599;

function hintFor(text: string): string | undefined {
  const family = /^([1-5])xx$/i.exec(text)?.[1];
  if (family !== undefined) return `write ${quote(`${family}00-${family}99`)}`;
  const tight = text.replaceAll(/\s+/g, "").replace(/\.\.|:|–/, "-");
  return tight !== text && new RegExp(statusPattern).test(tight) ? `write ${quote(tight)}` : undefined;
}
