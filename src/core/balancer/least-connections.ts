import type { Random } from "../runtime/clock.ts";
import type { Balancer, Candidate } from "./balancer.ts";
import { loadOf } from "./load.ts";

/**
 * The one with the fewest active connections for its weight. Among equals a random one: always the first would give
 * it every connection of an idle hour.
 */
export class LeastConnections<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #random: Random;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#random = random;
  }

  choose(tried: readonly C[]): C | undefined {
    let best: C | undefined;
    let bestLoad = Infinity;
    let equals = 0;
    for (const candidate of this.#candidates) {
      if (!candidate.available || tried.includes(candidate)) continue;
      const load = loadOf(candidate);
      if (load > bestLoad) continue;
      equals = load < bestLoad ? 1 : equals + 1;
      // Reservoir sampling: each of n equals is kept with chance 1/n.
      if (equals > 1 && this.#random.next() * equals >= 1) continue;
      best = candidate;
      bestLoad = load;
    }
    return best;
  }
}
