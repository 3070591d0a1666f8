/** Scenarios of HTTP: the same networks, faults and workers as for TCP, with settings and traffic of their own. */
import type {
  HttpSettings,
  RouteAction,
  RouteSettings,
  UpstreamHttpSettings,
} from "../../src/core/server/http-settings.ts";
import type { HttpListenerSettings, ProxySettings } from "../../src/core/server/settings.ts";
import { httpSettings, routeSettings } from "../support/http-settings.ts";
import { Dice } from "./dice.ts";
import type { Draft } from "./draft.ts";
import { withAuto } from "./generate-auto.ts";
import { durationOf, makeEvents } from "./generate-faults.ts";
import { withHedges } from "./generate-hedges.ts";
import { withChanges } from "./generate-http-changes.ts";
import { makeHttpClients } from "./generate-http-traffic.ts";
import { makeNetwork, roundTripOf } from "./generate-network.ts";
import { makeSettings, maybe, settleMs } from "./generate-settings.ts";
import { withWorkers } from "./generate-workers.ts";
import { tunnelProtocol } from "./http-bytes.ts";
import type { Scenario } from "./scenario.ts";

/** Nothing of a TCP scenario is drawn from this. */
const stream = 6;

/** The HTTP scenario of a seed. `workers`: with several, which else only some have. */
export function generateHttpScenario(seed: number, workers = false): Scenario {
  const dice = new Dice(seed, stream);
  const network = makeNetwork(dice);
  const roundTripMs = roundTripOf(network);
  const draft: Draft = { dice, endpoints: {}, names: {}, lengthMs: dice.pick([500, 2000, 5000]), roundTripMs };
  const settings = withHttp(draft, makeSettings(draft));
  // None greets: that is no HTTP.
  for (const [key, plan] of Object.entries(draft.endpoints)) draft.endpoints[key] = { ...plan, greets: false };
  const clients = makeHttpClients(draft, settings);
  const events = dice.chance(0.4) ? [] : makeEvents(draft, settings, clients);
  const faultsEndMs = Math.max(draft.lengthMs, ...events.map(({ atMs, fault }) => atMs + durationOf(fault)));
  const endsEarly = dice.chance(0.35);
  const scenario: Scenario = {
    seed,
    settings,
    network,
    endpoints: draft.endpoints,
    names: draft.names,
    connections: [],
    http: { clients },
    events,
    playMs: endsEarly ? dice.int(0, faultsEndMs) : faultsEndMs,
    finish: dice.pick(["drain", "drain", "stop", "drain-stop"]),
    stopAfterMs: dice.int(0, 500),
    settleMs: endsEarly ? 0 : settleMs(settings) + dice.pick([0, 10_000]),
  };
  const limited = dice.chance(0.05) ? { ...scenario, maxDescriptors: dice.int(20, 300) } : scenario;
  return withHedges(withAuto(withChanges(withWorkers(limited, workers))));
}

/** The same with listeners that speak HTTP, and routes. */
function withHttp(draft: Draft, settings: ProxySettings): ProxySettings {
  const { dice } = draft;
  const listeners = settings.listeners.map((listener): HttpListenerSettings => {
    if (listener.protocol !== "tcp") throw new Error("Not drawn so");
    const { upstream: _, ...common } = listener;
    return { ...common, protocol: "http", http: makeHttp(draft) };
  });
  const upstreams = settings.upstreams.map((upstream) => ({ ...upstream, http: makeUpstreamHttp(draft) }));
  const names = upstreams.map(({ name }) => name);
  const routes = Array.from({ length: dice.pick([1, 1, 2, 3]) }, (_, index) => makeRoute(draft, index, names));
  return { ...settings, listeners, upstreams, routes };
}

function makeHttp({ dice, roundTripMs }: Draft): HttpSettings {
  const waitMs = 3 * roundTripMs;
  const via = dice.pick(["", "", "sim"]);
  return httpSettings({
    headerTimeoutMs: waitMs + dice.pick([300, 3000]),
    idleTimeoutMs: waitMs + dice.pick([100, 1000, 5000]),
    bodyTimeoutMs: waitMs + dice.pick([300, 1000, 3000]),
    minBodyRate: dice.chance(0.2) ? { bytesPerSecond: 240, graceMs: 1000 } : { bytesPerSecond: 0, graceMs: 0 },
    maxRequests: dice.pick([1, 2, 1000, 1000]),
    maxAgeMs: dice.pick([500, 3_600_000, 3_600_000]),
    ...maybe(dice, 0.1, () => ({ maxBodyBytes: dice.int(0, 20_000) })),
    forwarding: {
      xForwarded: dice.chance(0.2),
      forwarded: dice.chance(0.1),
      xRealIp: dice.chance(0.1),
      via,
      requestId: dice.pick(["off", "off", "keep", "make"]),
      trace: dice.pick(["off", "off", "continue", "start"]),
    },
  });
}

function makeUpstreamHttp({ dice, roundTripMs }: Draft): UpstreamHttpSettings {
  const waitMs = 3 * roundTripMs;
  return {
    responseTimeoutMs: waitMs + dice.pick([200, 1000, 3000]),
    readTimeoutMs: waitMs + dice.pick([200, 1000, 3000]),
    keepAlive: {
      idleTimeoutMs: dice.pick([0, 100, 1000, 4000, 4000]),
      maxIdle: dice.pick([1, 2, 64]),
      maxAgeMs: dice.pick([500, 3_600_000, 3_600_000]),
    },
    retry: {
      attempts: dice.pick([0, 1, 1, 2]),
      on: dice.pick([[], ["reset"], ["reset"], ["reset", "timeout"], ["reset", "timeout", 503]]),
      nonIdempotent: dice.chance(0.1),
      backoffMs: dice.pick([1, 25]),
      maxBackoffMs: 250,
      ...maybe(dice, 0.2, () => ({ perTryTimeoutMs: waitMs + dice.pick([50, 500]) })),
      maxBodyBytes: dice.pick([0, 1000, 65_536]),
    },
  };
}

function makeRoute({ dice, roundTripMs }: Draft, index: number, upstreams: readonly string[]): RouteSettings {
  return routeSettings({
    name: `r${index}`,
    match: { path: { kind: "prefix", value: `/r${index}` }, headers: [], query: [] },
    action: makeAction(dice, index, upstreams),
    ...maybe(dice, 0.1, () => ({ maxBodyBytes: dice.int(0, 20_000) })),
    ...maybe(dice, 0.1, () => ({ responseTimeoutMs: 3 * roundTripMs + dice.pick([200, 2000]) })),
    upgrades: dice.chance(0.8) ? [tunnelProtocol] : [],
    tunnelTimeoutMs: 3 * roundTripMs + dice.pick([300, 2000]),
  });
}

function makeAction(dice: Dice, index: number, upstreams: readonly string[]): RouteAction {
  const own = index > 0 && dice.chance(0.5);
  if (own && dice.chance(0.3)) return { kind: "redirect", status: 307, path: { kind: "full", value: "/elsewhere" } };
  if (own)
    return { kind: "respond", status: 200, contentType: "text/plain", body: "x".repeat(dice.pick([0, 10, 5000])) };
  const some = Array.from({ length: dice.pick([1, 1, 2]) }, () => upstreams[dice.int(0, upstreams.length - 1)] ?? "u0");
  return { kind: "forward", upstreams: [...new Set(some)].map((name) => ({ name, weight: dice.int(1, 3) })) };
}
