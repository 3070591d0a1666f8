/** The whole data plane in simulated networks: thousands of seeds, each with its own topology, traffic and faults. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { generateScenario } from "./generate.ts";
import { keptScenarios } from "./kept-scenarios.ts";
import { loadCore } from "./load-core.ts";
import { runScenario } from "./run-scenario.ts";
import { hashOfSeeds } from "./trace-hash.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const core = await loadCore();

/** Each runtime has seeds of its own: together they are 5,100. */
const seedsPerRuntime = 1700;
const seedsPerTest = 100;
const part = "Bun" in globalThis ? 1 : "Deno" in globalThis ? 2 : 0;
const firstSeed = 1 + part * seedsPerRuntime;

/** What must have happened somewhere in that many seeds; else the simulator has become too kind. */
const expectedOutcomes = [
  "ok",
  "client-reset",
  "endpoint-reset",
  "idle-timeout",
  "fin-timeout",
  "drain-timeout",
  "no-endpoint",
  "connect-refused",
  "connect-timeout",
  "queue-full",
  "queue-timeout",
  "breaker-open",
];

describe("simulator", () => {
  const seen = new Set<string>();

  for (let from = firstSeed; from < firstSeed + seedsPerRuntime; from += seedsPerTest) {
    it(`seeds ${from} to ${from + seedsPerTest - 1}`, { timeout: 60_000 }, async () => {
      for (let seed = from; seed < from + seedsPerTest; seed++)
        for (const outcome of await checkSeed(seed)) seen.add(outcome);
    });
  }

  it("every kind of end was among them", () => {
    assert.deepEqual(
      expectedOutcomes.filter((outcome) => !seen.has(outcome)),
      [],
    );
  });

  for (const { found, scenario } of keptScenarios) {
    it(`found once: ${found}`, async () => {
      const { violation } = await runScenario(scenario, { core });
      if (violation !== undefined) assert.fail(`${violation.invariant}: ${violation.message}`);
    });
  }

  it("a seed is the same run again, here and on Node", { timeout: 60_000 }, async () => {
    const here = await hashOfSeeds(1, 25, core);
    assert.equal(await hashOfSeeds(1, 25, core), here);
    const node = join(root, "node_modules/.bin/node");
    const args = [join(root, "test/sim/cli.ts"), "--seeds", "25", "--hash"];
    assert.equal(spawnSync(node, args, { encoding: "utf8" }).stdout.trim(), here);
  });
});

/** Runs a seed; returns the outcomes that it had. */
async function checkSeed(seed: number): Promise<string[]> {
  const scenario = generateScenario(seed);
  const { violation, outcomes } = await runScenario(scenario, { core });
  if (violation !== undefined)
    assert.fail(
      `seed ${seed}, ${violation.invariant} at ${violation.atMs.toFixed(3)} ms: ${violation.message}\n` +
        `See it: npm run sim -- --seed ${seed} --trace\nMake it small: npm run sim -- --seed ${seed} --shrink`,
    );
  return Object.keys(outcomes);
}
