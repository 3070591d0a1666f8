/** The whole data plane in simulated networks: thousands of seeds, each with its own topology, traffic and faults. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { OutcomeCode } from "../../src/core/observe/outcome.ts";
import { generateHttpScenario } from "./generate-http.ts";
import { generateScenario } from "./generate.ts";
import { keptScenarios } from "./kept-scenarios.ts";
import { loadCore } from "./load-core.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { hashOfSeeds } from "./trace-hash.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const core = await loadCore();

const seedsPerTest = 100;
const part = "Bun" in globalThis ? 1 : "Deno" in globalThis ? 2 : 0;

/** What is played, so many seeds of it in each runtime: each has seeds of its own. */
interface Kind {
  readonly name: string;
  readonly flag: string;
  readonly seedsPerRuntime: number;
  readonly generate: (seed: number) => Scenario;
  /** What must have happened somewhere in that many seeds; else the simulator has become too kind. */
  readonly expectedOutcomes: readonly OutcomeCode[];
}

const expectedOfTcp: readonly OutcomeCode[] = [
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

const expectedOfHttp: readonly OutcomeCode[] = [
  "ok",
  "client-reset",
  "endpoint-reset",
  "endpoint-closed",
  "drain-timeout",
  "no-endpoint",
  "connect-refused",
  "connect-timeout",
  "queue-full",
  "queue-timeout",
  "breaker-open",
  "request-malformed",
  "request-timeout",
  "request-too-large",
  "target-too-long",
  "head-too-large",
  "expectation-unknown",
  "not-implemented",
  "version-unknown",
  "no-route",
  "response-malformed",
  "response-timeout",
  "response-truncated",
  "response-stalled",
  "client-stalled",
];

/** Together 5,100 seeds of TCP and 2,400 of HTTP. */
const kinds: readonly Kind[] = [
  {
    name: "simulator",
    flag: "",
    seedsPerRuntime: 1700,
    generate: (seed) => generateScenario(seed),
    expectedOutcomes: expectedOfTcp,
  },
  {
    name: "simulator, http",
    flag: "--http ",
    seedsPerRuntime: 800,
    generate: (seed) => generateHttpScenario(seed),
    expectedOutcomes: expectedOfHttp,
  },
];

for (const kind of kinds) {
  describe(kind.name, () => {
    const { seedsPerRuntime, generate, flag } = kind;
    const seen = new Set<string>();
    const firstSeed = 1 + part * seedsPerRuntime;

    for (let from = firstSeed; from < firstSeed + seedsPerRuntime; from += seedsPerTest) {
      it(`seeds ${from} to ${from + seedsPerTest - 1}`, { timeout: 60_000 }, async () => {
        for (let seed = from; seed < from + seedsPerTest; seed++)
          for (const outcome of await checkSeed(kind, seed)) seen.add(outcome);
      });
    }

    it("every kind of end was among them", () => {
      assert.deepEqual(
        kind.expectedOutcomes.filter((outcome) => !seen.has(outcome)),
        [],
      );
    });

    it("a seed is the same run again, here and on Node", { timeout: 60_000 }, async () => {
      const here = await hashOfSeeds(generate, 1, 25, core);
      assert.equal(await hashOfSeeds(generate, 1, 25, core), here);
      const node = join(root, "node_modules/.bin/node");
      const args = [join(root, "test/sim/cli.ts"), "--seeds", "25", "--hash", ...flag.split(" ").filter(Boolean)];
      assert.equal(spawnSync(node, args, { encoding: "utf8" }).stdout.trim(), here);
    });
  });
}

describe("simulator, kept scenarios", () => {
  for (const { found, scenario } of keptScenarios) {
    it(`found once: ${found}`, async () => {
      const { violation } = await runScenario(scenario, { core });
      if (violation !== undefined) assert.fail(`${violation.invariant}: ${violation.message}`);
    });
  }
});

/** Runs a seed; returns the outcomes that it had. */
async function checkSeed({ generate, flag }: Kind, seed: number): Promise<string[]> {
  const { violation, outcomes } = await runScenario(generate(seed), { core });
  if (violation !== undefined)
    assert.fail(
      `seed ${seed}, ${violation.invariant} at ${violation.atMs.toFixed(3)} ms: ${violation.message}\n` +
        `See it: npm run sim -- ${flag}--seed ${seed} --trace\nMake it small: npm run sim -- ${flag}--seed ${seed} --shrink`,
    );
  return Object.keys(outcomes);
}
