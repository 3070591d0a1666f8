import type { OverloadCause, OverloadReadings } from "../../core/limits/overload-monitor.ts";
import type { RefusalReason } from "../../core/limits/refusals.ts";
import { type OutcomeCode, outcomeCodes } from "../../core/observe/outcome.ts";
import { formatAddress } from "../../core/runtime/address.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import type { Io } from "../../core/runtime/io.ts";
import type { BoundListener, ProxyPhase, ProxyServer } from "../../core/server/proxy-server.ts";
import type { OverloadSettings, RateSettings } from "../../core/server/settings.ts";
import { httpOf, type HttpStats, readHttp } from "./http-stats.ts";
import { finite, type HistogramStats, readHistogram, readUpstream, type UpstreamStats } from "./upstream-stats.ts";

/**
 * What the proxy has done so far and how near it is to its bounds, as plain data: the same for `/stats`, `/metrics`, the
 * commands and SIGUSR2. A limit that does not hold is null.
 */
export interface Stats {
  readonly version: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly phase: ProxyPhase;
  readonly uptimeSeconds: number;
  readonly logLinesDropped: number;
  /** Client connections of all listeners. */
  readonly connections: ConnectionStats;
  /** One when everything runs in one thread. */
  readonly workers: readonly WorkerStats[];
  /** Null when nothing is shed. */
  readonly overload: OverloadStats | null;
  readonly listeners: readonly ListenerStats[];
  readonly upstreams: readonly UpstreamStats[];
}

/** Client connections at a time. */
export interface ConnectionStats {
  readonly active: number;
  readonly limit: number | null;
  /** The most there ever were. */
  readonly peak: number;
}

/** A thread that serves. */
export interface WorkerStats extends WorkerFacts {
  readonly index: number;
  readonly activeConnections: number;
  /** Clients that came to it, the refused ones included, and those of its predecessors. */
  readonly totalConnections: number;
}

/** What a worker is, beside what it does. */
export interface WorkerFacts {
  /** Which sockets it has. */
  readonly io: Io;
  /** How often it died and another took its place. */
  readonly restarts: number;
}

/** How near the process is to refusing new connections. */
export interface OverloadStats {
  /** What it lacks now; null while it refuses nobody. */
  readonly cause: OverloadCause | null;
  readonly readings: OverloadReadings;
  /** From where on it refuses. */
  readonly limits: OverloadSettings;
}

/** One listener. Bytes `up` go from clients to endpoints. */
export interface ListenerStats {
  readonly name: string;
  readonly address: string;
  /** Which sockets carry its connections: `runtime` as soon as they do so in one worker. */
  readonly io: Io;
  /** Where its connections go; null where routes say it. */
  readonly upstream: string | null;
  readonly activeConnections: number;
  readonly maxConnections: number | null;
  /** Clients that came, the refused ones included. */
  readonly totalConnections: number;
  /** Connections refused at once; they are among the outcomes. */
  readonly refused: Readonly<Record<RefusalReason, number>>;
  /** Null when no limit is per client. */
  readonly clients: ClientStats | null;
  readonly acceptErrors: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly outcomes: Readonly<Record<OutcomeCode, number>>;
  /** Of connections; null where only exchanges are timed. */
  readonly durations: HistogramStats | null;
  /** Null when it serves no HTTP. */
  readonly http: HttpStats | null;
}

/** What a listener knows of its clients. */
export interface ClientStats {
  /** How many it remembers. */
  readonly remembered: number;
  /** Connections of the one that has the most. */
  readonly highest: number;
  /** Connections that each may have. */
  readonly limit: number | null;
  /** New connections that each may open. */
  readonly rate: RateSettings | null;
}

/** What is known beside the server's own counters. */
export interface ProcessFacts {
  readonly version: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly uptimeSeconds: number;
  readonly logLinesDropped: number;
}

/** What counters are read with. */
export interface StatsContext {
  readonly clock: Clock;
  /** What the server was told of overload. */
  readonly overload: OverloadSettings | undefined;
  /** One when everything runs in one thread. */
  readonly workers: readonly WorkerFacts[];
}

/** Reads all counters. */
export function readStats(server: ProxyServer, facts: ProcessFacts, { clock, overload, workers }: StatsContext): Stats {
  const { connections, overload: monitor } = server.gate;
  return {
    ...facts,
    phase: server.phase,
    connections: { active: connections.active, limit: finite(connections.limit), peak: connections.peak },
    workers: workers.map((one, index) => readWorker(server, index, one)),
    overload:
      monitor === undefined || overload === undefined
        ? null
        : { cause: monitor.cause ?? null, readings: monitor.readings, limits: overload },
    listeners: server.listeners.map((listener) => readListener(listener, workers)),
    upstreams: server.upstreams.map((upstream) => readUpstream(upstream, clock)),
  };
}

/** Connections that failed, of one listener: every outcome but `ok`. */
export function failedConnections(listener: ListenerStats): number {
  return outcomeCodes.reduce((sum, code) => (code === "ok" ? sum : sum + listener.outcomes[code]), 0);
}

function readWorker({ gate, plane }: ProxyServer, index: number, facts: WorkerFacts): WorkerStats {
  return {
    index,
    activeConnections: gate.connections.of(index),
    totalConnections: plane.services.reduce((sum, { counters }) => sum + counters.clients.of(index), 0),
    ...facts,
  };
}

/** Which sockets carry a listener's connections, in all workers that have it. */
export function listenerIo({ service }: BoundListener, workers: readonly WorkerFacts[]): Io {
  // The path of a unix socket cannot be shared: the first worker has it.
  const serving = service.settings.address.kind === "unix" ? workers.slice(0, 1) : workers;
  return serving.every(({ io }) => io === "reactor") ? "reactor" : "runtime";
}

function readListener(listener: BoundListener, workers: readonly WorkerFacts[]): ListenerStats {
  const { service, address } = listener;
  const { admission, settings, counters } = service;
  const http = httpOf(service);
  const tcp = "tcp" in service ? service.tcp : "upstream" in service ? service : undefined;
  return {
    name: settings.name,
    address: formatAddress(address),
    io: listenerIo(listener, workers),
    upstream: settings.protocol === "http" ? null : settings.upstream,
    activeConnections: admission.connections.active,
    maxConnections: finite(admission.connections.limit),
    totalConnections: counters.clients.total,
    refused: admission.refusals.counts,
    clients:
      admission.clients === undefined
        ? null
        : {
            remembered: admission.clients.size,
            highest: admission.clients.highest,
            limit: settings.maxConnectionsPerClient ?? null,
            rate: settings.clientRate ?? null,
          },
    acceptErrors: counters.acceptErrors.total,
    bytesUp: counters.up.total,
    bytesDown: counters.down.total,
    outcomes: Object.fromEntries(outcomeCodes.map((code) => [code, counters.outcomes[code].total])) as Record<
      OutcomeCode,
      number
    >,
    durations: tcp === undefined ? null : readHistogram(tcp.durations),
    http: http === undefined ? null : readHttp(http),
  };
}
