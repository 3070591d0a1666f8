import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FailureStreak } from "../../../src/core/upstream/failure-streak.ts";
import { seededRandom } from "../../support/fake-clock.ts";
import { withMemory } from "../../support/memory.ts";

describe("FailureStreak", () => {
  it("is complete when the last `count` failures lie within the window, with no success between", () => {
    const random = seededRandom(3);
    for (let round = 0; round < 200; round++) {
      const count = 1 + Math.floor(random.next() * 5);
      const windowMs = 10 + Math.floor(random.next() * 50);
      const streak = withMemory((memory) => new FailureStreak(count, windowMs, memory));
      let times: number[] = [];
      let now = 0;
      for (let step = 0; step < 60; step++) {
        now += Math.floor(random.next() * 20);
        if (random.next() < 0.2) {
          streak.clear();
          times = [];
          continue;
        }
        times.push(now);
        const expected = times.length >= count && now - (times.at(-count) ?? 0) <= windowMs;
        assert.equal(streak.add(now), expected, `round ${round}, step ${step}`);
        assert.equal(streak.length, Math.min(times.length, count));
      }
    }
  });
});
