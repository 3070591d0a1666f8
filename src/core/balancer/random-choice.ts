import type { Random } from "../runtime/clock.ts";
import type { Balancer, Candidate } from "./balancer.ts";

/** Any, with a chance in proportion to the weight. */
export class RandomChoice<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #random: Random;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#random = random;
  }

  choose(tried: readonly C[]): C | undefined {
    return drawByWeight(
      this.#candidates,
      this.#random,
      (candidate) => candidate.available && !tried.includes(candidate),
    );
  }
}

/** Draws among the candidates that are `eligible`, each with a chance in proportion to its weight. */
export function drawByWeight<C extends Candidate>(
  candidates: readonly C[],
  random: Random,
  eligible: (candidate: C) => boolean,
): C | undefined {
  let totalWeight = 0;
  for (const candidate of candidates) if (eligible(candidate)) totalWeight += candidate.weight;
  let rest = random.next() * totalWeight;
  let last: C | undefined;
  for (const candidate of candidates) {
    if (!eligible(candidate)) continue;
    last = candidate;
    rest -= candidate.weight;
    if (rest < 0) break;
  }
  return last;
}
