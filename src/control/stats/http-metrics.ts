import { family, histogram, labels, type Sample } from "./metrics-text.ts";
import { type HttpStats, type RouteStats, statusClasses } from "./http-stats.ts";
import type { ListenerStats } from "./stats.ts";

/** What listeners have served of HTTP. */
export function httpMetrics(listeners: readonly ListenerStats[]): string {
  const served = listeners.flatMap(({ name, http }) => (http === null ? [] : [[name, http] as const]));
  if (served.length === 0) return "";
  const routes = served.flatMap(([listener, { routes: all }]) => all.map((route) => [listener, route] as const));
  const of = (listener: string, { name: route }: RouteStats): string => labels({ listener, route });
  const each = (value: (http: HttpStats) => number): Sample[] =>
    served.map(([listener, http]) => [labels({ listener }), value(http)]);
  return [
    family(
      "geryon_requests_total",
      "counter",
      "Requests whose exchange is over, those without a route included",
      each(({ requests }) => requests),
    ),
    family(
      "geryon_requests_reused_total",
      "counter",
      "Of them, those on a connection to an endpoint that had served one before",
      each(({ reused }) => reused),
    ),
    family(
      "geryon_route_requests_total",
      "counter",
      "Requests of a route by the class of their answer; none: there was no answer",
      routes.flatMap(([listener, route]) =>
        statusClasses.map((status): Sample => [
          labels({ listener, route: route.name, status }),
          route.statuses[status],
        ]),
      ),
    ),
    histogram(
      "geryon_request_duration_seconds",
      "From the head of a request to the end of its exchange",
      routes.map(([listener, route]) => [of(listener, route), route.durations]),
    ),
  ].join("");
}
