/**
 * Runs the simulator by hand.
 *
 *   npm run sim -- --seeds 5000                 seeds from 1 on, or from --from
 *   npm run sim -- --seed 17 --trace            one seed, every event
 *   npm run sim -- --seed 17 --shrink           the smallest scenario that still fails
 *   npm run sim -- --workers --seeds 1000       several workers in each, not only in some
 *   npm run sim -- --http --seeds 1000          HTTP
 *   npm run sim -- --kept                       the scenarios in seeds/
 *   npm run sim -- --seeds 20 --hash            one number for all that happens, the same on every runtime
 */
import { parseArgs } from "node:util";
import { generateHttpScenario } from "./generate-http.ts";
import { generateScenario } from "./generate.ts";
import { keptScenarios } from "./kept-scenarios.ts";
import { loadCore } from "./load-core.ts";
import { hashOfSeeds } from "./trace-hash.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";

/** A scenario takes some milliseconds: this is about ten seconds. */
const maxTries = 3000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    shrink: { type: "boolean", default: false },
    /** Several workers in each scenario. */
    workers: { type: "boolean", default: false },
    http: { type: "boolean", default: false },
    kept: { type: "boolean", default: false },
    hash: { type: "boolean", default: false },
    /** The URL of another folder with sources. */
    core: { type: "string" },
  },
});

const generate = values.http ? generateHttpScenario : generateScenario;
const core = await loadCore(values.core);

if (values.hash) console.log(await hashOfSeeds(generate, Number(values.from), Number(values.seeds), core));
else if (values.kept) await runKept();
else if (values.seed === undefined) await runMany(Number(values.from), Number(values.seeds));
else await runOne(Number(values.seed));

async function runMany(from: number, count: number): Promise<void> {
  const startMs = performance.now();
  const outcomes: Record<string, number> = {};
  const failures = new Map<string, number[]>();
  let steps = 0;
  for (let seed = from; seed < from + count; seed++) {
    const result = await runScenario(generate(seed, values.workers), { core });
    steps += result.steps;
    for (const [outcome, times] of Object.entries(result.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + times;
    const { violation } = result;
    if (violation === undefined) continue;
    const seeds = failures.get(violation.invariant) ?? [];
    if (seeds.length < 5) console.log(`seed ${seed}: ${violation.invariant}: ${violation.message}`);
    seeds.push(seed);
    failures.set(violation.invariant, seeds);
  }
  const ms = performance.now() - startMs;
  console.log(outcomes);
  for (const [invariant, seeds] of failures)
    console.log(`${invariant}: ${seeds.length}: ${seeds.slice(0, 20).join(" ")}`);
  console.log(`${count} seeds, ${(ms / count).toFixed(2)} ms and ${Math.round(steps / count)} events a seed`);
  if (failures.size > 0) process.exitCode = 1;
}

async function runKept(): Promise<void> {
  for (const { found, scenario } of keptScenarios) {
    const { violation } = await runScenario(scenario, { core });
    console.log(`${violation === undefined ? "ok    " : "FAILED"}  ${found}`, violation ?? "");
    if (violation !== undefined) process.exitCode = 1;
  }
}

async function runOne(seed: number): Promise<void> {
  const scenario = generate(seed, values.workers);
  const trace = values.trace
    ? (atMs: number, who: string, what: string): void =>
        console.log(`${atMs.toFixed(3).padStart(12)}  ${who.padEnd(10)}  ${what}`)
    : undefined;
  const result = await runScenario(scenario, { core, trace });
  console.log(result);
  const { violation } = result;
  if (values.shrink && violation !== undefined) {
    const stillFails = async (smaller: Scenario): Promise<boolean> => {
      const again = await runScenario(smaller, { core });
      return again.violation?.invariant === violation.invariant;
    };
    console.log(JSON.stringify(await shrink(scenario, stillFails, maxTries)));
  }
  if (result.violation !== undefined) process.exitCode = 1;
}
