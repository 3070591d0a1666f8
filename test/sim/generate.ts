/** Makes a scenario from a seed. */
import type { PolicyName } from "../../src/core/balancer/balancer.ts";
import type { ConnectFailure } from "../../src/core/runtime/runtime.ts";
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
import { Dice } from "./dice.ts";
import type { ConnectionPlan, EndpointMode, EndpointPlan, Fault, Scenario, SidePlan, TimedEvent } from "./scenario.ts";
import type { DnsEntry } from "./sim-dns.ts";
import type { NetworkSettings } from "./sim-network.ts";
import { proxyIp } from "./world.ts";

/** Mutable while it is put together. */
interface Draft {
  readonly dice: Dice;
  readonly endpoints: Record<string, EndpointPlan>;
  readonly names: Record<string, DnsEntry>;
  readonly lengthMs: number;
  /** There and back on a slow day: what a deadline must leave time for. */
  readonly roundTripMs: number;
}

/** The scenario of a seed: the same on every runtime, as long as nothing here changes. */
export function generateScenario(seed: number): Scenario {
  const dice = new Dice(seed, 0);
  const network = makeNetwork(dice);
  const roundTripMs = 2 * (network.latencyMs[1] + network.jitterMs[1]) + network.timerLatenessMs + 10;
  const lengthMs = dice.pick([500, 2000, 5000, 15_000]);
  const draft: Draft = { dice, endpoints: {}, names: {}, lengthMs, roundTripMs };
  const settings = makeSettings(draft);
  const connections = makeConnections(draft, settings);
  const events = makeEvents(draft, settings, connections);
  const faultsEndMs = Math.max(draft.lengthMs, ...events.map(({ atMs, fault }) => atMs + durationOf(fault)));
  const endsEarly = dice.chance(0.35);
  const scenario: Scenario = {
    seed,
    settings,
    network,
    endpoints: draft.endpoints,
    names: draft.names,
    connections,
    events,
    playMs: endsEarly ? dice.int(0, faultsEndMs) : faultsEndMs,
    finish: dice.pick(["drain", "drain", "stop", "drain-stop"]),
    stopAfterMs: dice.int(0, 500),
    settleMs: endsEarly ? 0 : settleMs(settings),
  };
  return dice.chance(0.1) ? { ...scenario, maxDescriptors: dice.int(20, 300) } : scenario;
}

/** How long until everything that was out must be back in. */
function settleMs(settings: ProxySettings): number {
  let ms = 0;
  for (const { health, outlier, endpointBreaker, upstreamBreaker, slowStartMs, resolve } of settings.upstreams) {
    const probesMs = health === undefined ? 0 : (health.rise + 1) * (1.2 * health.intervalMs + health.timeoutMs);
    const outMs = (outlier?.maxEjectionMs ?? 0) + (endpointBreaker?.openMs ?? 0) + (upstreamBreaker?.openMs ?? 0);
    ms = Math.max(ms, probesMs + outMs + slowStartMs + resolve.timeoutMs);
  }
  return ms + 2500;
}

