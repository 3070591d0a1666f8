import type { Balancer, Candidate } from "./balancer.ts";

/**
 * Each in turn, in proportion to the weights and as evenly spread as they allow: weights 5, 1, 1 give A A B A C A A.
 * One that is not available is passed over without losing its place. This is nginx's smooth weighted round robin
 * (src/http/ngx_http_upstream_round_robin.c); with equal weights it is the plain one.
 */
export class RoundRobin<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  /** What each candidate is owed. */
  readonly #credit: Float64Array;

  constructor(candidates: readonly C[]) {
    this.#candidates = candidates;
    this.#credit = new Float64Array(candidates.length);
  }

  choose(tried: readonly C[]): C | undefined {
    const credit = this.#credit;
    let best = -1;
    let bestCredit = -Infinity;
    let totalWeight = 0;
    for (let index = 0; index < this.#candidates.length; index++) {
      const candidate = this.#candidates[index];
      if (candidate === undefined || !candidate.available || tried.includes(candidate)) continue;
      totalWeight += candidate.weight;
      const grown = (credit[index] ?? 0) + candidate.weight;
      credit[index] = grown;
      if (grown > bestCredit) {
        bestCredit = grown;
        best = index;
      }
    }
    if (best < 0) return undefined;
    credit[best] = bestCredit - totalWeight;
    return this.#candidates[best];
  }
}
