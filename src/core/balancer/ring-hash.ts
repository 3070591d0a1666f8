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

/** Points, and the index of the candidate that each belongs to. */
interface Ring {
  readonly positions: Uint32Array;
  readonly owners: Uint32Array;
}

function buildRing(weights: Float64Array, hash: NamedHash): Ring {
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const perWeight = Math.min(pointsEach * weights.length, maxPoints) / totalWeight;
  const counts = Uint32Array.from(weights, (weight) => Math.max(1, Math.round(weight * perWeight)));
  const ring = emptyRing(counts.reduce((sum, count) => sum + count, 0));
  let end = 0;
  for (const [index, count] of counts.entries()) {
    for (let salt = 0; salt < count; salt++) {
      ring.positions[end] = hash.at(index, salt);
      ring.owners[end++] = index;
    }
  }
  // Radix sort: the order of the lower half outlasts the sorting by the upper half.
  return sortedBy16Bits(sortedBy16Bits(ring, 0), 16);
}

function emptyRing(size: number): Ring {
  return { positions: new Uint32Array(size), owners: new Uint32Array(size) };
}

/** In the order of 16 bits of the positions; equal ones stay in the order that they had. */
function sortedBy16Bits({ positions, owners }: Ring, shift: number): Ring {
  const sorted = emptyRing(positions.length);
  /** Where the next point with these bits belongs. */
  const places = new Uint32Array(2 ** 16 + 1);
  for (const position of positions) {
    const bits = (position >>> shift) & 0xffff;
    places[bits + 1] = (places[bits + 1] ?? 0) + 1;
  }
  for (let bits = 1; bits < places.length; bits++) places[bits] = (places[bits] ?? 0) + (places[bits - 1] ?? 0);
  for (let point = 0; point < positions.length; point++) {
    const position = positions[point] ?? 0;
    const bits = (position >>> shift) & 0xffff;
    const place = places[bits] ?? 0;
    places[bits] = place + 1;
    sorted.positions[place] = position;
    sorted.owners[place] = owners[point] ?? 0;
  }
  return sorted;
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
