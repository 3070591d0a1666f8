import type { Random } from "../runtime/clock.ts";
import type { Balancer, Candidate } from "./balancer.ts";
import { WeightedDraw } from "./weighted-draw.ts";

/** Any, with a chance in proportion to the share. O(log n). */
export class RandomChoice<C extends Candidate> implements Balancer<C> {
  readonly #draw: WeightedDraw<C>;

  constructor(candidates: readonly C[], random: Random) {
    this.#draw = new WeightedDraw(candidates, random);
  }

  choose(tried: readonly C[]): C | undefined {
    for (const candidate of tried) this.#draw.exclude(candidate);
    const chosen = this.#draw.draw();
    for (const candidate of tried) this.#draw.include(candidate);
    return chosen;
  }

  changed(candidate: C): void {
    this.#draw.include(candidate);
  }
}
