/** Values of flags, read; what cannot be read is a `UsageError` that names the flag. */
import { type AddressRole, parseAddress } from "../config/address.ts";
import { parseDuration } from "../config/duration.ts";
import type { Mistake, Parsed } from "../config/mistake.ts";
import { nearest } from "../config/nearest.ts";
import { parseSize } from "../config/size.ts";
import type { Address } from "../core/runtime/address.ts";
import { type Arguments, UsageError } from "./command.ts";

/** What a number may be, and what it is when the flag is not given. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** Reads an address. */
export function readAddress(text: string, role: AddressRole): Address {
  return valueOf("", parseAddress(text, role));
}

/** Reads a duration to milliseconds. */
export function readDuration(args: Arguments, flag: string, rangeMs: NumberRange): number {
  const text = args.value(flag);
  if (text === undefined) return rangeMs.default;
  return inRange(flag, text, valueOf(`Option '--${flag}': `, parseDuration(text)), rangeMs);
}

/** Reads a size to bytes; a bare number counts bytes. */
export function readSize(args: Arguments, flag: string, rangeBytes: NumberRange): number {
  const text = args.value(flag);
  if (text === undefined) return rangeBytes.default;
  const withUnit = /^\d+$/.test(text) ? `${text}B` : text;
  return inRange(flag, text, valueOf(`Option '--${flag}': `, parseSize(withUnit)), rangeBytes);
}

/** Reads a whole number. */
export function readCount(args: Arguments, flag: string, range: NumberRange): number {
  const text = args.value(flag);
  if (text === undefined) return range.default;
  return inRange(flag, text, /^\d+$/.test(text) ? Number(text) : NaN, range);
}

/** Reads one word of a list; undefined when the flag is not given. */
export function readChoice<T extends string>(args: Arguments, flag: string, words: readonly T[]): T | undefined {
  const text = args.value(flag);
  if (text === undefined) return undefined;
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  const close = nearest(text, words);
  const choices = `Choose one of ${words.join(", ")}`;
  throw new UsageError(
    `Option '--${flag}' is '${text}'`,
    close === undefined ? choices : `${choices}; did you mean '${close}'?`,
  );
}

/** A hint of a config's mistake, as a line of its own. */
export function adviceOf(hint: string): string {
  return hint.charAt(0).toUpperCase() + hint.slice(1);
}

function inRange(flag: string, text: string, value: number, { min, max }: NumberRange): number {
  if (value >= min && value <= max) return value;
  const limits = `${min.toLocaleString("en-US")} to ${max.toLocaleString("en-US")}`;
  throw new UsageError(`Option '--${flag}' is '${text}'`, `Expected a number from ${limits}`);
}

function valueOf<T>(where: string, result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw new UsageError(`${where}${result.mistake.what}`, mistakeAdvice(result.mistake));
}

function mistakeAdvice({ expected, hint }: Mistake): string | undefined {
  const parts = [...(expected === undefined ? [] : [`expected ${expected}`]), ...(hint === undefined ? [] : [hint])];
  return parts.length === 0 ? undefined : adviceOf(parts.join("; "));
}
