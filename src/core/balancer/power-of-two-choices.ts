import type { Random } from "../runtime/clock.ts";
import type { Balancer, Candidate } from "./balancer.ts";
import { WeightedDraw } from "./weighted-draw.ts";

/** Whether the second of two drawn candidates is to be taken instead of the first. */
export type Preference = (second: Candidate, first: Candidate) => boolean;

/**
 * The better of two drawn at random: nearly as even as looking at all of them, without every proxy running to the same
 * idle endpoint. (Mitzenmacher, "The power of two choices in randomized load balancing", 2001.) O(log n).
 */
export class PowerOfTwoChoices<C extends Candidate> implements Balancer<C> {
  readonly #draw: WeightedDraw<C>;
  readonly #prefersSecond: Preference;

  constructor(candidates: readonly C[], random: Random, prefersSecond: Preference) {
    this.#draw = new WeightedDraw(candidates, random);
    this.#prefersSecond = prefersSecond;
  }

  choose(tried: readonly C[]): C | undefined {
    for (const candidate of tried) this.#draw.exclude(candidate);
    const chosen = this.#chooseOfTwo();
    for (const candidate of tried) this.#draw.include(candidate);
    return chosen;
  }

  changed(candidate: C): void {
    this.#draw.include(candidate);
  }

  #chooseOfTwo(): C | undefined {
    const first = this.#draw.draw();
    if (first === undefined) return undefined;
    this.#draw.exclude(first);
    const second = this.#draw.draw();
    this.#draw.include(first);
    return second !== undefined && this.#prefersSecond(second, first) ? second : first;
  }
}
