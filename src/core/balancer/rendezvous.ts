import type { Balancer, Candidate } from "./balancer.ts";
import { mixBits } from "./hash.ts";
import { NamedHash } from "./named-hash.ts";

/** How many of the best candidates are remembered for a slot. */
const ranks = 4;
/** Up to so many candidates there are few slots: some 64 for each is what keeps the shares even. */
const fewCandidates = 1024;
const fewSlots = 2 ** 16;
const manySlots = 2 ** 18;

/**
 * `ip-hash`: of all candidates the one that scores best for this client (rendezvous hashing, Thaler & Ravishankar, "Using
 * name-based mappings to increase hit rates", 1998; weighted as by Schindelhauer & Schomaker, "Weighted distributed hash
 * tables", 2005: w / -ln h). When one ceases to be available only its clients move, and they come back with it.
 *
 * Clients share slots, and the best candidates of a slot are remembered from its first use on; where none of them is
 * available, who takes their place is remembered too, until somebody comes back. So a choice takes constant time, but
 * O(n) for the first of a slot. The number of slots hardly ever depends on that of the candidates: with another one all
 * clients would move.
 */
export class Rendezvous<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #hash: NamedHash;
  readonly #weights: Float64Array;
  readonly #slots: number;
  /** For each slot the indices of its best candidates, plus 1; 0 where there is none or it was not looked for yet. */
  #memory: Uint32Array | undefined;
  /** 1 for who was available at its last change: tells who comes back. */
  readonly #available: Uint8Array;
  /** By slot: the best of those available, where it is none of the remembered best. */
  readonly #substitutes: Map<number, C> = new Map();
  /** The best of the search under way, the very best first. */
  readonly #best: Uint32Array = new Uint32Array(ranks);
  readonly #bestCosts: Float64Array = new Float64Array(ranks);

  constructor(candidates: readonly C[]) {
    this.#candidates = candidates;
    this.#hash = new NamedHash(candidates);
    this.#weights = Float64Array.from(candidates, ({ weight }) => weight);
    this.#available = Uint8Array.from(candidates, ({ available }) => Number(available));
    this.#slots = candidates.length <= fewCandidates ? fewSlots : manySlots;
  }

  choose(tried: readonly C[], clientHash: number): C | undefined {
    const slot = mixBits(clientHash) % this.#slots;
    const salt = mixBits(slot);
    this.#memory ??= new Uint32Array(ranks * this.#slots);
    const start = ranks * slot;
    if (this.#memory[start] === 0) {
      this.#search(salt, ranks, () => true);
      this.#memory.set(this.#best, start);
    }
    for (let rank = 0; rank < ranks; rank++) {
      const candidate = this.#candidates[(this.#memory[start + rank] ?? 0) - 1];
      if (candidate?.available === true && !tried.includes(candidate)) return candidate;
    }
    const substitute = this.#substitutes.get(slot);
    if (substitute?.available === true && !tried.includes(substitute)) return substitute;
    this.#search(salt, 1, (candidate) => candidate.available && !tried.includes(candidate));
    const found = this.#candidates[(this.#best[0] ?? 0) - 1];
    if (found !== undefined && tried.length === 0) this.#substitutes.set(slot, found);
    return found;
  }

  changed({ index, weight, available }: C): void {
    const isBack = available && this.#available[index] === 0;
    this.#available[index] = Number(available);
    const isWeightNew = this.#weights[index] !== weight;
    if (isBack || isWeightNew) this.#substitutes.clear();
    if (!isWeightNew) return;
    this.#weights[index] = weight;
    this.#memory = undefined;
  }

  /** Fills `#best` with the `count` best of those that are `eligible`. */
  #search(salt: number, count: number, eligible: (candidate: C) => boolean): void {
    const costs = this.#bestCosts.fill(Infinity);
    this.#best.fill(0);
    for (let index = 0; index < this.#weights.length; index++) {
      const weight = this.#weights[index] ?? 1;
      const hash = (this.#hash.at(index, salt) + 0.5) / 2 ** 32;
      // -ln h is never below 1 - h: most need no logarithm, nor a look at the candidate.
      if (1 - hash > (costs[count - 1] ?? 0) * weight) continue;
      const candidate = this.#candidates[index];
      if (candidate !== undefined && eligible(candidate)) this.#insert(index, -Math.log(hash) / weight, count);
    }
  }

  #insert(index: number, cost: number, count: number): void {
    let rank = count - 1;
    if ((this.#bestCosts[rank] ?? 0) <= cost) return;
    for (; rank > 0 && (this.#bestCosts[rank - 1] ?? 0) > cost; rank--) {
      this.#best[rank] = this.#best[rank - 1] ?? 0;
      this.#bestCosts[rank] = this.#bestCosts[rank - 1] ?? 0;
    }
    this.#best[rank] = index + 1;
    this.#bestCosts[rank] = cost;
  }
}
