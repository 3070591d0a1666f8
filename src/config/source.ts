/** The text of a config while a format's reader goes through it: where each value stands, and what is wrong so far. */
import type { ConfigPath } from "./config-error.ts";
import { coreScalar, expandEnv } from "./env.ts";
import type { ConfigEnv } from "./env.ts";
import type { Mistake } from "./mistake.ts";

/** Which part of an entry a mistake is about: its value, or the key that leads to it. */
export type EntryPart = "key" | "value";

/** A mistake with its place in the config, not yet in a file. */
export interface Problem extends Mistake {
  readonly path: ConfigPath;
  readonly part: EntryPart;
  /** Where in the text, when the path does not tell, as with the second of two equal keys. */
  readonly offset?: number;
  /** Of a key that its map does not know: the one that was probably meant, which is then not missing. */
  readonly meant?: string;
}

/** A line and a column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A reader turns the source's text into plain values, places and problems. */
export interface Source {
  readonly text: string;
  readonly problems: readonly Problem[];
  /** Whether the value at a path was lost to a mistake that was reported; what is said about it further on is noise. */
  isLost(path: ConfigPath): boolean;
  /** Remembers where a value begins, and its key if it has one. */
  place(path: ConfigPath, offset: number, keyOffset?: number): void;
  /** Notes a mistake at an offset of the text. */
  report(path: ConfigPath, offset: number, mistake: Mistake): void;
  /** Notes a mistake that leaves the path without a value. */
  lose(path: ConfigPath, offset: number, mistake: Mistake): void;
  /** Puts the variables into a text value, and types it when it is nothing but one reference. */
  scalar(path: ConfigPath, value: string, span: ScalarSpan): unknown;
  /** Where an entry stands, or the closest entry above it that has a place. */
  find(path: ConfigPath, part: EntryPart): Position;
  /** The line and column of an offset. */
  position(offset: number): Position;
}

/** Where a text value stands in the source. */
export interface ScalarSpan {
  readonly start: number;
  readonly end: number;
  /** Whether it was quoted, and so is text whatever a variable holds. */
  readonly quoted: boolean;
}

/** How deep maps and lists may nest; a config needs six. */
export const maxDepth = 64;

/** Starts on a text. */
export function makeSource(text: string, env: ConfigEnv): Source {
  const problems: Problem[] = [];
  const places = new Map<string, Place>();
  const lost = new Set<string>();
  const lineStarts = findLineStarts(text);

  const position = (offset: number): Position => {
    const line = lastAtMost(lineStarts, offset);
    return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
  };

  const report = (path: ConfigPath, offset: number, mistake: Mistake): void => {
    problems.push({ ...mistake, path, part: "value", offset });
  };

  const lose = (path: ConfigPath, offset: number, mistake: Mistake): void => {
    lost.add(JSON.stringify(path));
    report(path, offset, mistake);
  };

  return {
    text,
    problems,
    position,
    report,
    lose,
    isLost: (path) => lost.has(JSON.stringify(path)),
    place: (path, offset, keyOffset) => {
      places.set(JSON.stringify(path), keyOffset === undefined ? { offset } : { offset, keyOffset });
    },
    scalar: (path, value, span) => {
      if (!value.includes("${")) return value;
      const expansion = expandEnv(value, env);
      let from = span.start;
      for (const { reference, mistake } of expansion.mistakes) {
        // Escapes may hide the reference; then the value's own place has to do.
        const found = text.indexOf(reference, from);
        const inside = found >= 0 && found < span.end;
        lose(path, inside ? found : span.start, mistake);
        if (inside) from = found + reference.length;
      }
      return expansion.whole && !span.quoted ? coreScalar(expansion.text) : expansion.text;
    },
    find: (path, part) => {
      const own = places.get(JSON.stringify(path));
      if (own !== undefined) return position(part === "key" ? (own.keyOffset ?? own.offset) : own.offset);
      for (let length = path.length - 1; length >= 0; length -= 1) {
        const above = places.get(JSON.stringify(path.slice(0, length)));
        if (above !== undefined) return position(above.keyOffset ?? above.offset);
      }
      return { line: 1, column: 1 };
    },
  };
}

/** A map that no key can make anything but a map. */
export function makeMap(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

interface Place {
  readonly offset: number;
  readonly keyOffset?: number;
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the last number that is not above the limit; the numbers rise, the first is 0. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((numbers[middle] ?? Infinity) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
