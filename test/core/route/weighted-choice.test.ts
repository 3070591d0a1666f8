import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WeightedChoice } from "../../../src/core/route/weighted-choice.ts";

/** How often each of `count` places is chosen by numbers that are equally far apart. */
function shares(weights: readonly number[], count: number): readonly number[] {
  const choice = new WeightedChoice(weights);
  const found = weights.map(() => 0);
  for (let time = 0; time < count; time++) {
    const place = choice.choose(time / count);
    found[place] = (found[place] ?? assert.fail(`No such place: ${place}`)) + 1;
  }
  return found;
}

describe("WeightedChoice", () => {
  it("gives each its share", () => {
    assert.deepEqual(shares([1], 7), [7]);
    assert.deepEqual(shares([90, 10], 1000), [900, 100]);
    assert.deepEqual(shares([1, 2, 3, 4], 1000), [100, 200, 300, 400]);
    assert.deepEqual(shares([1_000_000, 1_000_000], 1000), [500, 500]);
  });

  it("never chooses one without weight", () => {
    assert.deepEqual(shares([0, 1, 0, 0, 1, 0], 1000), [0, 500, 0, 0, 500, 0]);
    const almostOne = 1 - 2 ** -53;
    for (const last of [1, 3, 1_000_000]) {
      const choice = new WeightedChoice([0, 1, last, 0]);
      assert.equal(choice.choose(almostOne), 2);
      assert.equal(choice.choose(0), 1);
    }
  });
});
