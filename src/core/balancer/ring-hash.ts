import type { Balancer, Candidate } from "./balancer.ts";
import { BoundedLoad } from "./bounded-load.ts";
import { mixBits } from "./hash.ts";
import { NamedHash } from "./named-hash.ts";

/** On average, in proportion to the weights. */
const pointsEach = 160;
const maxPoints = 2 ** 18;
/** How many points a choice looks at; beyond, so many candidates are out that keeping a client matters less. */
const maxLooks = 128;

/**
 * `ring-hash`: each candidate has points on a ring, by its name and its weight; a client belongs to the first point from
 * its own hash on whose candidate is available and below its bound (Karger et al., "Consistent hashing and random
 * trees", 1997; points as in libketama). After a bounded number of points it gets the least loaded candidate.
 * O(log n), but O(n log n) for the first choice and after a change of a weight.
 */
export class RingHash<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #hash: NamedHash;
  readonly #bound: BoundedLoad<C>;
  readonly #weights: Float64Array;
  #ring: Ring | undefined;

  constructor(candidates: readonly C[], balanceFactor: number) {
    this.#candidates = candidates;
    this.#hash = new NamedHash(candidates);
    this.#bound = new BoundedLoad(candidates, balanceFactor);
    this.#weights = Float64Array.from(candidates, ({ weight }) => weight);
  }

  choose(tried: readonly C[], clientHash: number): C | undefined {
    const hash = mixBits(clientHash);
    this.#ring ??= buildRing(this.#weights, this.#hash);
    const { positions, owners } = this.#ring;
    let place = firstFrom(positions, hash);
    for (let looks = Math.min(maxLooks, owners.length); looks > 0; looks--) {
      if (place === owners.length) place = 0;
      const index = owners[place++] ?? 0;
      if (!this.#bound.allows(index)) continue;
      const candidate = this.#candidates[index];
      if (candidate !== undefined && !tried.includes(candidate)) return candidate;
    }
    return this.#bound.leastLoaded(tried, hash / 2 ** 32);
  }

  changed(candidate: C): void {
    this.#bound.changed(candidate);
    if (this.#weights[candidate.index] === candidate.weight) return;
    this.#weights[candidate.index] = candidate.weight;
    this.#ring = undefined;
  }
}

/** The points in the order of their positions, and the index of the candidate that each belongs to. */
interface Ring {
  readonly positions: Uint32Array;
  readonly owners: Uint32Array;
}

function buildRing(weights: Float64Array, hash: NamedHash): Ring {
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const perWeight = Math.min(pointsEach * weights.length, maxPoints) / totalWeight;
  const counts = weights.map((weight) => Math.max(1, Math.round(weight * perWeight)));
  // Position and owner in one number each, below 2^53, so that sorting needs no comparison of ours.
  const points = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let end = 0;
  for (const [index, count] of counts.entries())
    for (let salt = 0; salt < count; salt++) points[end++] = hash.at(index, salt) * weights.length + index;
  points.sort();
  return {
    positions: Uint32Array.from(points, (point) => Math.floor(point / weights.length)),
    owners: Uint32Array.from(points, (point) => point % weights.length),
  };
}

/** The place of the first number that is not below `value`; the length when all are. */
function firstFrom(ascending: Uint32Array, value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ascending[middle] ?? 0) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
