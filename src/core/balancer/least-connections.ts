import type { Random } from "../runtime/clock.ts";
import type { Balancer, Candidate } from "./balancer.ts";
import { loadOf } from "./load.ts";
import { MinTree } from "./min-tree.ts";

/**
 * The one with the fewest active connections for its share. Among equals a random one: always the first would give it
 * every connection of an idle hour. O(log n).
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
    for (const candidate of tried) this.#loads.set(candidate.index, Infinity);
    const chosen = this.#candidates[this.#loads.placeAt(this.#random.next())];
    for (const candidate of tried) this.changed(candidate);
    return chosen;
  }

  changed(candidate: C): void {
    this.#loads.set(candidate.index, loadOf(candidate));
  }
}
