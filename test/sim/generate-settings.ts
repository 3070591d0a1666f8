/** The settings of a scenario: what the proxy is told to do. */
import type { PolicyName } from "../../src/core/balancer/balancer.ts";
import type {
  CircuitBreakerSettings,
  EndpointSettings,
  HealthSettings,
  HttpHealthSettings,
  ListenerSettings,
  OutlierSettings,
  ProxySettings,
  UpstreamSettings,
} from "../../src/core/server/settings.ts";
import type { Dice } from "./dice.ts";
import type { Draft } from "./draft.ts";
import { proxyIp } from "./world.ts";
import { upstreamSettings } from "../support/settings.ts";

/** How long until everything that was out must be back in. */
export function settleMs(settings: ProxySettings): number {
  let ms = 0;
  for (const { health, outlier, endpointBreaker, upstreamBreaker, slowStartMs, resolve } of settings.upstreams) {
    const probesMs = health === undefined ? 0 : (health.rise + 1) * (1.2 * health.intervalMs + health.timeoutMs);
    const outMs = (outlier?.maxEjectionMs ?? 0) + (endpointBreaker?.openMs ?? 0) + (upstreamBreaker?.openMs ?? 0);
    ms = Math.max(ms, probesMs + outMs + slowStartMs + resolve.timeoutMs);
  }
  return ms + 2500;
}

/** Listeners, upstreams and their endpoints; what the endpoints are goes into the draft. */
export function makeSettings(draft: Draft): ProxySettings {
  const { dice } = draft;
  const upstreams = Array.from({ length: dice.pick([1, 1, 1, 2, 3]) }, (_, index) => makeUpstream(draft, index));
  const listeners = Array.from({ length: dice.pick([1, 1, 1, 2, 3]) }, (_, index) =>
    makeListener(draft, index, upstreams[dice.int(0, upstreams.length - 1)]?.name ?? "u0"),
  );
  return {
    listeners,
    upstreams,
    routes: [],
    drainTimeoutMs: dice.pick([50, 1000, 10_000]),
    limits: {
      maxConnections: dice.chance(0.1) ? dice.int(2, 20) : "auto",
      ...maybe(dice, 0.2, () => ({
        overload: { descriptorShare: 0.9, memoryShare: 0.9, loopLagMs: dice.pick([50, 500]) },
      })),
    },
  };
}

/** Optional settings, in some scenarios. */
export function maybe<T extends object>(dice: Dice, share: number, make: () => T): Partial<T> {
  return dice.chance(share) ? make() : {};
}

function makeListener({ dice, roundTripMs }: Draft, index: number, upstream: string): ListenerSettings {
  return {
    name: `l${index}`,
    address: { kind: "tcp", host: dice.chance(0.5) ? proxyIp : "0.0.0.0", port: 7000 + index },
    protocol: "tcp",
    upstream,
    idleTimeoutMs: 3 * roundTripMs + dice.pick([300, 1000, 3000, 60_000]),
    finTimeoutMs: 3 * roundTripMs + dice.pick([100, 1000, 30_000]),
    bufferBytes: dice.pick([1024, 16_384, 65_536]),
    backlog: dice.pick([1, 4, 511]),
    keepAliveMs: dice.pick([0, 1000, 60_000]),
    ipv6Only: false,
    ...maybe(dice, 0.1, () => ({ maxConnections: dice.int(1, 10) })),
    ...maybe(dice, 0.1, () => ({ maxConnectionsPerClient: dice.int(1, 5) })),
    ...maybe(dice, 0.1, () => ({ clientRate: { perSecond: dice.int(1, 20), burst: dice.int(1, 5) } })),
  };
}

