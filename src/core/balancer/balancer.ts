/** The contract of a balancer, and the names of the policies. */
import type { PeakEwma } from "./peak-ewma-latency.ts";

/** The ways to choose an endpoint. */
export type PolicyName =
  | "round-robin"
  | "weighted-round-robin"
  | "least-connections"
  | "random"
  | "p2c"
  | "ip-hash"
  | "ring-hash"
  | "maglev"
  | "peak-ewma";

/** The policies that keep a client on its endpoint: the only ones that read the client's hash. */
export const hashPolicies: ReadonlySet<PolicyName> = new Set<PolicyName>(["ip-hash", "ring-hash", "maglev"]);

/** What a balancer may know about an endpoint. */
export interface Candidate {
  /** Its place in the list that the balancer was built for. */
  readonly index: number;
  /** What it is known by: the hash policies give a client the same name again, whatever the list around it. */
  readonly name: string;
  /** Share of new connections relative to the others: 1 to 256. */
  readonly weight: number;
  /** `weight`, or a part of it while the endpoint starts slowly. The hash policies do not look at it: clients stay. */
  readonly effectiveWeight: number;
  /** Connections that run or are being made. */
  readonly activeConnections: number;
  /** How long it takes to answer. */
  readonly latency: PeakEwma;
  /** Whether it may be chosen now: the only question a balancer asks about its state. */
  readonly available: boolean;
}

/** Chooses an endpoint for one attempt. Built once for a fixed list of candidates; pure but for its own position. */
export interface Balancer<C extends Candidate> {
  /**
   * An available candidate that is not in `tried`, or undefined when there is none. In constant or logarithmic time.
   *
   * `tried` holds the candidates that this connection's earlier attempts used. `clientHash` is 32 bits that stand for
   * the client: only the policies that keep a client on its endpoint read it.
   */
  choose(tried: readonly C[], clientHash: number): C | undefined;
  /** A candidate's weight, load or availability is not what it was: called after every change of one. */
  changed(candidate: C): void;
}
