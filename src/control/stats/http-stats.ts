import type { HttpService } from "../../core/http/http-service.ts";
import type { RoutePlan } from "../../core/http/route-plan.ts";
import type { Counter } from "../../core/memory/counter.ts";
import type { Service } from "../../core/server/data-plane.ts";
import { type HistogramStats, readHistogram } from "./upstream-stats.ts";

/** What a listener has served of HTTP. */
export interface HttpStats {
  /** Exchanges that are over. */
  readonly requests: number;
  /** Of them, those on a connection to an endpoint that had served one before. */
  readonly reused: number;
  readonly statuses: StatusCounts;
  /** From the head of a request to the end of its exchange. */
  readonly durations: HistogramStats;
  readonly routes: readonly RouteStats[];
}

/** The same of a route. */
export interface RouteStats {
  readonly name: string;
  readonly statuses: StatusCounts;
  readonly durations: HistogramStats;
}

/** Answers by the class of their status; `none`: the client got no answer. */
export type StatusCounts = Readonly<Record<StatusClass, number>>;

/** In the order of the core's counters. */
export const statusClasses = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** One of them. */
export type StatusClass = (typeof statusClasses)[number];

/** The http part of a service; undefined when it has none. */
export function httpOf(service: Service): HttpService | undefined {
  if ("http" in service) return service.http;
  return "routes" in service ? service : undefined;
}

/** Reads the counters. */
export function readHttp(service: HttpService): HttpStats {
  return {
    requests: service.requests.total,
    reused: service.reused.total,
    statuses: readStatuses(service.statuses),
    durations: readHistogram(service.durations),
    routes: service.plans.map(readRoute),
  };
}

function readRoute({ settings, statuses, durations }: RoutePlan): RouteStats {
  return { name: settings.name, statuses: readStatuses(statuses), durations: readHistogram(durations) };
}

function readStatuses(counters: readonly Counter[]): StatusCounts {
  return Object.fromEntries(statusClasses.map((name, index) => [name, counters[index]?.total ?? 0])) as Record<
    StatusClass,
    number
  >;
}
