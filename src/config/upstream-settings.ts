/** Turns an upstream of a config file into what the data plane builds it from. */
import type {
  CircuitBreakerSettings,
  EndpointSettings,
  HealthSettings,
  OutlierSettings,
  UpstreamSettings,
} from "../core/server/settings.ts";
import type { BreakerEntry } from "./circuit-breaker-schema.ts";
import { defaults } from "./defaults.ts";
import type { EndpointEntry } from "./endpoint-schema.ts";
import type { HealthMap } from "./health-schema.ts";
import type { OutlierEntry } from "./outlier-schema.ts";
import type { StatusRange } from "./statuses.ts";
import { makeUpstreamHttp } from "./http-settings.ts";
import type { UpstreamEntry } from "./upstream-schema.ts";

/** The settings of an upstream; what is off is absent. */
export function makeUpstream(name: string, entry: UpstreamEntry): UpstreamSettings {
  const { health, sourceAddress, failOpenBelow, outlier, circuitBreaker, queue, resolve } = entry;
  const breakers = circuitBreaker === false ? { endpoint: false as const, upstream: false as const } : circuitBreaker;
  return {
    name,
    policy: entry.policy,
    balanceFactor: entry.balanceFactor,
    endpoints: entry.endpoints.map(makeEndpoint),
    connectTimeoutMs: entry.connectTimeout,
    connectRetries: entry.retries,
    retryBudget: entry.retryBudget,
    maxPendingConnects: entry.maxPendingConnects,
    queue: queue === false ? noQueue : { maxLength: queue.length, timeoutMs: queue.timeout },
    slowStartMs: entry.slowStart,
    resolve: { minTtlMs: resolve.minTtl, maxTtlMs: resolve.maxTtl, timeoutMs: resolve.timeout },
    http: makeUpstreamHttp(entry.http),
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    ...(failOpenBelow === 0 ? {} : { failOpenBelow }),
    ...(health === false ? {} : { health: makeHealth(health) }),
    ...(outlier === false ? {} : { outlier: makeOutlier(outlier) }),
    ...(breakers.endpoint === false ? {} : { endpointBreaker: makeBreaker(breakers.endpoint) }),
    ...(breakers.upstream === false ? {} : { upstreamBreaker: makeBreaker(breakers.upstream) }),
  };
}

const noQueue = { maxLength: 0, timeoutMs: 0 };

function makeEndpoint(entry: EndpointEntry): EndpointSettings {
  if ("kind" in entry) {
    const { weight, priority, state } = defaults.endpoint;
    return { address: entry, weight, priority, adminState: state };
  }
  const { address, weight, maxConnections, priority, backup, state } = entry;
  return {
    address,
    weight,
    priority: backup ? 1 : priority,
    adminState: state,
    ...(maxConnections === "off" ? {} : { maxConnections }),
  };
}

function makeHealth(entry: HealthMap): HealthSettings {
  const { type, interval, fastInterval, timeout, rise, fall, port } = entry;
  return {
    type,
    intervalMs: interval,
    // The default gives way to a shorter interval; a longer one that was written has been refused.
    fastIntervalMs: Math.min(fastInterval, interval),
    timeoutMs: timeout,
    rise,
    fall,
    ...(port === undefined ? {} : { port }),
    ...(type === "http" ? { http: makeHttp(entry) } : {}),
  };
}

function makeHttp({ method, path, host, headers, statuses, body }: HealthMap): NonNullable<HealthSettings["http"]> {
  return {
    method,
    path,
    headers: { ...headers },
    statuses: isRange(statuses) ? [statuses] : statuses,
    ...(host === undefined ? {} : { host }),
    ...(body === undefined ? {} : { body }),
  };
}

function isRange(statuses: StatusRange | readonly StatusRange[]): statuses is StatusRange {
  return typeof statuses[0] === "number";
}

function makeOutlier(entry: Exclude<OutlierEntry, false>): OutlierSettings {
  return {
    consecutiveFailures: entry.failures,
    windowMs: entry.window,
    ejectionMs: entry.ejection,
    maxEjectionMs: entry.maxEjection,
    maxEjectedShare: entry.maxEjected,
  };
}

function makeBreaker(entry: Exclude<BreakerEntry, false>): CircuitBreakerSettings {
  return {
    failures: entry.failures,
    windowMs: entry.window,
    openMs: entry.open,
    halfOpenProbes: entry.probes,
    successes: entry.successes,
  };
}
