/**
 * Numbers that are not negative, by place, and a draw of a place in proportion to its number. Each inner node is the
 * sum of its two children, made anew when one changes: rounding errors do not add up.
 */
export class SumTree {
  /** The root is at 1, the children of node k are at 2k and 2k + 1, the leaves start at `#leaves`. */
  readonly #sums: Float64Array;
  readonly #leaves: number;

  constructor(capacity: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(capacity, 1)));
    this.#sums = new Float64Array(2 * this.#leaves);
  }

  /** Puts a number at a place, 0 from the start. In O(log n), and at once when it is the same number. */
  set(place: number, value: number): void {
    const sums = this.#sums;
    let node = this.#leaves + place;
    if (sums[node] === value) return;
    sums[node] = value;
    for (node >>= 1; node > 0; node >>= 1) sums[node] = (sums[2 * node] ?? 0) + (sums[2 * node + 1] ?? 0);
  }

  /** The place at a fraction, in [0, 1), of the sum of all; -1 when all are 0. Never a place whose number is 0. */
  placeAt(fraction: number): number {
    const sums = this.#sums;
    const total = sums[1] ?? 0;
    if (total === 0) return -1;
    let rest = fraction * total;
    let node = 1;
    while (node < this.#leaves) {
      node *= 2;
      const left = sums[node] ?? 0;
      // Rounding may leave a rest at the end of the last number above 0.
      if (rest < left || sums[node + 1] === 0) continue;
      rest -= left;
      node++;
    }
    return node - this.#leaves;
  }
}
