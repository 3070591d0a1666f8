import type { OverloadCause } from "../../core/limits/overload-monitor.ts";
import { outcomeCodes, outcomes } from "../../core/observe/outcome.ts";
import { ios } from "../../core/runtime/io.ts";
import { endpointMetrics } from "./endpoint-metrics.ts";
import { directions, family, histogram, labels, type Sample, states } from "./metrics-text.ts";
import type { ListenerStats, OverloadStats, Stats, WorkerStats } from "./stats.ts";
import { httpMetrics } from "./http-metrics.ts";
import { upstreamMetrics } from "./upstream-metrics.ts";

const overloadCauses: readonly OverloadCause[] = ["descriptors", "memory", "loop-lag"];

/**
 * All counters for Prometheus. What has a bound comes as a pair, the second with `_limit` at its end, so that one alert
 * rule says how near the bound is.
 */
export function metricsText(stats: Stats): string {
  return [
    processMetrics(stats),
    workerMetrics(stats.workers),
    stats.overload === null ? "" : overloadMetrics(stats.overload),
    listenerMetrics(stats.listeners),
    httpMetrics(stats.listeners),
    upstreamMetrics(stats.upstreams),
    endpointMetrics(stats.upstreams),
  ].join("");
}

function processMetrics(stats: Stats): string {
  return [
    family("geryon_build_info", "gauge", "The version, always 1", [
      [labels({ version: stats.version, runtime: stats.runtime, runtime_version: stats.runtimeVersion }), 1],
    ]),
    family("geryon_uptime_seconds", "gauge", "Seconds since the start", [["", stats.uptimeSeconds]]),
    family("geryon_ready", "gauge", "1 while new connections are accepted", [["", stats.phase === "ready" ? 1 : 0]]),
    family("geryon_log_lines_dropped_total", "counter", "Log lines lost because their reader did not keep up", [
      ["", stats.logLinesDropped],
    ]),
    family("geryon_connections_limit", "gauge", "Client connections that the process may have at a time", [
      ["", stats.connections.limit],
    ]),
    family("geryon_connections_peak", "gauge", "The most client connections there ever were at a time", [
      ["", stats.connections.peak],
    ]),
  ].join("");
}

function workerMetrics(workers: readonly WorkerStats[]): string {
  const each = (value: (one: WorkerStats) => number): Sample[] =>
    workers.map((one) => [labels({ worker: String(one.index) }), value(one)]);
  return [
    family("geryon_workers", "gauge", "Threads that serve", [["", workers.length]]),
    family(
      "geryon_worker_active_connections",
      "gauge",
      "Client connections that run in the worker",
      each((one) => one.activeConnections),
    ),
    family(
      "geryon_worker_connections_total",
      "counter",
      "Client connections that the worker accepted, those refused at once included",
      each((one) => one.totalConnections),
    ),
    family(
      "geryon_worker_restarts_total",
      "counter",
      "Times the worker died and another took its place",
      each((one) => one.restarts),
    ),
  ].join("");
}

/** Shares are ratios of what the process may use. */
function overloadMetrics({ cause, readings, limits }: OverloadStats): string {
  const gauge = (name: string, help: string, value: number): string => family(name, "gauge", help, [["", value]]);
  return [
    family(
      "geryon_overloaded",
      "gauge",
      "1 for why new connections are refused",
      states("cause", overloadCauses, [["", cause]]),
    ),
    gauge("geryon_overload_descriptors_ratio", "Open descriptors, of their limit", readings.descriptorShare),
    gauge(
      "geryon_overload_descriptors_ratio_limit",
      "From where on new connections are refused",
      limits.descriptorShare,
    ),
    gauge("geryon_overload_memory_ratio", "Resident memory, of what the process may use", readings.memoryShare),
    gauge("geryon_overload_memory_ratio_limit", "From where on new connections are refused", limits.memoryShare),
    gauge("geryon_overload_loop_lag_seconds", "How late the event loop runs its timers", readings.loopLagMs / 1000),
    gauge(
      "geryon_overload_loop_lag_seconds_limit",
      "From where on new connections are refused",
      limits.loopLagMs / 1000,
    ),
  ].join("");
}

function listenerMetrics(listeners: readonly ListenerStats[]): string {
  const each = (value: (one: ListenerStats) => number | null): Sample[] =>
    listeners.map((one) => [labels({ listener: one.name }), value(one)]);
  const clients = listeners.flatMap(({ name, clients: known }) =>
    known === null ? [] : [[labels({ listener: name }), known] as const],
  );
  return [
    family(
      "geryon_listener_io",
      "gauge",
      "1 for the sockets that carry the connections: the reactor, or the runtime's own, as soon as they do so in one worker",
      states(
        "io",
        ios,
        listeners.map((one) => [labels({ listener: one.name }), one.io]),
      ),
    ),
    family(
      "geryon_connections_active",
      "gauge",
      "Client connections that run",
      each((one) => one.activeConnections),
    ),
    family(
      "geryon_listener_connections_limit",
      "gauge",
      "Client connections that the listener may have at a time",
      each((one) => one.maxConnections),
    ),
    family(
      "geryon_connections_total",
      "counter",
      "Client connections accepted, those refused at once included",
      each((one) => one.totalConnections),
    ),
    family(
      "geryon_connection_outcomes_total",
      "counter",
      "Client connections, or of HTTP exchanges, that are over, the refused ones included, by how they ended and whose doing it was",
      listeners.flatMap((one) =>
        outcomeCodes.map((code): Sample => [
          labels({ listener: one.name, outcome: code, source: outcomes[code].source }),
          one.outcomes[code],
        ]),
      ),
    ),
    histogram(
      "geryon_connection_duration_seconds",
      "How long client connections ran",
      listeners.flatMap(({ name, durations }) =>
        durations === null ? [] : [[labels({ listener: name }), durations] as const],
      ),
    ),
    family(
      "geryon_bytes_total",
      "counter",
      "Bytes relayed: up from clients, down to clients",
      listeners.flatMap((one) => directions(labels({ listener: one.name }), one)),
    ),
    family(
      "geryon_accept_errors_total",
      "counter",
      "Times a connection could not be accepted",
      each((one) => one.acceptErrors),
    ),
    family(
      "geryon_listener_clients",
      "gauge",
      "Clients that the listener remembers",
      clients.map(([of, { remembered }]) => [of, remembered]),
    ),
    family(
      "geryon_listener_client_connections_highest",
      "gauge",
      "Connections of the client that has the most",
      clients.map(([of, { highest }]) => [of, highest]),
    ),
    family(
      "geryon_listener_client_connections_limit",
      "gauge",
      "Connections that each client may have at a time",
      clients.map(([of, { limit }]) => [of, limit]),
    ),
  ].join("");
}
