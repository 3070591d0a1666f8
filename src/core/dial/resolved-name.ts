import type { Timer } from "../runtime/clock.ts";
import type { Pending, Runtime } from "../runtime/runtime.ts";
import type { ResolveSettings } from "../server/settings.ts";
import { alternateFamilies } from "./happy-eyeballs.ts";

/** What is known about a name, for people to read. Times are wall-clock milliseconds. */
export interface Resolution {
  /** In the order they are tried; empty as long as none were found. */
  readonly addresses: readonly string[];
  /** When they were found. */
  readonly resolvedAtMs: number | undefined;
  /** From when on they are looked up again; they serve until there are new ones. */
  readonly expiresAtMs: number | undefined;
  /** The last look-up that failed, if one ever did. */
  readonly lastFailure: { readonly reason: "not-found" | "timeout" | "other"; readonly atMs: number } | undefined;
}

/**
 * A name and its addresses. They are looked up when they are first asked for, and again when they are asked for after
 * their TTL: nobody asks, nothing is looked up. While a look-up runs and after it failed, the last answer serves on,
 * for as long as it takes (RFC 8767, "Serving Stale Data to Improve DNS Resiliency").
 *
 * The TTL is kept within `minTtlMs` and `maxTtlMs`. Where none is told it is `minTtlMs`: such an answer is from the
 * hosts file, which costs nothing to read, or from a DNS that hides its TTLs, whose answers may change at any time.
 * After a failure the next look-up is made `minTtlMs` later at the earliest.
 */
export class ResolvedName {
  readonly #host: string;
  readonly #runtime: Runtime;
  readonly #settings: ResolveSettings;
  readonly #onSettled: () => void;
  #addresses: readonly string[] | undefined;
  #resolvedAtMs: number | undefined;
  #expiresAtMs: number | undefined;
  #lastFailure: Resolution["lastFailure"];
  /** No look-up before that, on the monotonic clock. */
  #nextMs = -Infinity;
  #lookUp: Pending | undefined;
  #deadline: Timer | undefined;

  /** `onSettled` is called after each look-up, failed ones included. */
  constructor(host: string, runtime: Runtime, settings: ResolveSettings, onSettled: () => void) {
    this.#host = host;
    this.#runtime = runtime;
    this.#settings = settings;
    this.#onSettled = onSettled;
  }

  /** The last answer, never empty; undefined as long as there was none. */
  get addresses(): readonly string[] | undefined {
    return this.#addresses;
  }

  /** A look-up is under way. */
  get pending(): boolean {
    return this.#lookUp !== undefined;
  }

  get resolution(): Resolution {
    return {
      addresses: this.#addresses ?? [],
      resolvedAtMs: this.#resolvedAtMs,
      expiresAtMs: this.#expiresAtMs,
      lastFailure: this.#lastFailure,
    };
  }

  /** Starts a look-up where one is due. */
  refresh(): void {
    const { clock } = this.#runtime;
    if (this.#lookUp !== undefined || clock.now() < this.#nextMs) return;
    this.#deadline = clock.after(this.#settings.timeoutMs, () => {
      this.#lookUp?.cancel();
      this.#failed("timeout");
    });
    this.#lookUp = this.#runtime.resolve(this.#host, {
      onResolve: (hosts, ttlMs) => this.#resolved(hosts, ttlMs),
      onResolveError: (failure) => this.#failed(failure),
    });
  }

  /** No look-up from here on. */
  stop(): void {
    this.#lookUp?.cancel();
    this.#lookUp = undefined;
    this.#deadline?.cancel();
    this.#nextMs = Infinity;
  }

  #resolved(hosts: readonly string[], toldTtlMs: number | undefined): void {
    const { minTtlMs, maxTtlMs } = this.#settings;
    const ttlMs = Math.min(Math.max(toldTtlMs ?? minTtlMs, minTtlMs), maxTtlMs);
    this.#addresses = alternateFamilies(hosts);
    this.#resolvedAtMs = this.#runtime.clock.wallTime();
    this.#expiresAtMs = this.#resolvedAtMs + ttlMs;
    this.#settled(ttlMs);
  }

  #failed(reason: "not-found" | "timeout" | "other"): void {
    this.#lastFailure = { reason, atMs: this.#runtime.clock.wallTime() };
    this.#settled(this.#settings.minTtlMs);
  }

  #settled(nextInMs: number): void {
    this.#deadline?.cancel();
    this.#lookUp = undefined;
    this.#nextMs = this.#runtime.clock.now() + nextInMs;
    this.#onSettled();
  }
}
