import { outcomeCodes, outcomes } from "../../core/observe/outcome.ts";
import type { HistogramStats, Stats } from "./stats.ts";

/** The media type of the text below. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;

/**
 * The counters in the Prometheus text format (prometheus.io/docs/instrumenting/exposition_formats). Label values come
 * from the config and the code only: nothing a client sends can make a new series.
 */
export function metricsText(stats: Stats): string {
  const { listeners, upstreams } = stats;
  const endpoints = upstreams.flatMap((upstream) =>
    upstream.endpoints.map((one) => ({ one, labels: { upstream: upstream.name, endpoint: one.address } })),
  );
  return [
    family("geryon_build_info", "gauge", "The version, always 1", [
      [{ version: stats.version, runtime: stats.runtime, runtime_version: stats.runtimeVersion }, 1],
    ]),
    family("geryon_uptime_seconds", "gauge", "Seconds since the start", [[{}, stats.uptimeSeconds]]),
    family("geryon_ready", "gauge", "1 while new connections are accepted", [[{}, stats.phase === "ready" ? 1 : 0]]),
    family("geryon_log_lines_dropped_total", "counter", "Log lines lost because their reader did not keep up", [
      [{}, stats.logLinesDropped],
    ]),
    family(
      "geryon_connections_active",
      "gauge",
      "Client connections that run",
      listeners.map((one) => [{ listener: one.name }, one.activeConnections]),
    ),
    family(
      "geryon_connections_total",
      "counter",
      "Client connections accepted",
      listeners.map((one) => [{ listener: one.name }, one.totalConnections]),
    ),
    family(
      "geryon_connection_outcomes_total",
      "counter",
      "Client connections that are over, by how they ended and whose doing it was",
      listeners.flatMap((one) =>
        outcomeCodes.map((code): [Labels, number] => [
          { listener: one.name, outcome: code, source: outcomes[code].source },
          one.outcomes[code],
        ]),
      ),
    ),
    histogram(
      "geryon_connection_duration_seconds",
      "How long client connections ran",
      listeners.map((one) => [{ listener: one.name }, one.durations]),
    ),
    family(
      "geryon_bytes_total",
      "counter",
      "Bytes relayed: up from clients, down to clients",
      listeners.flatMap((one) => directions({ listener: one.name }, one)),
    ),
    family(
      "geryon_accept_errors_total",
      "counter",
      "Times a connection could not be accepted",
      listeners.map((one) => [{ listener: one.name }, one.acceptErrors]),
    ),
    histogram(
      "geryon_upstream_connect_duration_seconds",
      "How long successful connects to endpoints took",
      upstreams.map((one) => [{ upstream: one.name }, one.connectTimes]),
    ),
    family(
      "geryon_upstream_retries_total",
      "counter",
      "Attempts beyond the first of a connection",
      upstreams.map((one) => [{ upstream: one.name }, one.retries]),
    ),
    family(
      "geryon_endpoint_available",
      "gauge",
      "1 while the endpoint may be chosen",
      endpoints.map(({ one, labels }) => [labels, one.available ? 1 : 0]),
    ),
    family(
      "geryon_endpoint_connections_active",
      "gauge",
      "Connections to the endpoint that run or are being made",
      endpoints.map(({ one, labels }) => [labels, one.activeConnections]),
    ),
    family(
      "geryon_endpoint_connections_total",
      "counter",
      "Connections made to the endpoint",
      endpoints.map(({ one, labels }) => [labels, one.totalConnections]),
    ),
    family(
      "geryon_endpoint_connect_failures_total",
      "counter",
      "Connects to the endpoint that failed",
      endpoints.map(({ one, labels }) => [labels, one.connectFailures]),
    ),
    family(
      "geryon_endpoint_bytes_total",
      "counter",
      "Bytes relayed: up to the endpoint, down from it",
      endpoints.flatMap(({ one, labels }) => directions(labels, one)),
    ),
  ].join("");
}

function directions(
  labels: Labels,
  bytes: { readonly bytesUp: number; readonly bytesDown: number },
): [Labels, number][] {
  return [
    [{ ...labels, direction: "up" }, bytes.bytesUp],
    [{ ...labels, direction: "down" }, bytes.bytesDown],
  ];
}

function family(
  name: string,
  type: "gauge" | "counter",
  help: string,
  samples: readonly (readonly [Labels, number])[],
): string {
  return head(name, type, help) + samples.map(([labels, value]) => sample(name, labels, value)).join("");
}

function histogram(name: string, help: string, series: readonly (readonly [Labels, HistogramStats])[]): string {
  const lines = series.map(([labels, { boundsSeconds, counts, sumSeconds }]) => {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      return sample(`${name}_bucket`, { ...labels, le: String(boundsSeconds[index] ?? "+Inf") }, total);
    });
    return [...buckets, sample(`${name}_sum`, labels, sumSeconds), sample(`${name}_count`, labels, total)].join("");
  });
  return head(name, "histogram", help) + lines.join("");
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
