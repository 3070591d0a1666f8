import type { OutcomeCode } from "../observe/outcome.ts";
import type { Random } from "../runtime/clock.ts";
import type { UpstreamSettings } from "../server/settings.ts";
import type { Endpoint } from "../upstream/endpoint.ts";

/** Which setting lets a request be sent again after an attempt that ended so; absent: none does. */
const conditions: Readonly<Partial<Record<OutcomeCode, "reset" | "timeout">>> = {
  "endpoint-closed": "reset",
  "endpoint-reset": "reset",
  "endpoint-error": "reset",
  "endpoint-timeout": "timeout",
  "response-timeout": "timeout",
};

/**
 * Whether a request may be tried again. A connect that failed has sent nothing, so any request may go to another endpoint.
 * Once it was sent, only one that may happen twice is sent again (RFC 9110 section 9.2.2), unless the settings say otherwise.
 * Used for one request after the other.
 */
export class RetryState {
  /** The endpoints of failed attempts. */
  tried: readonly Endpoint[] = noEndpoints;
  /** Why the last attempt failed. */
  failure: OutcomeCode = "no-endpoint";
  /** A connection that had served before was lost: the next one shall be new. */
  wantsFresh = false;
  /** It may be sent again after it was sent. */
  repeats = false;
  #settings!: UpstreamSettings;
  #connectFailures = 0;
  #retries = 0;

  /** A new request, before anything else. */
  begin(settings: UpstreamSettings, idempotent: boolean): void {
    this.tried = noEndpoints;
    this.failure = "no-endpoint";
    this.wantsFresh = false;
    this.repeats = idempotent || settings.http.retry.nonIdempotent;
    this.#settings = settings;
    this.#connectFailures = 0;
    this.#retries = 0;
  }

  /** The endpoint is not tried again. */
  failedAt(endpoint: Endpoint | undefined): void {
    if (endpoint !== undefined) this.tried = this.triedAnd(endpoint);
  }

  /** Those, and one more. */
  triedAnd(endpoint: Endpoint): readonly Endpoint[] {
    return [...this.tried, endpoint];
  }

  /** A hedge has failed: `endpoint` is not tried again. */
  hedgeFailed(outcome: OutcomeCode, endpoint: Endpoint | undefined): void {
    this.failure = outcome;
    this.failedAt(endpoint);
  }

  /** How much of a body is kept to be sent again. */
  get maxKeptBytes(): number {
    return this.#settings.http.retry.maxBodyBytes;
  }

  /**
   * An idle connection was gone when the request came to it (RFC 9112 section 9.3.1): whether the request goes to a new one,
   * once. `whole`: all that was sent is kept.
   */
  takeStale(whole: boolean): boolean {
    if (!this.repeats || !whole || this.wantsFresh) return false;
    this.wantsFresh = true;
    return true;
  }

  /** Whether a request that was sent may be sent again after an attempt that ended so. */
  allows(outcome: OutcomeCode, whole: boolean): boolean {
    const { attempts, on } = this.#settings.http.retry;
    const condition = conditions[outcome];
    return condition !== undefined && on.includes(condition) && this.repeats && whole && this.#retries < attempts;
  }

  /** The same for an answer with a status. */
  allowsStatus(status: number, whole: boolean): boolean {
    const { attempts, on } = this.#settings.http.retry;
    return on.length > 0 && on.includes(status) && this.repeats && whole && this.#retries < attempts;
  }

  /** What an attempt that was sent then has left of its own time, when there may be another one; else infinite. */
  tryLeftMs(sentMs: number, nowMs: number, whole: boolean): number {
    const { perTryTimeoutMs } = this.#settings.http.retry;
    const counts = perTryTimeoutMs !== undefined && this.allows("response-timeout", whole);
    return counts ? sentMs + perTryTimeoutMs - nowMs : Infinity;
  }

  /** An attempt has failed: in how many milliseconds the next one may start; undefined when there is none. */
  next(outcome: OutcomeCode, whole: boolean, random: Random): number | undefined {
    this.failure = outcome;
    if (outcome.startsWith("connect-")) {
      return ++this.#connectFailures <= this.#settings.connectRetries ? 0 : undefined;
    }
    if (!this.allows(outcome, whole)) return undefined;
    return this.backoff(random);
  }

  /** One retry more: how long it waits. Full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS, 2015). */
  backoff(random: Random): number {
    const { backoffMs, maxBackoffMs } = this.#settings.http.retry;
    const mostMs = Math.min(maxBackoffMs, backoffMs * 2 ** this.#retries);
    this.#retries++;
    return Math.ceil(random.next() * mostMs);
  }
}

/** No endpoint was tried yet: shared, as most exchanges never try a second. */
const noEndpoints: readonly Endpoint[] = [];
