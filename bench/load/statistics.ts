/** What the report makes of the figures of rounds. */
import type { Row } from "./table.ts";

/** The middle value; of an even number the mean of both. NaN of none. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? NaN;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The figures of a metric in the rounds that have it. */
export function values(row: Row, key: string): number[] {
  return row.rounds.map((round) => round[key]).filter((figure) => figure !== undefined);
}

/** How a figure stands to another: so many times as high, or higher by so much. */
export type Comparison = "ratio" | "difference";

/**
 * The median of how a row stands to the best (lowest) of some other rows in the same round; undefined when no round has
 * both.
 */
export function compareRounds(row: Row, others: readonly Row[], key: string, by: Comparison): number | undefined {
  const found = row.rounds.flatMap((round, index) => {
    const best = Math.min(...others.map((other) => other.rounds[index]?.[key] ?? Infinity));
    const figure = round[key];
    if (figure === undefined || best === Infinity) return [];
    return [by === "ratio" ? figure / best : figure - best];
  });
  return found.length === 0 ? undefined : median(found);
}
