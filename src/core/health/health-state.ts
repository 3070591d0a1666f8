/** What the health checker found about an endpoint; `unknown` until the first probe. */
export type Health = "unknown" | "healthy" | "unhealthy";

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
  /** It was healthy at some time. */
  proven = false;
  /** How many results there were. */
  probes = 0;
  #successes = 0;
  #failures = 0;

  constructor(wallTimeMs: number) {
    this.sinceMs = wallTimeMs;
  }

  /** Takes a probe's result, `ok` or a failure's name; returns whether the status changed. */
  record(result: string, thresholds: { readonly rise: number; readonly fall: number }, wallTimeMs: number): boolean {
    this.lastProbe = result;
    this.probes++;
    const success = result === "ok";
    this.#successes = success ? this.#successes + 1 : 0;
    this.#failures = success ? 0 : this.#failures + 1;
    const first = this.status === "unknown";
    let next = this.status;
    if (success && (!this.proven || this.#successes >= thresholds.rise)) next = "healthy";
    if (!success && (first || this.#failures >= thresholds.fall)) next = "unhealthy";
    this.proven ||= success;
    if (next === this.status) return false;
    this.status = next;
    this.sinceMs = wallTimeMs;
    return true;
  }
}
