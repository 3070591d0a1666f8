import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Candidate, PolicyName } from "../../src/core/balancer/balancer.ts";
import { buildBalancer } from "../../src/core/balancer/build.ts";
import { seededRandom } from "../support/fake-clock.ts";

interface TestCandidate extends Candidate {
  readonly name: string;
  activeConnections: number;
  available: boolean;
}

const policies: readonly PolicyName[] = ["round-robin", "random", "p2c", "least-connections"];

function candidates(weights: readonly number[]): TestCandidate[] {
  return weights.map((weight, index) => ({
    name: String.fromCodePoint(65 + index),
    weight,
    activeConnections: 0,
    available: true,
  }));
}

/** How often each was chosen, with every connection staying open when `keep`. */
function tally(policy: PolicyName, set: TestCandidate[], rounds: number, keep: boolean): number[] {
  const balancer = buildBalancer(policy, set, seededRandom(1));
  const counts = set.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    const chosen = balancer.choose([]);
    assert.ok(chosen);
    const index = set.indexOf(chosen);
    counts[index] = (counts[index] ?? 0) + 1;
    if (keep) chosen.activeConnections++;
  }
  return counts;
}

describe("every policy", () => {
  for (const policy of policies) {
    it(`${policy} chooses an available candidate that was not tried, or nothing when there is none`, () => {
      const state = fc.record({
        weight: fc.integer({ min: 1, max: 256 }),
        active: fc.nat(50),
        available: fc.boolean(),
        tried: fc.boolean(),
      });
      fc.assert(
        fc.property(fc.array(state, { maxLength: 12 }), fc.integer(), (states, seed) => {
          const set = candidates(states.map(({ weight }) => weight));
          for (const [index, one] of set.entries()) {
            one.activeConnections = states[index]?.active ?? 0;
            one.available = states[index]?.available ?? false;
          }
          const tried = set.filter((_, index) => states[index]?.tried);
          const eligible = set.filter((one) => one.available && !tried.includes(one));
          const balancer = buildBalancer(policy, set, seededRandom(seed));
          for (let round = 0; round < 5; round++) {
            const chosen = balancer.choose(tried);
            if (eligible.length === 0) assert.equal(chosen, undefined);
            else assert.ok(chosen !== undefined && eligible.includes(chosen));
          }
        }),
      );
    });

    it(`${policy} spreads kept connections in proportion to the weights`, () => {
      const counts = tally(policy, candidates([1, 2, 5]), 8000, true);
      for (const [index, share] of [1, 2, 5].entries()) {
        const expected = share * 1000;
        assert.ok(Math.abs((counts[index] ?? 0) - expected) < expected * 0.15, `${counts}`);
      }
    });
  }
});

describe("round-robin", () => {
  it("takes each in turn when the weights are equal", () => {
    const set = candidates([1, 1, 1]);
    const balancer = buildBalancer("round-robin", set, seededRandom(1));
    const order = Array.from({ length: 7 }, () => balancer.choose([])?.name).join("");
    assert.equal(order, "ABCABCA");
  });

  it("spreads weights 5, 1, 1 smoothly", () => {
    const set = candidates([5, 1, 1]);
    const balancer = buildBalancer("round-robin", set, seededRandom(1));
    const order = Array.from({ length: 14 }, () => balancer.choose([])?.name).join("");
    assert.equal(order, "AABACAAAABACAA");
  });

  it("passes over one that is not available", () => {
    const set = candidates([1, 1, 1]);
    const balancer = buildBalancer("round-robin", set, seededRandom(1));
    const [, second] = set;
    assert.ok(second);
    second.available = false;
    assert.equal(Array.from({ length: 4 }, () => balancer.choose([])?.name).join(""), "ACAC");
  });
});

describe("least-connections", () => {
  it("chooses the least busy for its weight", () => {
    const set = candidates([1, 1, 4]);
    const [a, b, c] = set;
    assert.ok(a && b && c);
    const balancer = buildBalancer("least-connections", set, seededRandom(1));
    a.activeConnections = 3;
    b.activeConnections = 2;
    c.activeConnections = 7;
    assert.equal(balancer.choose([])?.name, "C");
    c.activeConnections = 12;
    assert.equal(balancer.choose([])?.name, "B");
  });

  it("spreads over equals instead of always taking the first", () => {
    const counts = tally("least-connections", candidates([1, 1, 1]), 3000, false);
    for (const count of counts) assert.ok(count > 850 && count < 1150, `${counts}`);
  });
});

describe("p2c", () => {
  it("never takes the busiest of all", () => {
    const set = candidates([1, 1, 1]);
    const [a] = set;
    assert.ok(a);
    a.activeConnections = 10;
    const balancer = buildBalancer("p2c", set, seededRandom(1));
    for (let round = 0; round < 1000; round++) assert.notEqual(balancer.choose([])?.name, "A");
  });
});
