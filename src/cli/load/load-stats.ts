import { LatencyHistogram } from "./latency-histogram.ts";

/** What can go wrong with a round trip, and what it means. */
export const loadErrors = {
  "connect-refused": "nothing listens there",
  "connect-timeout": "no answer to the connect within --timeout",
  "connect-unreachable": "there is no way to the address",
  "connect-not-found": "the name or the unix socket does not exist",
  "connect-resources": "this process ran out of descriptors or local ports: see ulimit -n",
  "connect-denied": "this process may not connect there",
  "connect-failed": "the connect failed in another way",
  reset: "the peer aborted the connection",
  "closed-early": "the peer closed before it had sent everything back",
  "wrong-bytes": "what came back is not what was sent",
  "no-answer": "nothing more came back within --timeout",
  "no-close": "all came back, but no FIN in answer to ours within --timeout",
  broken: "the connection failed in another way",
} as const;

/** The kinds of errors of a load run. */
export type LoadError = keyof typeof loadErrors;

/** All kinds, in the table's order. */
export const loadErrorKinds: readonly LoadError[] = Object.keys(loadErrors) as LoadError[];

/** The counters of a load run. */
export class LoadStats {
  /** Connections ever made. */
  connections = 0;
  /** Round trips of which every byte was right. */
  roundTrips = 0;
  readonly latency: LatencyHistogram = new LatencyHistogram();
  /** The same since whoever shows it last cleared it. */
  readonly recent: LatencyHistogram = new LatencyHistogram();
  readonly errors: Record<LoadError, number> = Object.fromEntries(loadErrorKinds.map((kind) => [kind, 0])) as Record<
    LoadError,
    number
  >;

  get errorCount(): number {
    let count = 0;
    for (const kind of loadErrorKinds) count += this.errors[kind];
    return count;
  }

  /** Counts a round trip that took this long. */
  roundTrip(durationMs: number): void {
    this.roundTrips++;
    this.latency.observeMs(durationMs);
    this.recent.observeMs(durationMs);
  }
}
