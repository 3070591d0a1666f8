/** Settings for tests, from the few words a test cares about; nothing that is optional is switched on. */
import type {
  CircuitBreakerSettings,
  EndpointSettings,
  OutlierSettings,
  TcpListenerSettings,
  UpstreamSettings,
} from "../../src/core/server/settings.ts";

/** A listener on a free port of the loopback address, in front of the upstream below. */
export function listenerSettings(more: Partial<TcpListenerSettings> = {}): TcpListenerSettings {
  return {
    name: "test",
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    protocol: "tcp",
    upstream: "origins",
    idleTimeoutMs: 60_000,
    finTimeoutMs: 30_000,
    bufferBytes: 64 * 1024,
    backlog: 511,
    keepAliveMs: 60_000,
    ipv6Only: false,
    ...more,
  };
}

/** An endpoint on a port of the loopback address. */
export function endpointSettings(port: number, more: Partial<EndpointSettings> = {}): EndpointSettings {
  return { address: { kind: "tcp", host: "127.0.0.1", port }, weight: 1, priority: 0, adminState: "ready", ...more };
}

/** An upstream with nothing switched on. */
export function upstreamSettings(
  endpoints: readonly EndpointSettings[],
  more: Partial<UpstreamSettings> = {},
): UpstreamSettings {
  return {
    name: "origins",
    policy: "round-robin",
    balanceFactor: 1.25,
    endpoints,
    connectTimeoutMs: 3000,
    connectRetries: 2,
    retryBudget: { share: 0.2, minimum: 3 },
    maxPendingConnects: 1024,
    queue: { maxLength: 1024, timeoutMs: 5000 },
    slowStartMs: 0,
    resolve: { minTtlMs: 1000, maxTtlMs: 300_000, timeoutMs: 5000 },
    http: {
      responseTimeoutMs: 30_000,
      readTimeoutMs: 60_000,
      keepAlive: { idleTimeoutMs: 4000, maxIdle: 64, maxAgeMs: 3_600_000 },
      retry: {
        attempts: 1,
        on: ["reset"],
        nonIdempotent: false,
        backoffMs: 25,
        maxBackoffMs: 250,
        maxBodyBytes: 65_536,
      },
    },
    ...more,
  };
}

/** Ejects after two failures, for half a minute. */
export const quickOutlier: OutlierSettings = {
  consecutiveFailures: 2,
  windowMs: 10_000,
  ejectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectedShare: 0.5,
};

/** Opens after two failures, for half a minute; one success closes it. */
export const quickBreaker: CircuitBreakerSettings = {
  failures: 2,
  windowMs: 10_000,
  openMs: 30_000,
  halfOpenProbes: 1,
  successes: 1,
};
