/**
 * Numbers by place, each with a share, the smallest of them, and the shares of all that are equal to it: a tournament,
 * played again along one branch when a number changes.
 */
export class MinTree {
  /** The root is at 1, the children of node k are at 2k and 2k + 1, the leaves start at `#leaves`. */
  readonly #minima: Float64Array;
  /** The shares of the leaves below a node that are equal to its minimum. */
  readonly #shares: Float64Array;
  readonly #leaves: number;

  constructor(capacity: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(capacity, 1)));
    this.#minima = new Float64Array(2 * this.#leaves).fill(Infinity);
    this.#shares = new Float64Array(2 * this.#leaves);
  }

  /**
   * Puts a number at a place; Infinity, as from the start, is none. `share` is above 0. In O(log n), and at once when
   * both are the same as before.
   */
  set(place: number, value: number, share: number): void {
    const minima = this.#minima;
    const shares = this.#shares;
    let node = this.#leaves + place;
    if (minima[node] === value && shares[node] === share) return;
    minima[node] = value;
    shares[node] = share;
    for (node >>= 1; node > 0; node >>= 1) {
      const left = minima[2 * node] ?? Infinity;
      const right = minima[2 * node + 1] ?? Infinity;
      const smaller = left < right ? left : right;
      const sum =
        (left === smaller ? (shares[2 * node] ?? 0) : 0) + (right === smaller ? (shares[2 * node + 1] ?? 0) : 0);
      // Nothing changes further up.
      if (minima[node] === smaller && shares[node] === sum) return;
      minima[node] = smaller;
      shares[node] = sum;
    }
  }

  /** Of the places with the smallest number, the one at a fraction, in [0, 1), of their shares; -1 without a number. */
  placeAt(fraction: number): number {
    const minima = this.#minima;
    const min = minima[1] ?? Infinity;
    if (min === Infinity) return -1;
    let rest = fraction * (this.#shares[1] ?? 0);
    let node = 1;
    while (node < this.#leaves) {
      node *= 2;
      if (minima[node] !== min) {
        node++;
        continue;
      }
      const left = this.#shares[node] ?? 0;
      // Rounding may leave a rest at the end of the last one.
      if (rest < left || minima[node + 1] !== min) continue;
      rest -= left;
      node++;
    }
    return node - this.#leaves;
  }
}
