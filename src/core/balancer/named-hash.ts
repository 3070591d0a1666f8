import type { Candidate } from "./balancer.ts";
import { hashText, mixBits } from "./hash.ts";

/**
 * For each candidate an endless row of hashes that depends on its name alone. It starts from 64 bits: among ten
 * thousand names two with the same 32 are likely, and all that one of them does the other would do too.
 */
export class NamedHash {
  readonly #first: Uint32Array;
  readonly #second: Uint32Array;

  constructor(candidates: readonly Candidate[]) {
    this.#first = Uint32Array.from(candidates, ({ name }) => hashText(name));
    this.#second = Uint32Array.from(candidates, ({ name }) => hashText(name, 0x9e3779b9));
  }

  /** 32 unsigned bits for the candidate at this index; `salt` is 32 bits too. */
  at(index: number, salt: number): number {
    return mixBits(Math.imul((this.#first[index] ?? 0) ^ salt, 0x9e3779b1) ^ (this.#second[index] ?? 0));
  }
}
