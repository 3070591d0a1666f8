import type { Candidate } from "./balancer.ts";
import { MinTree } from "./min-tree.ts";

/**
 * Who may take one connection more without getting above its bound: `balanceFactor` times its fair share, by weight, of
 * the connections that run on the available candidates, the new one counted (Mirrokni, Thorup & Zadimoghaddam,
 * "Consistent Hashing with Bounded Loads", 2017). Asking takes constant time, a change O(log n).
 */
export class BoundedLoad<C extends Candidate> {
  readonly #candidates: readonly C[];
  readonly #balanceFactor: number;
  /** As they were when a change was told; both 0 while a candidate is not available. */
  readonly #weights: Float64Array;
  readonly #connections: Float64Array;
  /** Connections for each unit of weight. Who has the fewest is never above its bound. */
  readonly #loads: MinTree;
  #totalWeight = 0;
  #totalConnections = 0;

  /** `balanceFactor` is above 1. */
  constructor(candidates: readonly C[], balanceFactor: number) {
    this.#candidates = candidates;
    this.#balanceFactor = balanceFactor;
    this.#weights = new Float64Array(candidates.length);
    this.#connections = new Float64Array(candidates.length);
    this.#loads = new MinTree(candidates.length);
    for (const candidate of candidates) this.changed(candidate);
  }

  /** Takes over a candidate's weight, connections and availability. */
  changed(candidate: C): void {
    const { index, available } = candidate;
    const weight = available ? candidate.weight : 0;
    const connections = available ? candidate.activeConnections : 0;
    this.#totalWeight += weight - (this.#weights[index] ?? 0);
    this.#totalConnections += connections - (this.#connections[index] ?? 0);
    this.#weights[index] = weight;
    this.#connections[index] = connections;
    this.#loads.set(index, available ? connections / weight : Infinity, candidate.weight);
  }

  /** Whether the candidate at this index is available and below its bound. */
  allows(index: number): boolean {
    const weight = this.#weights[index] ?? 0;
    if (weight === 0) return false;
    const bound = Math.ceil((this.#balanceFactor * (this.#totalConnections + 1) * weight) / this.#totalWeight);
    return (this.#connections[index] ?? 0) < bound;
  }

  /** The available one with the fewest connections for its weight; of equals the one at `fraction`, in [0, 1), of their weights. */
  leastLoaded(tried: readonly C[], fraction: number): C | undefined {
    for (const { index } of tried) this.#loads.set(index, Infinity, 1);
    const found = this.#candidates[this.#loads.placeAt(fraction)];
    for (const candidate of tried) this.changed(candidate);
    return found;
  }
}
