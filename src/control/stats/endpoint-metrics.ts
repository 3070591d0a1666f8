import type { Health } from "../../core/health/health-state.ts";
import type { AdminState } from "../../core/server/settings.ts";
import { directions, family, labels, type Sample, states } from "./metrics-text.ts";
import { breakerStates } from "./upstream-metrics.ts";
import type { EndpointStats, UpstreamStats } from "./upstream-stats.ts";

const healthStates: readonly Health[] = ["unknown", "healthy", "unhealthy"];
const adminStates: readonly AdminState[] = ["ready", "draining", "disabled"];

/** The metrics of all endpoints. */
export function endpointMetrics(upstreams: readonly UpstreamStats[]): string {
  const labelled = upstreams.flatMap((upstream) =>
    upstream.endpoints.map((one) => ({ one, of: labels({ upstream: upstream.name, endpoint: one.address }) })),
  );
  const each = (value: (one: EndpointStats) => number | null): Sample[] =>
    labelled.map(({ one, of }) => [of, value(one)]);
  const breakers = labelled.flatMap(({ one, of }) => (one.breaker === null ? [] : [[of, one.breaker] as const]));
  const ejections = labelled.flatMap(({ one, of }) => (one.ejection === null ? [] : [[of, one.ejection] as const]));
  return [
    family(
      "geryon_endpoint_available",
      "gauge",
      "1 while the endpoint may be chosen when its tier is asked",
      each((one) => (one.available ? 1 : 0)),
    ),
    family(
      "geryon_endpoint_serving",
      "gauge",
      "1 while the endpoint's tier is the one that serves",
      each((one) => (one.serving ? 1 : 0)),
    ),
    family(
      "geryon_endpoint_health",
      "gauge",
      "1 for what the health checker found",
      states(
        "health",
        healthStates,
        labelled.map(({ one, of }) => [of, one.health]),
      ),
    ),
    family(
      "geryon_endpoint_admin_state",
      "gauge",
      "1 for the state that a person set",
      states(
        "state",
        adminStates,
        labelled.map(({ one, of }) => [of, one.adminState]),
      ),
    ),
    family(
      "geryon_endpoint_ejected",
      "gauge",
      "1 while the endpoint is ejected for what its traffic shows",
      ejections.map(([of, { active }]) => [of, active ? 1 : 0]),
    ),
    family(
      "geryon_endpoint_ejections_total",
      "counter",
      "Times the endpoint was ejected",
      ejections.map(([of, { total }]) => [of, total]),
    ),
    family(
      "geryon_endpoint_breaker_state",
      "gauge",
      "1 for the state that the endpoint's circuit breaker is in",
      states(
        "state",
        breakerStates,
        breakers.map(([of, { state }]) => [of, state]),
      ),
    ),
    family(
      "geryon_endpoint_breaker_trips_total",
      "counter",
      "Times the endpoint's circuit breaker opened",
      breakers.map(([of, { trips }]) => [of, trips]),
    ),
    family(
      "geryon_endpoint_weight",
      "gauge",
      "Share of new connections that the endpoint is to get",
      each((one) => one.weight),
    ),
    family(
      "geryon_endpoint_effective_weight",
      "gauge",
      "Share that it gets now: less while it starts slowly",
      each((one) => one.effectiveWeight),
    ),
    family(
      "geryon_endpoint_latency_seconds",
      "gauge",
      "Peak EWMA of how long the endpoint takes to answer, 0 when nothing is known",
      each((one) => one.latencyMs / 1000),
    ),
    family(
      "geryon_endpoint_connections_active",
      "gauge",
      "Connections to the endpoint that run or are being made",
      each((one) => one.activeConnections),
    ),
    family(
      "geryon_endpoint_connections_limit",
      "gauge",
      "Connections to the endpoint that there may be at a time",
      each((one) => one.maxConnections),
    ),
    family(
      "geryon_endpoint_connections_total",
      "counter",
      "Connections made to the endpoint",
      each((one) => one.totalConnections),
    ),
    family(
      "geryon_endpoint_connect_failures_total",
      "counter",
      "Connects to the endpoint that failed",
      each((one) => one.connectFailures),
    ),
    family(
      "geryon_endpoint_failures_total",
      "counter",
      "Connects that failed, and connections that the endpoint ended without a byte",
      each((one) => one.failures),
    ),
    family(
      "geryon_endpoint_bytes_total",
      "counter",
      "Bytes relayed: up to the endpoint, down from it",
      labelled.flatMap(({ one, of }) => directions(of, one)),
    ),
  ].join("");
}
