import type { BreakerState } from "../../core/upstream/circuit-breaker.ts";
import { family, histogram, labels, type Labels, type Sample, states } from "./metrics-text.ts";
import type { UpstreamStats } from "./upstream-stats.ts";

/** All states of a circuit breaker. */
export const breakerStates: readonly BreakerState[] = ["closed", "open", "half-open"];

/** The metrics of upstreams; those of their endpoints are apart. */
export function upstreamMetrics(upstreams: readonly UpstreamStats[]): string {
  const labelled = upstreams.map((one) => ({ one, of: labels({ upstream: one.name }) }));
  const each = (value: (one: UpstreamStats) => number): Sample[] => labelled.map(({ one, of }) => [of, value(one)]);
  const breakers = labelled.flatMap(({ one, of }) => (one.breaker === null ? [] : [[of, one.breaker] as const]));
  const ejections = labelled.flatMap(({ one, of }) => (one.ejected === null ? [] : [[of, one.ejected] as const]));
  return [
    histogram(
      "geryon_upstream_connect_duration_seconds",
      "How long successful connects to endpoints took",
      labelled.map(({ one, of }): readonly [Labels, UpstreamStats["connectTimes"]] => [of, one.connectTimes]),
    ),
    family(
      "geryon_upstream_connections_active",
      "gauge",
      "Connections to endpoints that run or are being made",
      each((one) => one.activeConnections),
    ),
    family(
      "geryon_upstream_pending_connects",
      "gauge",
      "Connects under way",
      each((one) => one.pendingConnects.active),
    ),
    family(
      "geryon_upstream_pending_connects_limit",
      "gauge",
      "Connects that may be under way at a time",
      each((one) => one.pendingConnects.limit),
    ),
    family(
      "geryon_upstream_queue_length",
      "gauge",
      "Connections that wait for an endpoint",
      each((one) => one.queue.length),
    ),
    family(
      "geryon_upstream_queue_length_limit",
      "gauge",
      "Connections that may wait at a time",
      each((one) => one.queue.limit),
    ),
    family(
      "geryon_upstream_queued_total",
      "counter",
      "Times a connection had to wait for an endpoint",
      each((one) => one.queue.total),
    ),
    family(
      "geryon_upstream_retries_active",
      "gauge",
      "Retries under way",
      each((one) => one.retries.active),
    ),
    family(
      "geryon_upstream_retries_active_limit",
      "gauge",
      "Retries that may be under way at a time; grows with the connections",
      each((one) => one.retries.limit),
    ),
    family(
      "geryon_upstream_retries_total",
      "counter",
      "Attempts beyond the first of a connection",
      each((one) => one.retries.total),
    ),
    family(
      "geryon_upstream_fail_open",
      "gauge",
      "1 while health and ejections are ignored because too few endpoints are healthy",
      each((one) => (one.failOpen ? 1 : 0)),
    ),
    family(
      "geryon_upstream_ejected",
      "gauge",
      "Endpoints that are ejected",
      ejections.map(([of, { count }]) => [of, count]),
    ),
    family(
      "geryon_upstream_ejected_limit",
      "gauge",
      "Endpoints that may be ejected at a time",
      ejections.map(([of, { limit }]) => [of, limit]),
    ),
    family(
      "geryon_upstream_breaker_state",
      "gauge",
      "1 for the state that the upstream's circuit breaker is in",
      states(
        "state",
        breakerStates,
        breakers.map(([of, { state }]) => [of, state]),
      ),
    ),
    family(
      "geryon_upstream_breaker_trips_total",
      "counter",
      "Times the upstream's circuit breaker opened",
      breakers.map(([of, { trips }]) => [of, trips]),
    ),
  ].join("");
}
