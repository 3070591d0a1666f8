import type { Resolution } from "../../core/dial/resolved-name.ts";
import type { Health } from "../../core/health/health-state.ts";
import type { Histogram } from "../../core/observe/histogram.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import type { AdminState } from "../../core/server/settings.ts";
import type { BreakerState, CircuitBreaker } from "../../core/upstream/circuit-breaker.ts";
import type { Endpoint } from "../../core/upstream/endpoint.ts";
import type { Ejection } from "../../core/upstream/outlier-detector.ts";
import type { KeptUpstream } from "../../core/upstream/upstream-keeper.ts";
import { explainUnavailable, type Unavailable } from "./unavailable.ts";

/** One upstream. Times are ISO 8601; a limit that does not hold is null, and so is what is switched off. */
export interface UpstreamStats {
  readonly name: string;
  readonly policy: string;
  /** Connections that run or are being made. */
  readonly activeConnections: number;
  /** Connects under way. */
  readonly pendingConnects: { readonly active: number; readonly limit: number };
  /** Who waits for an endpoint; `total` counts all who ever did. */
  readonly queue: { readonly length: number; readonly limit: number; readonly total: number };
  /** Attempts beyond the first of a connection; the limit grows with the connections. */
  readonly retries: { readonly active: number; readonly limit: number; readonly total: number };
  /** The one of the upstream as a whole. */
  readonly breaker: BreakerStats | null;
  readonly ejected: { readonly count: number; readonly limit: number } | null;
  /** Health and ejections are ignored for now: too few endpoints are healthy. */
  readonly failOpen: boolean;
  readonly connectTimes: HistogramStats;
  readonly endpoints: readonly EndpointStats[];
}

