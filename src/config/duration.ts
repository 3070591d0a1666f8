/** Durations as people write them: `500ms`, `5s`, `1h30m`, `1.5s`. */
import { nearest } from "./nearest.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** Milliseconds in each unit, the largest first. */
export const durationUnits = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** What a duration looks like, for JSON Schema. */
export const durationPattern = "^(0|(\\d+(\\.\\d+)?(ms|s|m|h|d))+)$";

/** Reads a duration to milliseconds. Units fall from left to right, each at most once; only 0 goes without one. */
export function parseDuration(text: string): Parsed<number> {
  const expected = "a duration such as 500ms, 30s or 1h30m";
  if (text === "0") return parsed(0);
  if (text === "") return mistaken("Duration is empty", expected);
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    return mistaken(
      `Duration ${quote(text)} has no unit`,
      expected,
      `write ${quote(`${text}s`)} or ${quote(`${text}ms`)}`,
    );
  }
  if (text.startsWith("-")) return mistaken(`Duration ${quote(text)} is negative`, expected);
  let total = 0;
  let previous = Infinity;
  let rest = text;
  while (rest !== "") {
    const part = /^(\d+(?:\.\d+)?)([a-zµ]*)/i.exec(rest);
    const [whole = "", amount = "", unit = ""] = part ?? [];
    if (part === null || (unit === "" && whole === rest))
      return mistaken(`Duration ${quote(text)} is not readable`, expected, spaceHint(text));
    if (!isUnit(unit)) return unknownUnit(text, unit, expected);
    const size = durationUnits[unit];
    if (size >= previous)
      return mistaken(`Duration ${quote(text)} has its units out of order`, "the largest unit first, each once");
    total += Number(amount) * size;
    previous = size;
    rest = rest.slice(whole.length);
  }
  // 1.1 * 1000 is not quite 1100 in binary; what is left after six decimals is a real fraction.
  const milliseconds = Math.round(total * 1e6) / 1e6;
  if (!Number.isSafeInteger(Math.trunc(milliseconds))) return mistaken(`Duration ${quote(text)} is too long`, expected);
  if (!Number.isInteger(milliseconds))
    return mistaken(`Duration ${quote(text)} is finer than a millisecond`, "whole milliseconds");
  return parsed(milliseconds);
}

/** Writes milliseconds the way the config reads them: `1h30m`. */
export function formatDuration(milliseconds: number): string {
  let text = "";
  let rest = milliseconds;
  for (const [unit, size] of Object.entries(durationUnits)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === "" ? "0" : text;
}

type DurationUnit = keyof typeof durationUnits;

function isUnit(unit: string): unit is DurationUnit {
  return Object.hasOwn(durationUnits, unit);
}

const longUnits: ReadonlyMap<string, DurationUnit> = new Map([
  ["day", "d"],
  ["days", "d"],
  ["hour", "h"],
  ["hours", "h"],
  ["hr", "h"],
  ["hrs", "h"],
  ["min", "m"],
  ["mins", "m"],
  ["minute", "m"],
  ["minutes", "m"],
  ["sec", "s"],
  ["secs", "s"],
  ["second", "s"],
  ["seconds", "s"],
  ["msec", "ms"],
  ["msecs", "ms"],
  ["millis", "ms"],
  ["millisecond", "ms"],
  ["milliseconds", "ms"],
]);

function unknownUnit(text: string, unit: string, expected: string): Parsed<number> {
  if (unit === "") return mistaken(`Duration ${quote(text)} is not readable`, expected, spaceHint(text));
  const lower = unit.toLowerCase();
  const close = longUnits.get(lower) ?? (isUnit(lower) ? lower : nearest(lower, [...longUnits.keys()]));
  const suggestion = close === undefined ? undefined : (longUnits.get(close) ?? close);
  return mistaken(
    `Duration ${quote(text)} has the unknown unit ${quote(unit)}`,
    "the units ms, s, m, h or d",
    suggestion === undefined ? undefined : `did you mean ${quote(suggestion)}?`,
  );
}

function spaceHint(text: string): string | undefined {
  return /\s/.test(text) ? "leave out the spaces" : undefined;
}
