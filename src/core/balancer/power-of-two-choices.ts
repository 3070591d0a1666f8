import type { Random } from "../runtime/clock.ts";
import type { Balancer, Candidate } from "./balancer.ts";
import { loadOf } from "./load.ts";
import { drawByWeight } from "./random-choice.ts";

/**
 * The less busy of two drawn at random: nearly as even as looking at all of them, without every proxy running to the
 * same idle endpoint. (Mitzenmacher, "The power of two choices in randomized load balancing", 2001.)
 */
export class PowerOfTwoChoices<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #random: Random;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#random = random;
  }

  choose(tried: readonly C[]): C | undefined {
    const eligible = (candidate: C): boolean => candidate.available && !tried.includes(candidate);
    const first = drawByWeight(this.#candidates, this.#random, eligible);
    if (first === undefined) return undefined;
    const second = drawByWeight(this.#candidates, this.#random, (c) => c !== first && eligible(c));
    if (second === undefined) return first;
    return loadOf(second) < loadOf(first) ? second : first;
  }
}