/** One endpoint. */
export interface EndpointStats {
  readonly address: string;
  readonly priority: number;
  /** It may be chosen when its tier is asked. */
  readonly available: boolean;
  /** Its tier is the one that serves now; a backup that stands by is available and does not serve. */
  readonly serving: boolean;
  readonly adminState: AdminState;
  readonly adminSince: string;
  readonly weight: number;
  /** Less than the weight while it starts slowly. */
  readonly effectiveWeight: number;
  readonly activeConnections: number;
  readonly maxConnections: number | null;
  readonly totalConnections: number;
  readonly connectFailures: number;
  /** Connects that failed, and connections that it ended without a byte. */
  readonly failures: number;
  /** The estimate that the policies use: a rise at once, a fall slowly; 0 when nothing is known. */
  readonly latencyMs: number;
  readonly health: Health;
  readonly healthSince: string;
  /** `ok`, or why the last probe failed; null before the first and without checks. */
  readonly lastProbe: string | null;
  readonly lastProbeAt: string | null;
  readonly lastProbeMs: number | null;
  readonly ejection: EjectionStats | null;
  readonly breaker: BreakerStats | null;
  /** What its name led to; null for an IP or unix address. */
  readonly resolution: ResolutionStats | null;
  /** All that keeps it from being chosen now. */
  readonly unavailable: readonly Unavailable[];
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** Whether an endpoint is ejected. */
export interface EjectionStats {
  readonly active: boolean;
  /** When `active` last changed. */
  readonly since: string;
  /** When it ends; null while there is none. */
  readonly until: string | null;
  /** How often it was ejected. */
  readonly total: number;
}

/** A circuit breaker. */
export interface BreakerStats {
  readonly state: BreakerState;
  readonly since: string;
  /** When it will let connections try; null unless it is open. */
  readonly halfOpenAt: string | null;
  /** In a row, while closed. */
  readonly failures: number;
  /** While half-open. */
  readonly successes: number;
  /** Connections that try while half-open. */
  readonly probes: number;
  /** How often it opened. */
  readonly trips: number;
}

/** What an endpoint's name led to. */
export interface ResolutionStats {
  readonly addresses: readonly string[];
  readonly resolvedAt: string | null;
  readonly expiresAt: string | null;
  readonly lastFailure: { readonly reason: string; readonly at: string } | null;
}

/** A histogram: one count per upper bound, not cumulative, and one above all. */
export interface HistogramStats {
  readonly boundsSeconds: readonly number[];
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Reads an upstream's counters, its endpoints' included. */
export function readUpstream(upstream: KeptUpstream, clock: Clock): UpstreamStats {
  const { settings, breaker, keeper, queue, retryBudget } = upstream;
  const { outlier } = keeper;
  return {
    name: settings.name,
    policy: settings.policy,
    activeConnections: upstream.activeConnections,
    pendingConnects: { active: upstream.pendingConnects, limit: settings.maxPendingConnects },
    queue: { length: queue.length, limit: queue.maxLength, total: queue.total.total },
    retries: {
      active: retryBudget.active,
      limit: retryBudget.limit(upstream.activeConnections),
      total: upstream.retries.total,
    },
    breaker: breaker === undefined ? null : readBreaker(breaker, clock),
    ejected:
      outlier === undefined ? null : { count: outlier.ejected, limit: outlier.maxEjected(upstream.endpoints.length) },
    failOpen: keeper.failOpen,
    connectTimes: readHistogram(upstream.connectTimes),
    endpoints: upstream.endpoints.map((endpoint) => readEndpoint(endpoint, upstream, clock)),
  };
}

/** Reads an endpoint's counters. */
export function readEndpoint(endpoint: Endpoint, upstream: KeptUpstream, clock: Clock): EndpointStats {
  const { health, ejection, breaker } = endpoint;
  const { resolution } = endpoint.dialer;
  return {
    address: endpoint.name,
    priority: endpoint.priority,
    available: endpoint.available,
    serving: upstream.servingPriority === endpoint.priority,
    adminState: endpoint.adminState,
    adminSince: isoTime(endpoint.adminSinceMs),
    weight: endpoint.weight,
    effectiveWeight: rounded(endpoint.effectiveWeight),
    activeConnections: endpoint.activeConnections,
    maxConnections: finite(endpoint.maxConnections),
    totalConnections: endpoint.connections.total,
    connectFailures: endpoint.connectFailures.total,
    failures: endpoint.failures.total,
    latencyMs: rounded(endpoint.latency.valueMs(clock.now())),
    health: health.status,
    healthSince: isoTime(health.sinceMs),
    lastProbe: health.lastProbe ?? null,
    lastProbeAt: isoTimeOrNull(health.lastProbeMs),
    lastProbeMs: health.lastProbeDurationMs === undefined ? null : rounded(health.lastProbeDurationMs),
    ejection: ejection === undefined ? null : readEjection(ejection, clock),
    breaker: breaker === undefined ? null : readBreaker(breaker, clock),
    resolution: resolution === undefined ? null : readResolution(resolution),
    unavailable: explainUnavailable(endpoint, upstream, clock),
    bytesUp: endpoint.up.total,
    bytesDown: endpoint.down.total,
  };
}

/** Reads a histogram. */
export function readHistogram(histogram: Histogram): HistogramStats {
  return {
    boundsSeconds: histogram.boundsSeconds,
    counts: histogram.counts,
    sumSeconds: histogram.sumSeconds,
  };
}

/** A limit as JSON has it: null when there is none. */
export function finite(limit: number): number | null {
  return limit === Infinity ? null : limit;
}

function readBreaker(breaker: CircuitBreaker, clock: Clock): BreakerStats {
  return {
    state: breaker.state,
    since: isoTime(breaker.sinceMs),
    halfOpenAt: wallTimeOf(breaker.halfOpenAtMs, clock),
    failures: breaker.failures,
    successes: breaker.successes,
    probes: breaker.probes,
    trips: breaker.trips,
  };
}

function readEjection({ active, sinceMs, untilMs, total }: Ejection, clock: Clock): EjectionStats {
  return { active, since: isoTime(sinceMs), until: wallTimeOf(untilMs, clock), total };
}

function readResolution({ addresses, resolvedAtMs, expiresAtMs, lastFailure }: Resolution): ResolutionStats {
  return {
    addresses,
    resolvedAt: isoTimeOrNull(resolvedAtMs),
    expiresAt: isoTimeOrNull(expiresAtMs),
    lastFailure: lastFailure === undefined ? null : { reason: lastFailure.reason, at: isoTime(lastFailure.atMs) },
  };
}

/** A time of the monotonic clock on the one that people read. */
function wallTimeOf(monotonicMs: number | undefined, clock: Clock): string | null {
  return monotonicMs === undefined ? null : isoTime(clock.wallTime() + monotonicMs - clock.now());
}

function isoTimeOrNull(wallTimeMs: number | undefined): string | null {
  return wallTimeMs === undefined ? null : isoTime(wallTimeMs);
}

function isoTime(wallTimeMs: number): string {
  return new Date(wallTimeMs).toISOString();
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
