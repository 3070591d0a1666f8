import type { Candidate } from "./balancer.ts";

/** A slow start may begin with nothing at all; who gets no connection at all would never get on. */
const minShare = 0.01;

/** The part of new connections that a candidate shall get now, relative to the others'; 0 when it is not available. */
export function shareOf(candidate: Candidate): number {
  return candidate.available ? Math.max(candidate.effectiveWeight, minShare) : 0;
}

/**
 * How busy a candidate would be with one connection more, relative to its share. Counting the new one keeps a heavier
 * idle candidate ahead of a lighter idle one. Infinity when it is not available.
 */
export function loadOf(candidate: Candidate): number {
  return (candidate.activeConnections + 1) / shareOf(candidate);
}
