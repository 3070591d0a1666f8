import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LeastConnections } from "../../../src/core/balancer/least-connections.ts";
import { seededRandom } from "../../support/fake-clock.ts";
import { addressed, assertShares, below, lettered } from "./test-candidate.ts";

describe("least-connections", () => {
  it("chooses the least busy for its weight", () => {
    const set = lettered([1, 1, 4]);
    const [a, b, c] = set;
    assert.ok(a && b && c);
    const balancer = new LeastConnections(set, seededRandom(1));
    a.activeConnections = 3;
    b.activeConnections = 2;
    c.activeConnections = 7;
    for (const one of set) balancer.changed(one);
    assert.equal(balancer.choose([])?.name, "C");
    c.activeConnections = 12;
    balancer.changed(c);
    assert.equal(balancer.choose([])?.name, "B");
    assert.equal(balancer.choose([b])?.name, "C");
    assert.equal(balancer.choose([b, c])?.name, "A");
    assert.equal(balancer.choose([])?.name, "B");
  });

  it("spreads over equals instead of always taking the first, the tried ones left out", () => {
    const set = lettered([1, 1, 1, 1, 2]);
    const [a, , , , e] = set;
    assert.ok(a && e);
    e.activeConnections = 5;
    const balancer = new LeastConnections(set, seededRandom(1));
    const counts = set.map(() => 0);
    for (let n = 0; n < 9000; n++) {
      const index = balancer.choose([a])?.index ?? -1;
      counts[index] = (counts[index] ?? 0) + 1;
    }
    assertShares(counts, [0, 1, 1, 1, 0], 0.06);
  });

  it("spreads over idle ones by weight: a light one gets its part of a quiet hour", () => {
    const set = lettered([5, 3, 1]);
    const balancer = new LeastConnections(set, seededRandom(1));
    const counts = set.map(() => 0);
    for (let n = 0; n < 9000; n++) {
      const index = balancer.choose([])?.index ?? -1;
      counts[index] = (counts[index] ?? 0) + 1;
    }
    assertShares(counts, [5, 3, 1], 0.06);
  });

  it("always chooses one with the least load there is, after any changes", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const set = addressed(1 + below(random, 40), () => 1 + below(random, 4));
      const balancer = new LeastConnections(set, random);
      for (let step = 0; step < 500; step++) {
        const one = set[below(random, set.length)];
        assert.ok(one);
        const change = random.next();
        if (change < 0.2) one.available = !one.available;
        else if (change < 0.4) one.effectiveWeight = 1 + below(random, 4);
        else one.activeConnections = below(random, 6);
        balancer.changed(one);
        const tried = set.filter(() => random.next() < 0.1);
        const loads = set
          .filter((other) => other.available && !tried.includes(other))
          .map((other) => other.activeConnections / other.effectiveWeight);
        const chosen = balancer.choose(tried);
        if (chosen === undefined) assert.equal(loads.length, 0);
        else assert.equal(chosen.activeConnections / chosen.effectiveWeight, Math.min(...loads));
      }
    }
  });
});