function makeSettings(draft: Draft): ProxySettings {
  const { dice } = draft;
  const upstreams = Array.from({ length: dice.pick([1, 1, 1, 2, 3]) }, (_, index) => makeUpstream(draft, index));
  const listeners = Array.from({ length: dice.pick([1, 1, 1, 2, 3]) }, (_, index) =>
    makeListener(draft, index, upstreams[dice.int(0, upstreams.length - 1)]?.name ?? "u0"),
  );
  return {
    listeners,
    upstreams,
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
function maybe<T extends object>(dice: Dice, share: number, make: () => T): Partial<T> {
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

function makeNetwork(dice: Dice): NetworkSettings {
  const latency = dice.pick([0, 0.1, 1, 20]);
  const small = dice.chance(0.4);
  return {
    latencyMs: [latency, latency * dice.pick([1, 2])],
    jitterMs: [0, dice.pick([0, 0.5, 5, 30])],
    sendBufferBytes: small ? [2048, 20_000] : [65_536, 262_144],
    receiveBufferBytes: small ? [2048, 20_000] : [65_536, 262_144],
    segmentBytes: dice.pick([
      [1460, 1460],
      [4000, 65_536],
      [65_536, 65_536],
    ]),
    tinySegments: [0, dice.pick([0, 3, 30])],
    readBytes: dice.pick([1000, 16_384, 65_536]),
    timerLatenessMs: dice.pick([0, 1, 15]),
    kernelTimeoutMs: dice.pick([5000, 20_000]),
    keepAliveProbesMs: dice.pick([2000, 10_000]),
    resetOvertakes: dice.pick([0, 0.5]),
    resetDropsUnread: dice.chance(0.5),
    resetHidesWhilePaused: dice.chance(0.5),
    writesWaitATurn: dice.chance(0.4),
    drainFirst: dice.chance(0.5),
  };
}

function makeConnections(draft: Draft, settings: ProxySettings): ConnectionPlan[] {
  const { dice } = draft;
  const count = dice.pick([2, 6, 12, 25]);
  const addresses = dice.int(1, 5);
  const spreadMs = draft.lengthMs * dice.pick([0.05, 0.9]);
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    client: dice.chance(0.1) ? `2001:db8::${dice.int(1, addresses)}` : `198.51.100.${dice.int(1, addresses)}`,
    listener: dice.int(0, settings.listeners.length - 1),
    startMs: Math.floor(dice.next() * spreadMs),
    ...makeSides(dice),
  }));
}

function makeSides(dice: Dice): { clientSide: SidePlan; endpointSide: SidePlan } {
  const clientSide = makeSide(dice);
  const endpointSide = makeSide(dice);
  // Two that wait for each other end by a timeout: seldom.
  const waits = dice.pick(["client", "endpoint", "endpoint", "none"] as const);
  const echoes = dice.chance(0.3);
  const both = clientSide.end === "last" && endpointSide.end === "last" && !dice.chance(0.05);
  return {
    clientSide: { ...clientSide, waits: waits === "client" && !echoes, end: both ? "fin" : clientSide.end },
    endpointSide: {
      ...endpointSide,
      waits: waits === "endpoint",
      echoes,
      end: echoes && endpointSide.end === "fin" ? "last" : endpointSide.end,
    },
  };
}

function makeSide(dice: Dice): SidePlan {
  const bytes = makeSize(dice);
  const slow = dice.chance(0.15);
  const stalls = dice.chance(0.2);
  return {
    bytes,
    chunkBytes: Math.max(1, bytes > 5000 ? dice.int(1000, 65_536) : dice.int(1, 5000)),
    gapMs: slow && bytes > 0 ? dice.int(1, 100) : 0,
    waits: false,
    echoes: false,
    end: dice.pick(["fin", "fin", "fin", "fin", "last", "last", "last", "reset", "destroy", "hold"]),
    abortAfterBytes: dice.int(0, bytes),
    stallBytes: stalls ? Math.max(1, Math.floor(bytes / dice.int(1, 10))) : 0,
    stallMs: stalls ? dice.pick([1, 50, 500, 4000]) : 0,
  };
}

function makeSize(dice: Dice): number {
  const kind = dice.next();
  if (kind < 0.15) return 0;
  if (kind < 0.5) return dice.int(1, 200);
  if (kind < 0.85) return dice.int(200, 20_000);
  if (kind < 0.985) return dice.int(20_000, 200_000);
  return dice.int(200_000, 1_048_576);
}

function makeEvents(draft: Draft, settings: ProxySettings, connections: readonly ConnectionPlan[]): TimedEvent[] {
  const { dice } = draft;
  const count = dice.pick([0, 1, 3, 6, 10]);
  const clients = connections.map(({ client }) => client);
  return Array.from({ length: count }, () => ({
    atMs: dice.int(0, draft.lengthMs),
    fault: makeFault(draft, settings, clients),
  })).toSorted((a, b) => a.atMs - b.atMs);
}

