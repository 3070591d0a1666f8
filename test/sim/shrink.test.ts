import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generateHttpScenario } from "./generate-http.ts";
import { generateScenario } from "./generate.ts";
import { MutatedCore } from "./mutated-core.ts";
import { mutations } from "./mutations.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";

describe("shrink", () => {
  it("leaves of a scenario what the bug needs: one client at most, and no fault", { timeout: 60_000 }, async () => {
    const lostFin = mutations.find(({ what }) => what === "a FIN is not passed on");
    assert.ok(lostFin !== undefined);
    using mutated = new MutatedCore(lostFin);
    const core = await mutated.load();
    const invariantOf = async (scenario: Scenario): Promise<string | undefined> =>
      (await runScenario(scenario, { core })).violation?.invariant;
    const scenario = await firstWithFaults(invariantOf);
    const small = await shrink(scenario, async (smaller) => (await invariantOf(smaller)) === "fin-as-fin", 500);
    assert.equal(await invariantOf(small), "fin-as-fin");
    assert.ok(small.connections.length <= 1, `${small.connections.length} clients`);
    assert.deepEqual(small.events, []);
    assert.deepEqual(
      await invariantOf(JSON.parse(JSON.stringify(small)) as Scenario),
      "fin-as-fin",
      "it is plain data",
    );
  });

  it("leaves of HTTP one request and one answer", { timeout: 60_000 }, async () => {
    const mutation = mutations.find(({ what }) => what === "an answer to HEAD is taken to have a body");
    assert.ok(mutation !== undefined);
    using mutated = new MutatedCore(mutation);
    const core = await mutated.load();
    const invariantOf = async (scenario: Scenario): Promise<string | undefined> =>
      (await runScenario(scenario, { core })).violation?.invariant;
    let seed = 1;
    while ((await invariantOf(generateHttpScenario(seed))) !== "answer-asked-for") seed++;
    const fails = async (smaller: Scenario): Promise<boolean> => (await invariantOf(smaller)) === "answer-asked-for";
    const small = await shrink(generateHttpScenario(seed), fails, 500);
    const requests = small.http?.clients.flatMap((client) => client.requests) ?? [];
    assert.equal(requests.length, 1);
    assert.equal(requests[0]?.answers.length, 1);
    assert.equal(requests[0].method, "HEAD");
  });
});

/** A scenario with several clients and faults in which the FIN is lost. */
async function firstWithFaults(invariantOf: (scenario: Scenario) => Promise<string | undefined>): Promise<Scenario> {
  for (let seed = 1; seed < 100; seed++) {
    const scenario = generateScenario(seed);
    if (scenario.events.length > 2 && scenario.connections.length > 5 && (await invariantOf(scenario)) === "fin-as-fin")
      return scenario;
  }
  throw new Error("There is none");
}
