/** Shares as people write them: `30%`, `12.5%`, `125%`. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** What a percentage looks like, for JSON Schema. */
export const percentagePattern = "^\\d+(\\.\\d+)?%$";

/** Reads a percentage to a share: 30% is 0.3. A number without the sign is refused: 1 may be all or a hundredth. */
export function parsePercentage(text: string): Parsed<number> {
  const expected = "a percentage such as 30%";
  if (text === "") return mistaken("Percentage is empty", expected);
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  if (match === null) {
    const hint = /\s/.test(text) ? "leave out the spaces" : undefined;
    return mistaken(
      `Percentage ${quote(text)} is ${text.startsWith("-") ? "negative" : "not readable"}`,
      expected,
      hint,
    );
  }
  const [, amount = "", sign = ""] = match;
  const number = Number(amount);
  if (sign === "") return mistaken(`Percentage ${quote(text)} has no "%"`, expected, signHint(amount, number));
  return parsed(round(number / 100));
}

/** Writes a share the way the config reads it: `30%`. */
export function formatPercentage(share: number): string {
  return `${round(share * 100)}%`;
}

/** 30 was meant to be 30%, 0.3 was, too; 1 may be all or a hundredth. */
function signHint(amount: string, number: number): string {
  if (number === 1) return 'write "1%" or "100%"';
  const factor = amount.includes(".") && number < 10;
  return `write ${quote(factor ? formatPercentage(number) : `${amount}%`)}`;
}

/** 0.07 * 100 is not quite 7 in binary. */
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
