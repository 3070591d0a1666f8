/** Rates as people write them: `100/s`, `30/m`, `1000/h`. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** Seconds in each unit. */
export const rateUnits = { s: 1, m: 60, h: 3600 } as const;

/** What a rate looks like, for JSON Schema. */
export const ratePattern = "^\\d+(\\.\\d+)?/[smh]$";

/** Reads a rate to times per second. */
export function parseRate(text: string): Parsed<number> {
  const expected = "a rate such as 100/s, 30/m or 1000/h";
  if (text === "") return mistaken("Rate is empty", expected);
  const match = /^(\d+(?:\.\d+)?)(?:(r?\/)([a-z]*))?$/i.exec(text);
  if (match === null) {
    const hint = /\s/.test(text) ? "leave out the spaces" : undefined;
    return mistaken(`Rate ${quote(text)} is ${text.startsWith("-") ? "negative" : "not readable"}`, expected, hint);
  }
  const [, amount = "", slash, unit = ""] = match;
  if (slash === undefined || unit === "") {
    return mistaken(`Rate ${quote(text)} has no unit`, expected, `write ${quote(`${amount}/s`)}`);
  }
  // nginx writes 100r/s.
  if (slash === "/" && isUnit(unit)) return parsed(Number(amount) / rateUnits[unit]);
  const meant = unit.charAt(0).toLowerCase();
  const hint = isUnit(meant) ? `write ${quote(`${amount}/${meant}`)}` : undefined;
  if (isUnit(unit)) return mistaken(`Rate ${quote(text)} is not readable`, expected, hint);
  return mistaken(`Rate ${quote(text)} has the unknown unit ${quote(unit)}`, "the units s, m or h", hint);
}

/** Writes times per second the way the config reads them: `100/s`. */
export function formatRate(perSecond: number): string {
  for (const [unit, seconds] of Object.entries(rateUnits)) {
    const amount = Math.round(perSecond * seconds * 1e6) / 1e6;
    if (Number.isInteger(amount)) return `${amount}/${unit}`;
  }
  return `${perSecond}/s`;
}

type RateUnit = keyof typeof rateUnits;

function isUnit(unit: string): unit is RateUnit {
  return Object.hasOwn(rateUnits, unit);
}