function makeUpstream(draft: Draft, index: number): UpstreamSettings {
  const { dice, roundTripMs } = draft;
  const endpoints = Array.from({ length: dice.pick([1, 2, 2, 3, 4, 6]) }, (_, at) => makeEndpoint(draft, index, at));
  const greeted = endpoints.some(({ greets }) => greets);
  return {
    name: `u${index}`,
    policy: dice.pick(policies),
    balanceFactor: dice.pick([1.1, 1.5, 2]),
    endpoints: endpoints.map(({ settings }) => settings),
    connectTimeoutMs: 3 * roundTripMs + dice.pick([50, 500, 3000]),
    connectRetries: dice.pick([0, 1, 2, 2, 5]),
    retryBudget: { share: dice.pick([0.1, 0.2, 1]), minimum: dice.pick([1, 3, 10]) },
    maxPendingConnects: dice.pick([1, 4, 1024, 1024]),
    queue: { maxLength: dice.pick([0, 2, 100]), timeoutMs: 3 * roundTripMs + dice.pick([50, 500, 3000]) },
    ...maybe(dice, 0.3, () => ({ failOpenBelow: dice.pick([0.3, 0.5, 1]) })),
    slowStartMs: dice.pick([0, 0, 2000]),
    ...maybe(dice, 0.6, () => ({ health: makeHealth(draft, !greeted && dice.chance(0.4)) })),
    ...maybe(dice, 0.5, () => ({ outlier: makeOutlier(dice) })),
    ...maybe(dice, 0.25, () => ({ endpointBreaker: makeBreaker(dice) })),
    ...maybe(dice, 0.15, () => ({ upstreamBreaker: makeBreaker(dice) })),
    resolve: { minTtlMs: dice.pick([100, 1000]), maxTtlMs: dice.pick([1000, 60_000]), timeoutMs: 1000 },
    http: upstreamSettings([]).http,
  };
}

const policies: readonly [PolicyName, ...PolicyName[]] = [
  "round-robin",
  "weighted-round-robin",
  "least-connections",
  "random",
  "p2c",
  "ip-hash",
  "ring-hash",
  "maglev",
  "peak-ewma",
];

function makeOutlier(dice: Dice): OutlierSettings {
  const ejectionMs = dice.pick([100, 1000]);
  return {
    consecutiveFailures: dice.int(1, 3),
    windowMs: dice.pick([500, 10_000]),
    ejectionMs,
    maxEjectionMs: ejectionMs * dice.int(1, 4),
    maxEjectedShare: dice.pick([0.1, 0.5, 1]),
  };
}

function makeBreaker(dice: Dice): CircuitBreakerSettings {
  return {
    failures: dice.int(1, 4),
    windowMs: dice.pick([500, 10_000]),
    openMs: dice.pick([100, 1000, 3000]),
    halfOpenProbes: dice.int(1, 2),
    successes: dice.int(1, 3),
  };
}

/** One endpoint, by its address or, now and then, by a name of one or two addresses. */
function makeEndpoint(
  { dice, endpoints, names }: Draft,
  upstream: number,
  at: number,
): { settings: EndpointSettings; greets: boolean } {
  const greets = dice.chance(0.2);
  const named = dice.chance(0.15);
  const ips = [`10.0.${upstream}.${at + 1}`, ...(named && dice.chance(0.5) ? [`10.1.${upstream}.${at + 1}`] : [])];
  for (const ip of ips) {
    endpoints[`${ip}:80`] = {
      greets,
      acceptDelayMs: dice.chance(0.1) ? dice.int(1, 300) : 0,
      backlog: dice.chance(0.05) ? 1 : 128,
    };
  }
  const name = `e${at}.u${upstream}.test`;
  if (named) names[name] = { hosts: ips, delayMs: dice.int(0, 20), ...maybe(dice, 0.5, () => ({ ttlMs: 200 })) };
  const settings: EndpointSettings = {
    address: { kind: "tcp", host: named ? name : (ips[0] ?? name), port: 80 },
    weight: dice.chance(0.7) ? 1 : dice.int(1, 5),
    priority: dice.chance(0.2) ? 1 : 0,
    adminState: dice.pick(["ready", "ready", "ready", "ready", "ready", "ready", "ready", "draining", "disabled"]),
    ...maybe(dice, 0.1, () => ({ maxConnections: dice.int(1, 5) })),
  };
  return { settings, greets };
}

function makeHealth({ dice, roundTripMs }: Draft, http: boolean): HealthSettings {
  const intervalMs = dice.pick([200, 500, 1000]);
  return {
    ...(http ? { type: "http", http: httpHealth } : { type: "tcp" }),
    intervalMs,
    fastIntervalMs: dice.pick([100, 200]),
    timeoutMs: 3 * roundTripMs + dice.pick([10, 200, 500]),
    rise: dice.int(1, 3),
    fall: dice.int(1, 3),
  };
}

const httpHealth: HttpHealthSettings = { method: "GET", path: "/", headers: {}, statuses: [[200, 299]], body: "well" };
