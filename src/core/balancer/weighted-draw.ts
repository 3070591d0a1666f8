import type { Random } from "../runtime/clock.ts";
import type { Candidate } from "./balancer.ts";
import { shareOf } from "./load.ts";
import { SumTree } from "./sum-tree.ts";

/** Draws available candidates, each with a chance in proportion to its share. A draw takes O(log n). */
export class WeightedDraw<C extends Candidate> {
  readonly #candidates: readonly C[];
  readonly #random: Random;
  readonly #shares: SumTree;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#random = random;
    this.#shares = new SumTree(candidates.length);
    for (const candidate of candidates) this.include(candidate);
  }

  /** Takes a candidate's share as it is now; one that was left out comes back. */
  include(candidate: C): void {
    this.#shares.set(candidate.index, shareOf(candidate));
  }

  /** Leaves a candidate out of draws until it is included again. */
  exclude(candidate: C): void {
    this.#shares.set(candidate.index, 0);
  }

  /** Undefined when nobody is left. */
  draw(): C | undefined {
    return this.#candidates[this.#shares.placeAt(this.#random.next())];
  }
}
