/** The word that was probably meant. */

/** The candidate closest to the word, or undefined when none is close enough to be meant; letter case is ignored. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > maxWordLength) return undefined;
  const wanted = word.toLowerCase();
  // One slip in three letters is a typing mistake; more is another word.
  let limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  for (const candidate of candidates) {
    if (candidate.length > maxWordLength) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance > limit || (distance === limit && best !== undefined)) continue;
    if (distance >= Math.max(wanted.length, candidate.length)) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

/**
 * How many letters must be put in, left out, replaced or swapped with their neighbour to make one word the other
 * (Damerau-Levenshtein, no letter touched twice).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last: number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current: number[] = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

/** Words of a config are short; the work grows with the square of the length. */
const maxWordLength = 64;

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
