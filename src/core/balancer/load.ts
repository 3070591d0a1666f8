import type { Candidate } from "./balancer.ts";

/**
 * How busy a candidate would be with one connection more, relative to its weight. Counting the new one keeps a heavier
 * idle candidate ahead of a lighter idle one.
 */
export function loadOf(candidate: Candidate): number {
  return (candidate.activeConnections + 1) / candidate.weight;
}
