import type { EndpointSettings, UpstreamSettings } from "../../src/core/server/settings.ts";
import { Dice } from "./dice.ts";
import type { Scenario, TimedEvent, WorkersPlan } from "./scenario.ts";

/** Nothing else of a seed is drawn from this: without workers a scenario is as it would be if there were none anywhere. */
const stream = 5;

/** Lets some scenarios be played by several workers, some of which die; `always`: all scenarios. */
export function withWorkers(scenario: Scenario, always: boolean): Scenario {
  const dice = new Dice(scenario.seed, stream);
  const count = dice.pick(always ? [2, 2, 3, 4] : [1, 1, 1, 1, 1, 1, 2, 2, 3, 4]);
  if (count === 1) return scenario;
  const slowest = dice.pick([0.1, 1, 10]);
  const workers: WorkersPlan = {
    count,
    bellMs: [0.01, slowest],
    messageMs: [0.01, slowest * dice.pick([1, 5])],
    startMs: [1, dice.pick([10, 100])],
    skew: dice.pick([0, 0, 1, 3]),
  };
  const events = [...scenario.events, ...makeDeaths(dice, scenario, count), ...makeMove(dice, scenario)];
  const bounded = dice.chance(0.3) ? withBounds(dice, scenario) : scenario;
  return { ...bounded, workers, events: events.toSorted((a, b) => a.atMs - b.atMs) };
}

function makeDeaths(dice: Dice, { playMs }: Scenario, count: number): TimedEvent[] {
  const deaths = dice.pick([0, 0, 1, 1, 2, 4]);
  const stalls = dice.pick([0, 0, 1]);
  // Some come when it ends.
  const lastMs = playMs + dice.pick([0, 0, 200]);
  return [
    ...Array.from({ length: deaths }, (): TimedEvent => {
      return { atMs: dice.int(0, lastMs), fault: { kind: "worker-death", worker: dice.int(0, count - 1) } };
    }),
    ...Array.from({ length: stalls }, (): TimedEvent => {
      const fault = { kind: "worker-stall", worker: dice.int(0, count - 1), forMs: dice.int(1, 1000) } as const;
      return { atMs: dice.int(0, Math.max(0, playMs - 1000)), fault };
    }),
  ];
}

/** An upstream moves: another endpoint comes, and those that it had go. */
function makeMove(dice: Dice, { settings, endpoints, playMs }: Scenario): TimedEvent[] {
  const upstream = settings.upstreams[dice.int(0, settings.upstreams.length - 1)];
  const [first] = upstream?.endpoints ?? [];
  const known = new Set(upstream?.endpoints.map(keyOf));
  const [other] = Object.entries(endpoints)
    .filter(([key, { greets }]) => !greets && !known.has(key))
    .map(([key]) => key);
  if (upstream === undefined || first === undefined || other === undefined || !dice.chance(0.3)) return [];
  const addedMs = dice.int(0, Math.floor(playMs / 2));
  const goneMs = dice.int(addedMs, playMs);
  const address = { kind: "tcp", host: other.slice(0, other.lastIndexOf(":")), port: 80 } as const;
  return [
    {
      atMs: addedMs,
      fault: { kind: "add-endpoint", upstream: upstream.name, settings: { ...first, address, adminState: "ready" } },
    },
    ...(dice.chance(0.7) ? upstream.endpoints : []).map((endpoint): TimedEvent => {
      return { atMs: goneMs, fault: { kind: "remove-endpoint", endpoint: keyOf(endpoint) } };
    }),
  ];
}

function keyOf({ address }: EndpointSettings): string {
  return address.kind === "tcp" ? `${address.host}:${address.port}` : address.path;
}

/** The same with a small bound for each endpoint. */
function withBounds(dice: Dice, scenario: Scenario): Scenario {
  const { settings } = scenario;
  const upstreams = settings.upstreams.map((upstream): UpstreamSettings => {
    const endpoints = upstream.endpoints.map((one) => ({ ...one, maxConnections: dice.int(1, 3) }));
    return { ...upstream, endpoints };
  });
  return { ...scenario, settings: { ...settings, upstreams } };
}
