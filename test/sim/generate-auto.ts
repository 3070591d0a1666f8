/** Listeners that tell what their clients speak: some of a scenario's become such, and get clients that do not speak HTTP. */
import type {
  HealthSettings,
  ListenerSettings,
  ProxySettings,
  UpstreamSettings,
} from "../../src/core/server/settings.ts";
import { Dice } from "./dice.ts";
import { durationOf, makeEvents } from "./generate-faults.ts";
import { roundTripOf } from "./generate-network.ts";
import { makeSides } from "./generate-traffic.ts";
import type { HttpClientPlan } from "./http-plan.ts";
import type { ConnectionPlan, EndpointPlan, Scenario, TimedEvent } from "./scenario.ts";

/** Nothing else of a seed is drawn from this: what a seed was before stays, and has more to do. */
const stream = 8;
/** Numbers of these clients start behind this. */
const firstId = 1000;

/** Lets some scenarios have listeners with `protocol: auto`. */
export function withAuto(scenario: Scenario): Scenario {
  const dice = new Dice(scenario.seed, stream);
  const { http, settings } = scenario;
  if (http === undefined || !dice.chance(0.3)) return scenario;
  // Who waits for the other side to begin is found out by time alone.
  const greets = dice.chance(0.4);
  const endpoints = makeEndpoints(dice, greets);
  const upstream = makeUpstream(settings, Object.keys(endpoints));
  const listeners = settings.listeners.map((one) => (dice.chance(0.8) ? asAuto(dice, scenario, one) : one));
  const autos = [...listeners.keys()].filter((at) => listeners[at]?.protocol === "auto");
  const connections = autos.flatMap((listener) => makeConnections(dice, scenario, listener, greets));
  const changed = { ...settings, listeners, upstreams: [...settings.upstreams, upstream] };
  const events = makeFaults(dice, scenario, { ...settings, upstreams: [upstream] }, endpoints);
  const endsMs = events.map(({ atMs, fault }) => atMs + durationOf(fault));
  return {
    ...scenario,
    settings: changed,
    endpoints: { ...scenario.endpoints, ...endpoints },
    connections: connections.map((one, index) => ({ ...one, id: firstId + index })),
    http: { clients: http.clients.map((one) => (autos.includes(one.listener) ? asTold(one) : one)) },
    events: [...scenario.events, ...events].toSorted((a, b) => a.atMs - b.atMs),
    playMs: scenario.settleMs > 0 ? Math.max(scenario.playMs, ...endsMs) : scenario.playMs,
  };
}

function makeEndpoints(dice: Dice, greets: boolean): Readonly<Record<string, EndpointPlan>> {
  const plan: EndpointPlan = { greets, acceptDelayMs: 0, backlog: 128, raw: true };
  return Object.fromEntries(
    Array.from({ length: dice.pick([1, 2, 3]) }, (_, index) => [`10.8.0.${index + 1}:80`, plan]),
  );
}

/** As the first of the others, and checked without a request. */
function makeUpstream({ upstreams }: ProxySettings, keys: readonly string[]): UpstreamSettings {
  const [like] = upstreams;
  const [endpoint] = like?.endpoints ?? [];
  if (like === undefined || endpoint === undefined) throw new Error("A scenario has an upstream");
  const { health, ...upstream } = like;
  return {
    ...upstream,
    ...(health === undefined ? {} : { health: overTcp(health) }),
    name: "raw",
    endpoints: keys.map((key) => {
      const address = { kind: "tcp", host: key.slice(0, key.lastIndexOf(":")), port: 80 } as const;
      return { ...endpoint, address, adminState: "ready", priority: 0 };
    }),
  };
}

function overTcp({ intervalMs, fastIntervalMs, timeoutMs, rise, fall }: HealthSettings): HealthSettings {
  return { type: "tcp", intervalMs, fastIntervalMs, timeoutMs, rise, fall };
}

function asAuto(dice: Dice, { network }: Scenario, listener: ListenerSettings): ListenerSettings {
  if (listener.protocol !== "http") return listener;
  const detectTimeoutMs = 3 * roundTripOf(network) + dice.pick([50, 500, 3000]);
  return { ...listener, protocol: "auto", upstream: "raw", detectTimeoutMs };
}

/** CONNECT to a place that is no path is none of the HTTP that is told from other protocols. */
function asTold(client: HttpClientPlan): HttpClientPlan {
  const requests = client.requests.map((one) =>
    one.flaw === "connect" ? { ...one, flaw: "expectation" as const } : one,
  );
  return { ...client, requests };
}

function makeConnections(
  dice: Dice,
  { playMs }: Scenario,
  listener: number,
  greets: boolean,
): Omit<ConnectionPlan, "id">[] {
  return Array.from({ length: dice.pick([1, 2, 4]) }, () => ({
    client: `198.51.100.${dice.int(1, 5)}`,
    listener,
    startMs: dice.int(0, Math.floor(playMs / 2)),
    ...makeSides(dice),
    opening: dice.pick(greets ? ["silent", "silent", "binary"] : ["text", "text", "binary"]),
  }));
}

/** What befalls these endpoints too. */
function makeFaults(
  dice: Dice,
  { network, playMs }: Scenario,
  settings: ProxySettings,
  endpoints: Readonly<Record<string, EndpointPlan>>,
): readonly TimedEvent[] {
  if (!dice.chance(0.3)) return [];
  const draft = { dice, endpoints, names: {}, lengthMs: playMs, roundTripMs: roundTripOf(network) };
  return makeEvents(draft, settings, [{ client: "198.51.100.1" }]).slice(0, 2);
}
