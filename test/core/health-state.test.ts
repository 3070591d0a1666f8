import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HealthState } from "../../src/core/health/health-state.ts";

const thresholds = { rise: 2, fall: 3 };

/** Takes each of the results: `+` success, `-` failure. */
function record(state: HealthState, results: string): string {
  return [...results]
    .map((result, index) => {
      state.record({ result: result === "+" ? "ok" : "refused", durationMs: 1, atMs: index }, thresholds);
      return state.status[0];
    })
    .join("");
}

/** The statuses after each of the results. */
function statuses(results: string): string {
  return record(new HealthState(0), results);
}

describe("HealthState", () => {
  it("is decided by the first probe", () => {
    assert.equal(statuses("+"), "h");
    assert.equal(statuses("-"), "u");
  });

  it("needs one success as long as it was never healthy", () => {
    assert.equal(statuses("---+"), "uuuh");
    assert.equal(statuses("--+---+"), "uuhhhuu");
  });

  it("needs `fall` failures in a row to fall, and `rise` successes in a row to rise", () => {
    assert.equal(statuses("+--+--+---"), "hhhhhhhhhu");
    assert.equal(statuses("+----+-+-++"), "hhhuuuuuuuh");
  });

  it("tells when it changed, and keeps the last result with its time", () => {
    const state = new HealthState(7);
    assert.deepEqual(
      [state.lastProbe, state.lastProbeMs, state.lastProbeDurationMs],
      [undefined, undefined, undefined],
    );
    assert.equal(state.record({ result: "refused", durationMs: 3, atMs: 100 }, thresholds), true);
    assert.equal(state.record({ result: "timeout", durationMs: 50, atMs: 200 }, thresholds), false);
    assert.deepEqual([state.status, state.sinceMs], ["unhealthy", 100]);
    assert.deepEqual([state.lastProbe, state.lastProbeMs, state.lastProbeDurationMs], ["timeout", 200, 50]);
  });

  it("takes no notice of a probe for which we had no descriptor ourselves", () => {
    const state = new HealthState(0);
    record(state, "+");
    for (let i = 0; i < 5; i++) state.record({ result: "resources", durationMs: 0, atMs: 0 }, thresholds);
    assert.deepEqual([state.status, state.failures, state.lastProbe], ["healthy", 0, "resources"]);
  });

  for (const [results, successes, failures, changing] of [
    ["", 0, 0, false],
    ["+++", 3, 0, false],
    ["++--", 0, 2, true],
    ["+---", 0, 3, false],
    ["+---+", 1, 0, true],
    ["+---+-", 0, 1, false],
    ["+---++", 2, 0, false],
  ] as const) {
    it(`after '${results}' it has ${successes} successes, ${failures} failures, and ${changing ? "may soon change" : "stands"}`, () => {
      const state = new HealthState(0);
      record(state, results);
      assert.deepEqual([state.successes, state.failures, state.changing], [successes, failures, changing]);
    });
  }
});
