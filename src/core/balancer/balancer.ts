/** The contract of a balancer, and the names of the policies. */

/** The ways to choose an endpoint. */
export type PolicyName = "round-robin" | "random" | "p2c" | "least-connections";

/** What a balancer may know about an endpoint. */
export interface Candidate {
  /** Share of new connections relative to the others: 1 to 256. */
  readonly weight: number;
  /** Connections that run or are being made. */
  readonly activeConnections: number;
  /** Whether it may be chosen now: the only question a balancer asks about its state. */
  readonly available: boolean;
}

/** Chooses an endpoint for one attempt. Built once for a fixed set of candidates; pure but for its own position. */
export interface Balancer<C extends Candidate> {
  /**
   * An available candidate that is not in `tried`, or undefined when there is none.
   * `tried` holds the candidates that this connection's earlier attempts used.
   */
  choose(tried: readonly C[]): C | undefined;
}
