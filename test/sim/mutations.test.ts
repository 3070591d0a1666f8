/**
 * Bugs planted in copies of the core: the simulator finds each of them within a bounded number of seeds. A seed is the same run on
 * every runtime (`sim.test.ts` compares them), so each bug is planted on one of the three, by turns.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ownRuntime } from "../support/current-runtime.ts";
import { generateHttpScenario } from "./generate-http.ts";
import { generateScenario } from "./generate.ts";
import { MutatedCore } from "./mutated-core.ts";
import { mutations } from "./mutations.ts";
import { runScenario, type Violation } from "./run-scenario.ts";

const maxSeeds = 1500;

const runtime = await ownRuntime();
const turn = ["node", "bun", "deno"].indexOf(runtime.name);

describe("simulator, planted bugs", () => {
  for (const mutation of mutations.filter((_, index) => index % 3 === turn)) {
    it(mutation.what, { timeout: 60_000 }, async (context) => {
      using mutated = new MutatedCore(mutation);
      const core = await mutated.load();
      let found: (Violation & { seed: number }) | undefined;
      for (let seed = 1; seed <= maxSeeds && found === undefined; seed++) {
        const generate = mutation.http === true ? generateHttpScenario : generateScenario;
        const scenario = generate(seed, mutation.workers);
        const { violation } = await runScenario(scenario, { core });
        if (violation !== undefined) found = { ...violation, seed };
      }
      assert.ok(found !== undefined, `not found within ${maxSeeds} seeds`);
      context.diagnostic(`seed ${found.seed}: ${found.invariant}: ${found.message}`);
    });
  }
});
