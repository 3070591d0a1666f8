import type { HttpService } from "../../core/http/http-service.ts";
import type { AnswerCounters } from "../../core/observe/answer-counters.ts";
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
    ...readAnswers(service.answered),
    routes: service.plans.map(({ settings, answered }) => ({ name: settings.name, ...readAnswers(answered) })),
  };
}

function readAnswers({ statuses, durations }: AnswerCounters): Omit<RouteStats, "name"> {
  const counts = Object.fromEntries(statusClasses.map((name, index) => [name, statuses[index] ?? 0]));
  return { statuses: counts as Record<StatusClass, number>, durations: readHistogram(durations) };
}
