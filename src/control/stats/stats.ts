import type { Histogram } from "../../core/observe/histogram.ts";
import { type OutcomeCode, outcomeCodes } from "../../core/observe/outcome.ts";
import { formatAddress } from "../../core/runtime/address.ts";
import type { ProxyPhase, ProxyServer } from "../../core/server/proxy-server.ts";
import type { Endpoint } from "../../core/upstream/endpoint.ts";

/** What the proxy has done so far, as plain data: the same for `/stats`, `/metrics` and SIGUSR2. */
export interface Stats {
  readonly version: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly phase: ProxyPhase;
  readonly uptimeSeconds: number;
  readonly logLinesDropped: number;
  readonly listeners: readonly ListenerStats[];
  readonly upstreams: readonly UpstreamStats[];
}

/** One listener. Bytes `up` go from clients to endpoints. */
export interface ListenerStats {
  readonly name: string;
  readonly address: string;
  readonly upstream: string;
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly acceptErrors: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly outcomes: Readonly<Record<OutcomeCode, number>>;
  readonly durations: HistogramStats;
}

/** One upstream. */
export interface UpstreamStats {
  readonly name: string;
  readonly policy: string;
  readonly retries: number;
  readonly connectTimes: HistogramStats;
  readonly endpoints: readonly EndpointStats[];
}

/** One endpoint. */
export interface EndpointStats {
  readonly address: string;
  readonly weight: number;
  readonly available: boolean;
  readonly health: string;
  /** When `health` last changed: ISO 8601. */
  readonly healthSince: string;
  /** `ok`, or why the last probe failed; null before the first and without checks. */
  readonly lastProbe: string | null;
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly connectFailures: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** A histogram: one count per upper bound, not cumulative, and one above all. */
export interface HistogramStats {
  readonly boundsSeconds: readonly number[];
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** What is known beside the server's own counters. */
export interface ProcessFacts {
  readonly version: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly uptimeSeconds: number;
  readonly logLinesDropped: number;
}

/** Reads all counters. */
export function readStats(server: ProxyServer, facts: ProcessFacts): Stats {
  return {
    ...facts,
    phase: server.phase,
    listeners: server.listeners.map(({ service, address }) => ({
      name: service.settings.name,
      address: formatAddress(address),
      upstream: service.upstream.settings.name,
      activeConnections: service.connections.size,
      totalConnections: service.totalConnections,
      acceptErrors: service.acceptErrors,
      bytesUp: service.up.total,
      bytesDown: service.down.total,
      outcomes: service.outcomeCounts,
      durations: readHistogram(service.durations),
    })),
    upstreams: server.upstreams.map((upstream) => ({
      name: upstream.settings.name,
      policy: upstream.settings.policy,
      retries: upstream.retries,
      connectTimes: readHistogram(upstream.connectTimes),
      endpoints: upstream.endpoints.map(readEndpoint),
    })),
  };
}

/** Connections that failed, of one listener: every outcome but `ok`. */
export function failedConnections(listener: ListenerStats): number {
  return outcomeCodes.reduce((sum, code) => (code === "ok" ? sum : sum + listener.outcomes[code]), 0);
}

function readEndpoint(endpoint: Endpoint): EndpointStats {
  return {
    address: endpoint.name,
    weight: endpoint.weight,
    available: endpoint.available,
    health: endpoint.health.status,
    healthSince: new Date(endpoint.health.sinceMs).toISOString(),
    lastProbe: endpoint.health.lastProbe ?? null,
    activeConnections: endpoint.activeConnections,
    totalConnections: endpoint.totalConnections,
    connectFailures: endpoint.connectFailures,
    bytesUp: endpoint.up.total,
    bytesDown: endpoint.down.total,
  };
}

function readHistogram(histogram: Histogram): HistogramStats {
  return {
    boundsSeconds: histogram.boundsSeconds,
    counts: [...histogram.counts],
    sumSeconds: histogram.sumSeconds,
  };
}
