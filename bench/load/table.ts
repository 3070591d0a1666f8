/** The results of a benchmark: what was measured, of whom, in which rounds. */

/** A figure that each round yields. */
export interface Metric {
  readonly key: string;
  /** Title of its column, with the unit. */
  readonly title: string;
  readonly digits: number;
  /** Show it relative to the baseline, too. */
  readonly ratio?: boolean;
}

/** What one contender did. */
export interface Row {
  readonly name: string;
  /** The figures of each round, by their metric's key. */
  readonly rounds: Readonly<Record<string, number>>[];
  /** Why it cannot do this; empty when it can. */
  failure: string;
}

/** One comparison. */
export interface Table {
  readonly id: string;
  readonly title: string;
  /** How it was measured. */
  readonly about: string;
  readonly metrics: readonly Metric[];
  /** The row that ratios refer to. */
  readonly baseline: string;
  readonly rows: readonly Row[];
}
