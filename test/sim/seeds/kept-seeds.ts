/** A seed that once failed, and what it had found. */
export interface KeptSeed {
  readonly seed: number;
  readonly what: string;
}

/** They mean something as long as the generator is as it was; a scenario that must outlive it is kept as JSON. */
export const keptSeeds: readonly KeptSeed[] = [];
