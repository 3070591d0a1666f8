import type { Candidate } from "./balancer.ts";

/** A slow start may begin with nothing at all; who gets no connection at all would never get on. */
const minShare = 0.01;

/** The part of new connections that a candidate shall get now, relative to the others'; 0 when it is not available. */
export function shareOf(candidate: Candidate): number {
  return candidate.available ? Math.max(candidate.effectiveWeight, minShare) : 0;
}

/**
 * How busy an available candidate is, relative to its share. All idle ones are equal, as in HAProxy and nginx: to count
 * the connection to come as well would leave a light one without any as long as a heavier one is nearly idle.
 */
export function loadOf(candidate: Candidate): number {
  return candidate.activeConnections / shareOf(candidate);
}
