/** What the health checker found about an endpoint; `unknown` until the first probe. */
export type Health = "unknown" | "healthy" | "unhealthy";

/** One probe that is over. */
export interface ProbeResult {
  /** `ok`, or the failure's name. */
  readonly result: string;
  readonly durationMs: number;
  /** When it was over, in wall-clock milliseconds. */
  readonly atMs: number;
}

/**
 * The health of one endpoint, from the results of its probes.
 *
 * ```
 * unknown ──success──▶ healthy ──`fall` failures in a row──▶ unhealthy
 *    └──────failure──▶ unhealthy ──`rise` successes in a row──▶ healthy
 * ```
 *
 * The first probe decides at once, as in HAProxy: a dead endpoint gets no traffic for `fall` intervals after a start.
 * So does the first success: an endpoint that merely started after the proxy is not kept out for `rise` intervals.
 */
export class HealthState {
  status: Health = "unknown";
  /** When `status` last changed, in wall-clock milliseconds. */
  sinceMs: number;
  /** What the last probe said: `ok`, or the failure's name; undefined before the first. */
  lastProbe: string | undefined = undefined;
  /** When the last probe was over, in wall-clock milliseconds. */
  lastProbeMs: number | undefined = undefined;
  /** How long the last probe took. */
  lastProbeDurationMs: number | undefined = undefined;
  /** It was healthy at some time. */
  proven = false;
  /** How many results there were. */
  probes = 0;
  /** Successes in a row up to now: 0 after a failure. */
  successes = 0;
  /** Failures in a row up to now: 0 after a success. */
  failures = 0;

  constructor(wallTimeMs: number) {
    this.sinceMs = wallTimeMs;
  }

  /** The last result contradicts the status: a few more like it, and it changes. */
  get changing(): boolean {
    return this.status === "healthy" ? this.failures > 0 : this.status === "unhealthy" && this.successes > 0;
  }

  /** Takes a probe's result; returns whether the status changed. */
  record(
    { result, durationMs, atMs }: ProbeResult,
    thresholds: { readonly rise: number; readonly fall: number },
  ): boolean {
    this.lastProbe = result;
    this.lastProbeMs = atMs;
    this.lastProbeDurationMs = durationMs;
    // What we ran out of ourselves says nothing about the endpoint.
    if (result === "resources") return false;
    this.probes++;
    const success = result === "ok";
    this.successes = success ? this.successes + 1 : 0;
    this.failures = success ? 0 : this.failures + 1;
    const first = this.status === "unknown";
    let next = this.status;
    if (success && (!this.proven || this.successes >= thresholds.rise)) next = "healthy";
    if (!success && (first || this.failures >= thresholds.fall)) next = "unhealthy";
    this.proven ||= success;
    if (next === this.status) return false;
    this.status = next;
    this.sinceMs = atMs;
    return true;
  }
}
