/**
 * Numbers by place, the smallest of them, and how many are equal to it: a tournament, played again along one branch
 * when a number changes.
 */
export class MinTree {
  /** The root is at 1, the children of node k are at 2k and 2k + 1, the leaves start at `#leaves`. */
  readonly #minima: Float64Array;
  /** How many leaves below a node are equal to its minimum. */
  readonly #equals: Uint32Array;
  readonly #leaves: number;

  constructor(capacity: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(capacity, 1)));
    this.#minima = new Float64Array(2 * this.#leaves).fill(Infinity);
    this.#equals = new Uint32Array(2 * this.#leaves).fill(1);
  }

  /** Puts a number at a place; Infinity, as from the start, is none. In O(log n), and at once when it is the same. */
  set(place: number, value: number): void {
    const minima = this.#minima;
    const equals = this.#equals;
    let node = this.#leaves + place;
    if (minima[node] === value) return;
    minima[node] = value;
    for (node >>= 1; node > 0; node >>= 1) {
      const left = minima[2 * node] ?? Infinity;
      const right = minima[2 * node + 1] ?? Infinity;
      const smaller = left < right ? left : right;
      const count =
        (left === smaller ? (equals[2 * node] ?? 0) : 0) + (right === smaller ? (equals[2 * node + 1] ?? 0) : 0);
      // Nothing changes further up.
      if (minima[node] === smaller && equals[node] === count) return;
      minima[node] = smaller;
      equals[node] = count;
    }
  }

  /** Of the places with the smallest number, the one at a fraction, in [0, 1), of them; -1 when there is no number. */
  placeAt(fraction: number): number {
    const minima = this.#minima;
    const min = minima[1] ?? Infinity;
    if (min === Infinity) return -1;
    let rest = Math.floor(fraction * (this.#equals[1] ?? 0));
    let node = 1;
    while (node < this.#leaves) {
      node *= 2;
      if (minima[node] !== min) {
        node++;
        continue;
      }
      const left = this.#equals[node] ?? 0;
      if (rest < left) continue;
      rest -= left;
      node++;
    }
    return node - this.#leaves;
  }
}