function makeFault(draft: Draft, settings: ProxySettings, clients: readonly string[]): Fault {
  const { dice, lengthMs } = draft;
  const keys = Object.keys(draft.endpoints);
  const endpoint = keys[dice.int(0, keys.length - 1)] ?? "";
  const host = endpoint.slice(0, endpoint.lastIndexOf(":"));
  const anyHost = dice.chance(0.3) ? (clients[dice.int(0, clients.length - 1)] ?? host) : host;
  const forMs = dice.chance(0.5) ? dice.int(1, 300) : dice.int(300, Math.max(301, Math.min(6000, lengthMs)));
  switch (dice.int(0, 19)) {
    case 0:
    case 1:
      return { kind: "partition", host: anyHost, forMs };
    case 2:
      return { kind: "vanish", host: anyHost, forMs };
    case 3:
    case 4:
      return { kind: "crash", host: anyHost, forMs, how: dice.pick(["reset", "destroy"]) };
    case 5:
      return { kind: "blackhole", host, forMs };
    case 6:
      return { kind: "host-stall", host: anyHost, forMs };
    case 7:
    case 8:
      return { kind: "endpoint-mode", host, forMs, mode: dice.pick<EndpointMode>(["close", "reset", "mute"]) };
    case 9:
    case 10:
      return { kind: "connect-fault", endpoint, forMs, failure: dice.pick(connectFailures) };
    case 11:
      return { kind: "accept-error", forMs, code: dice.pick(["EMFILE", "ENFILE", "ENOMEM"]) };
    case 12:
      return { kind: "slow-accept", forMs, delayMs: dice.int(1, 200) };
    case 13:
      return { kind: "loop-stall", forMs };
    case 14:
      return { kind: "wall-jump", byMs: dice.pick([-3_600_000, -1000, 1000, 86_400_000]) };
    case 15:
      return { kind: "memory", forMs, share: dice.pick([0.5, 0.95]) };
    case 16:
      return makeNameFault(draft) ?? { kind: "loop-stall", forMs };
    case 17:
    case 18:
      return makeAdminAction(dice, settings, draft.endpoints[endpoint]?.greets === true ? undefined : host);
    default:
      return { kind: "descriptors", forMs, maximum: dice.int(17, 60) };
  }
}

/** A name fails, is slow, or leads to only one of its addresses. */
function makeNameFault({ dice, names }: Draft): Fault | undefined {
  const known = Object.entries(names);
  const [name, entry] = known[dice.int(0, Math.max(0, known.length - 1))] ?? [];
  if (name === undefined || entry === undefined) return undefined;
  const forMs = dice.int(100, 3000);
  const fault = dice.int(0, 2);
  if (fault === 0)
    return { kind: "names", name, forMs, entry: { ...entry, failure: dice.pick(["not-found", "other"]) } };
  if (fault === 1) return { kind: "names", name, forMs, entry: { ...entry, delayMs: dice.pick([100, 5000]) } };
  return { kind: "names", name, forMs, entry: { ...entry, hosts: entry.hosts.slice(-1) } };
}

/** `host` can be added as an endpoint: it answers to every kind of health check. */
function makeAdminAction(dice: Dice, settings: ProxySettings, host: string | undefined): Fault {
  const endpoints = settings.upstreams.flatMap((upstream) => upstream.endpoints);
  const address = endpoints[dice.int(0, endpoints.length - 1)]?.address;
  const endpoint = address?.kind === "tcp" ? `${address.host}:${address.port}` : "";
  const action = dice.int(0, 9);
  if (action === 0) return { kind: "remove-endpoint", endpoint };
  if (action === 1) return { kind: "reset-endpoint", endpoint };
  const upstream = settings.upstreams[dice.int(0, settings.upstreams.length - 1)];
  const [first] = upstream?.endpoints ?? [];
  if (action === 2 && host !== undefined && upstream !== undefined && first !== undefined)
    return {
      kind: "add-endpoint",
      upstream: upstream.name,
      settings: { ...first, address: { kind: "tcp", host, port: 80 } },
    };
  if (action <= 5) return { kind: "weight", endpoint, weight: dice.int(1, 256) };
  return { kind: "admin-state", endpoint, state: dice.pick(["ready", "ready", "draining", "disabled"]) };
}

const connectFailures: readonly [ConnectFailure, ...ConnectFailure[]] = [
  "refused",
  "timeout",
  "unreachable",
  "not-found",
  "resources",
  "denied",
  "other",
];

function durationOf(fault: Fault): number {
  return "forMs" in fault ? fault.forMs : 0;
}
