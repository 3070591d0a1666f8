import { Dice } from "./dice.ts";
import type { Draft } from "./draft.ts";
import { durationOf, makeEvents } from "./generate-faults.ts";
import { makeNetwork, roundTripOf } from "./generate-network.ts";
import { makeSettings, settleMs } from "./generate-settings.ts";
import { makeConnections } from "./generate-traffic.ts";
import { withWorkers } from "./generate-workers.ts";
import type { Scenario } from "./scenario.ts";

/**
 * The scenario of a seed: the same on every runtime, as long as nothing here changes. `workers`: with several, which else
 * only some have.
 */
export function generateScenario(seed: number, workers = false): Scenario {
  const dice = new Dice(seed, 0);
  const network = makeNetwork(dice);
  const roundTripMs = roundTripOf(network);
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
  return withWorkers(dice.chance(0.1) ? { ...scenario, maxDescriptors: dice.int(20, 300) } : scenario, workers);
}
