/** Counts of observed durations by upper bound, as Prometheus wants them. */
export class Histogram {
  /** Upper bounds in seconds, ascending. */
  readonly boundsSeconds: readonly number[];
  /** One count per bound, and a last one for what lies above all. Not cumulative. */
  readonly counts: Float64Array;
  sumSeconds = 0;

  constructor(boundsSeconds: readonly number[]) {
    this.boundsSeconds = boundsSeconds;
    this.counts = new Float64Array(boundsSeconds.length + 1);
  }

  observeMs(durationMs: number): void {
    const seconds = durationMs / 1000;
    this.sumSeconds += seconds;
    let index = 0;
    while (index < this.boundsSeconds.length && seconds > (this.boundsSeconds[index] ?? Infinity)) index++;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
  }
}

/** From a loopback connect to one that ran into its timeout. */
export const connectBoundsSeconds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10,
];

/** From a single request to a database session. */
export const durationBoundsSeconds: readonly number[] = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800, 3600];
