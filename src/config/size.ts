/** Sizes as people write them: `512B`, `64KiB`, `1MB`. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** Bytes in each unit: powers of 1024 with an `i`, powers of 1000 without. */
export const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** What a size looks like, for JSON Schema. */
export const sizePattern = "^\\d+(\\.\\d+)?(B|KB|MB|GB|KiB|MiB|GiB)$";

/** Reads a size to bytes; the unit's case does not matter. */
export function parseSize(text: string): Parsed<number> {
  const expected = "a size such as 512B, 64KiB or 1MB";
  if (text === "") return mistaken("Size is empty", expected);
  const match = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text);
  if (match === null) {
    const hint = /\s/.test(text) ? "leave out the spaces" : undefined;
    return mistaken(`Size ${quote(text)} is ${text.startsWith("-") ? "negative" : "not readable"}`, expected, hint);
  }
  const [, amount = "", word = ""] = match;
  if (word === "") return mistaken(`Size ${quote(text)} has no unit`, expected, `write ${quote(`${text}B`)}`);
  const unit = Object.entries(sizeUnits).find(([name]) => name.toLowerCase() === word.toLowerCase());
  if (unit === undefined) return unknownUnit(text, amount, word);
  const bytes = Math.round(Number(amount) * unit[1] * 1e6) / 1e6;
  if (!Number.isSafeInteger(Math.trunc(bytes))) return mistaken(`Size ${quote(text)} is too large`, expected);
  if (!Number.isInteger(bytes)) return mistaken(`Size ${quote(text)} is not a whole number of bytes`, expected);
  return parsed(bytes);
}

/** Writes bytes the way the config reads them: `64KiB`. */
export function formatSize(bytes: number): string {
  const units = Object.entries(sizeUnits).toSorted(([, a], [, b]) => b - a);
  const [name, size] = units.find(([, unit]) => bytes >= unit && bytes % unit === 0) ?? ["B", 1];
  return `${bytes / size}${name}`;
}

function unknownUnit(text: string, amount: string, word: string): Parsed<number> {
  const letter = word.charAt(0).toUpperCase();
  const known = "KMG".includes(letter) && word.length === 1;
  const hint = known ? `write ${quote(`${amount}${letter}iB`)} or ${quote(`${amount}${letter}B`)}` : undefined;
  return mistaken(
    `Size ${quote(text)} has the unknown unit ${quote(word)}`,
    `the units ${Object.keys(sizeUnits).join(", ")}`,
    hint,
  );
}
