import type { Balancer, Candidate } from "./balancer.ts";
import { BoundedLoad } from "./bounded-load.ts";
import { mixBits } from "./hash.ts";
import { NamedHash } from "./named-hash.ts";

/** Primes, so that each candidate's steps meet every entry. The paper asks for a hundred entries for each candidate. */
const smallTable = 65_537;
const largeTable = 1_048_573;
const entriesEach = 100;
/** How many entries a choice looks at; beyond, so many candidates are out that keeping a client matters less. */
const maxLooks = 64;

/**
 * `maglev`: a table that the candidates fill in turn, each along its own way by name and as often as its weight says; a
 * client belongs to the entry at its hash (Eisenbud et al., "Maglev: a fast and reliable software network load
 * balancer", NSDI 2016, section 3.4; weights as in Envoy, source/extensions/load_balancing_policies/maglev). Where that
 * candidate is not available or above its bound the client is hashed anew, so nobody else moves; after a bounded number
 * of times it gets the least loaded one. Constant time, but for the first choice and after a change of a weight, when the
 * table is filled.
 */
export class Maglev<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #hash: NamedHash;
  readonly #bound: BoundedLoad<C>;
  readonly #weights: Float64Array;
  /** Which index fills its entries first, by name: the list's order shall not matter. */
  readonly #order: Uint32Array;
  #table: Uint32Array | undefined;

  constructor(candidates: readonly C[], balanceFactor: number) {
    this.#candidates = candidates;
    this.#hash = new NamedHash(candidates);
    this.#bound = new BoundedLoad(candidates, balanceFactor);
    this.#weights = Float64Array.from(candidates, ({ weight }) => weight);
    const byName = candidates.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    this.#order = Uint32Array.from(byName, ({ index }) => index);
  }

  choose(tried: readonly C[], clientHash: number): C | undefined {
    let hash = mixBits(clientHash);
    if (this.#candidates.length === 0) return undefined;
    this.#table ??= fillTable(this.#weights, this.#order, this.#hash);
    const table = this.#table;
    for (let look = 0; look < maxLooks; look++) {
      const index = table[hash % table.length] ?? 0;
      if (this.#bound.allows(index)) {
        const candidate = this.#candidates[index];
        if (candidate !== undefined && !tried.includes(candidate)) return candidate;
      }
      hash = mixBits(hash + 0x9e3779b9);
    }
    return this.#bound.leastLoaded(tried, hash / 2 ** 32);
  }

  changed(candidate: C): void {
    this.#bound.changed(candidate);
    if (this.#weights[candidate.index] === candidate.weight) return;
    this.#weights[candidate.index] = candidate.weight;
    this.#table = undefined;
  }
}

/** Each entry's candidate, by index. */
function fillTable(weights: Float64Array, order: Uint32Array, hash: NamedHash): Uint32Array {
  const size = weights.length * entriesEach <= smallTable ? smallTable : largeTable;
  const table = new Uint32Array(size);
  const taken = new Uint8Array(size);
  const next = Uint32Array.from(weights, (_, index) => hash.at(index, 0) % size);
  const step = Uint32Array.from(weights, (_, index) => 1 + (hash.at(index, 1) % (size - 1)));
  const meanWeight = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  /** How much of its next entry each has earned, in units of weight: one entry in a round for the mean of them. */
  const earned = new Float64Array(weights.length);
  let left = size;
  while (true) {
    for (const index of order) {
      let credit = (earned[index] ?? 0) + (weights[index] ?? 0);
      const stride = step[index] ?? 1;
      let entry = next[index] ?? 0;
      for (; credit >= meanWeight; credit -= meanWeight) {
        while (taken[entry] === 1) {
          entry += stride;
          if (entry >= size) entry -= size;
        }
        table[entry] = index;
        taken[entry] = 1;
        if (--left === 0) return table;
      }
      next[index] = entry;
      earned[index] = credit;
    }
  }
}
