import type { Random } from "../runtime/clock.ts";
import type { Balancer, Candidate } from "./balancer.ts";
import { shareOf } from "./load.ts";
import { MinTree } from "./min-tree.ts";

/**
 * The one with the fewest active connections for its share. Among equals a random one, by share: always the first would
 * give it every connection of an idle hour. O(log n).
 */
export class LeastConnections<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #random: Random;
  readonly #loads: MinTree;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#random = random;
    this.#loads = new MinTree(candidates.length);
    for (const candidate of candidates) this.changed(candidate);
  }

  choose(tried: readonly C[]): C | undefined {
    for (const { index } of tried) this.#loads.set(index, Infinity, 1);
    const chosen = this.#candidates[this.#loads.placeAt(this.#random.next())];
    for (const candidate of tried) this.changed(candidate);
    return chosen;
  }

  changed(candidate: C): void {
    const share = shareOf(candidate);
    if (share === 0) this.#loads.set(candidate.index, Infinity, 1);
    else this.#loads.set(candidate.index, candidate.activeConnections / share, share);
  }
}
