/** When things happen in a demo. */
export interface DemoPlan {
  /** How often an endpoint is killed and brought back; Infinity: until somebody stops it. */
  readonly cycles: number;
  readonly cycleMs: number;
  /** From the start of a cycle. */
  readonly killAtMs: number;
  /** From the start of a cycle. */
  readonly returnAtMs: number;
  readonly healthIntervalMs: number;
}

/** How long a kill, its discovery and the return take when there is time to watch. */
const fullCycleMs = 12_000;
const fullHealthIntervalMs = 250;

/** Fits whole cycles into the time that there is, so that a short demo shows a kill and a return too. */
export function planDemo(seconds: number | undefined): DemoPlan {
  const cycles = seconds === undefined ? Infinity : Math.max(1, Math.round((seconds * 1000) / fullCycleMs));
  const cycleMs = seconds === undefined ? fullCycleMs : (seconds * 1000) / cycles;
  return {
    cycles,
    cycleMs,
    killAtMs: cycleMs * 0.25,
    returnAtMs: cycleMs * 0.6,
    healthIntervalMs: Math.min(fullHealthIntervalMs, cycleMs / 12),
  };
}
