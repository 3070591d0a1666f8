/** Chooses one of several by weight. The weights stay as they are, so that a choice is a look at their sums. */
export class WeightedChoice {
  /** Of each, its weight and those of all before it; none for those behind the last that has a weight. */
  readonly #sums: Float64Array;

  /** At least one weight is above 0. */
  constructor(weights: readonly number[]) {
    const last = weights.findLastIndex((weight) => weight > 0);
    let sum = 0;
    this.#sums = Float64Array.from(weights.slice(0, last + 1), (weight) => (sum += weight));
  }

  /** The place of one, for a random number from 0 to below 1; never one with weight 0. */
  choose(random: number): number {
    const sums = this.#sums;
    const last = sums.length - 1;
    const point = random * (sums[last] as number);
    let place = 0;
    // The product may be rounded up to the whole sum, so the last is not compared.
    while (place < last && (sums[place] as number) <= point) place++;
    return place;
  }
}
