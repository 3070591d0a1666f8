import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyName } from "../../../src/core/balancer/balancer.ts";
import { buildBalancer } from "../../../src/core/balancer/build.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";
import { addressed, assertShares, lettered, type TestCandidate } from "./test-candidate.ts";

function build(policy: PolicyName, set: readonly TestCandidate[], clock = new FakeClock()) {
  return buildBalancer({ policy, balanceFactor: 1.25 }, set, { random: seededRandom(1), clock });
}

function chosenOf(policy: PolicyName, set: readonly TestCandidate[], rounds: number, clock?: FakeClock): number[] {
  const balancer = build(policy, set, clock);
  const counts = set.map(() => 0);
  for (let n = 0; n < rounds; n++) {
    const index = balancer.choose([], 0)?.index ?? -1;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

/**
 * Connections that come evenly, ten in the time of one of them, in virtual time; an endpoint serves all of its own
 * at once, each for `serviceMs(index)`. Tells how many each endpoint got.
 */
function simulate(policy: PolicyName, serviceMs: (index: number) => number, connections: number): number[] {
  const clock = new FakeClock();
  const set = addressed(10);
  const balancer = build(policy, set, clock);
  const counts = set.map(() => 0);
  for (let n = 0; n < connections; n++) {
    const chosen = balancer.choose([], 0);
    assert.ok(chosen);
    counts[chosen.index] = (counts[chosen.index] ?? 0) + 1;
    chosen.activeConnections++;
    balancer.changed(chosen);
    const tookMs = serviceMs(chosen.index);
    clock.after(tookMs, () => {
      chosen.activeConnections--;
      chosen.latency.observe(tookMs, clock.now());
      balancer.changed(chosen);
    });
    clock.advance(1);
  }
  return counts;
}

describe("p2c", () => {
  it("never takes the busiest of all", () => {
    const set = lettered([1, 1, 1]);
    const [a] = set;
    assert.ok(a);
    a.activeConnections = 10;
    assert.deepEqual(chosenOf("p2c", set, 1000)[0], 0);
  });

  it("looks at two different ones: with two there are it always takes the less busy", () => {
    const set = lettered([100, 1]);
    const [a] = set;
    assert.ok(a);
    a.activeConnections = 200;
    assert.deepEqual(chosenOf("p2c", set, 1000), [0, 1000]);
  });

  it("compares in proportion to the weights", () => {
    const set = lettered([4, 1]);
    const [a, b] = set;
    assert.ok(a && b);
    a.activeConnections = 3; // 3 / 4 is less than 1.
    b.activeConnections = 1;
    assert.deepEqual(chosenOf("p2c", set, 100), [100, 0]);
  });

  it("takes idle ones by weight: a light one gets its part of a quiet hour", () => {
    assertShares(chosenOf("p2c", lettered([4, 1]), 5000), [4, 1], 0.06);
  });
});

describe("one slow endpoint of ten", () => {
  const serviceMs = (index: number): number => (index === 3 ? 500 : 10);

  for (const [policy, most] of [
    ["p2c", 0.03],
    ["least-connections", 0.03],
    ["peak-ewma", 0.01],
  ] as const) {
    it(`${policy} gives it less than ${100 * most} % instead of 10 %`, () => {
      const counts = simulate(policy, serviceMs, 10_000);
      assert.ok((counts[3] ?? 0) > 0 && (counts[3] ?? 0) < most * 10_000, `${counts}`);
    });
  }

  it("gets its whole tenth from random: the simulation is no help", () => {
    assertShares(
      simulate("random", serviceMs, 10_000),
      Array.from({ length: 10 }, () => 1),
      0.15,
    );
  });
});

describe("peak-ewma", () => {
  it("takes who answers sooner, as long as its load does not outweigh it", () => {
    const clock = new FakeClock();
    const set = lettered([1, 1]);
    const [slow, fast] = set;
    assert.ok(slow && fast);
    slow.latency.observe(100, clock.now());
    fast.latency.observe(10, clock.now());
    assert.deepEqual(chosenOf("peak-ewma", set, 100, clock), [0, 100]);
    fast.activeConnections = 8;
    assert.deepEqual(chosenOf("peak-ewma", set, 100, clock), [0, 100]);
    fast.activeConnections = 10;
    assert.deepEqual(chosenOf("peak-ewma", set, 100, clock), [100, 0]);
  });

  it("comes back to a slow one after it has been left alone, once and not with everything", () => {
    const clock = new FakeClock();
    const set = lettered([1, 1]);
    const [slow, fast] = set;
    assert.ok(slow && fast);
    const balancer = build("peak-ewma", set, clock);
    slow.latency.observe(1000, clock.now());
    let leftAloneMs = 0;
    for (; leftAloneMs < 300_000; leftAloneMs += 100) {
      fast.latency.observe(5, clock.now());
      if (balancer.choose([], 0) === slow) break;
      clock.stall(100);
    }
    // 1000 ms have faded to 5 ms after ln 200 = 5.3 times ten seconds.
    assert.ok(leftAloneMs > 50_000 && leftAloneMs < 57_000, `${leftAloneMs}`);
    slow.activeConnections = 1;
    balancer.changed(slow);
    for (let n = 0; n < 100; n++) assert.equal(balancer.choose([], 0), fast);
    // And when it is still slow, it has to wait again.
    slow.activeConnections = 0;
    slow.latency.observe(1000, clock.now());
    balancer.changed(slow);
    for (let n = 0; n < 100; n++) assert.equal(balancer.choose([], 0), fast);
  });

  it("tries an unknown one first, and no more than its load allows", () => {
    const clock = new FakeClock();
    const set = lettered([1, 1]);
    const [known, unknown] = set;
    assert.ok(known && unknown);
    const balancer = build("peak-ewma", set, clock);
    known.latency.observe(5, clock.now());
    known.activeConnections = 3;
    balancer.changed(known);
    const order: string[] = [];
    for (let n = 0; n < 8; n++) {
      const chosen = balancer.choose([], 0);
      assert.ok(chosen);
      order.push(chosen.name);
      chosen.activeConnections++;
      balancer.changed(chosen);
    }
    assert.deepEqual(order.slice(0, 4), ["B", "B", "B", "B"]);
    assert.ok(Math.abs(known.activeConnections - unknown.activeConnections) <= 1, order.join(""));
  });

  it("is p2c while nothing is known", () => {
    const set = lettered([1, 1, 1]);
    const [a] = set;
    assert.ok(a);
    a.activeConnections = 10;
    const counts = chosenOf("peak-ewma", set, 3000);
    assertShares(counts, [0, 1, 1], 0.1);
  });
});
