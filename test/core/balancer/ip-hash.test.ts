import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Rendezvous } from "../../../src/core/balancer/rendezvous.ts";
import { seededRandom } from "../../support/fake-clock.ts";
import { addressed, assertShares, below, client, lettered, listWithout, TestCandidate } from "./test-candidate.ts";

const clients = 20_000;

function namesOf(balancer: Rendezvous<TestCandidate>): string[] {
  return Array.from({ length: clients }, (_, n) => balancer.choose([], client(n))?.name ?? "-");
}

describe("ip-hash", () => {
  it("spreads clients in proportion to the weights", () => {
    const weights = [1, 2, 5, 20];
    const counts = new Map<string, number>();
    for (const name of namesOf(new Rendezvous(lettered(weights)))) counts.set(name, (counts.get(name) ?? 0) + 1);
    assertShares(
      [..."ABCD"].map((name) => counts.get(name) ?? 0),
      weights,
      0.1,
    );
  });

  it("chooses as a new balancer does for nobody but those that fit, in any order, after any changes", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const set = addressed(1 + below(random, 20), () => 1 + below(random, 9));
      const balancer = new Rendezvous(set);
      for (let step = 0; step < 60; step++) {
        const one = set[below(random, set.length)];
        assert.ok(one);
        if (random.next() < 0.8) one.available = random.next() < 0.3; // Most are out, so that none of a slot's best is left.
        else one.weight = 1 + below(random, 9);
        balancer.changed(one);
        const tried = set.filter(() => random.next() < 0.1);
        const fitting = set
          .filter((other) => other.available && !tried.includes(other))
          .toSorted(() => random.next() - 0.5)
          .map(({ name, weight }, index) => new TestCandidate(index, name, weight));
        const reference = new Rendezvous(fitting);
        // Few clients, so that the same come back between the changes.
        for (let n = 0; n < 20; n++) {
          const hash = client(below(random, 10));
          assert.equal(balancer.choose(tried, hash)?.name, reference.choose([], hash)?.name, `seed ${seed}`);
        }
      }
    }
  });

  it("moves nobody but the clients of the one that is not available, and brings them back with it", () => {
    const set = addressed(20);
    const balancer = new Rendezvous(set);
    const before = namesOf(balancer);
    for (const gone of set.slice(0, 6)) {
      gone.available = false;
      balancer.changed(gone);
    }
    const goneNames = new Set(set.slice(0, 6).map(({ name }) => name));
    const during = namesOf(balancer);
    for (const [n, name] of during.entries()) {
      if (goneNames.has(before[n] ?? "")) assert.ok(!goneNames.has(name));
      else assert.equal(name, before[n]);
    }
    for (const gone of set.slice(0, 6)) {
      gone.available = true;
      balancer.changed(gone);
    }
    assert.deepEqual(namesOf(balancer), before);
  });

  it("moves nobody but the clients of the one that leaves the list, and spreads them over the others", () => {
    const set = addressed(10);
    const [, , gone] = set;
    assert.ok(gone);
    const before = namesOf(new Rendezvous(set));
    const after = namesOf(new Rendezvous(listWithout(set, gone)));
    const heirs = new Set<string>();
    for (const [n, name] of after.entries()) {
      if (before[n] === gone.name) heirs.add(name);
      else assert.equal(name, before[n]);
    }
    assert.equal(heirs.size, 9);
  });

  it("moves clients only to the one whose weight grows, only from the one whose weight shrinks", () => {
    const set = addressed(20, () => 4);
    const [one] = set;
    assert.ok(one);
    const balancer = new Rendezvous(set);
    const before = namesOf(balancer);
    for (const weight of [5, 12, 2]) {
      one.weight = weight;
      balancer.changed(one);
      const after = namesOf(balancer);
      let moved = 0;
      for (const [n, name] of after.entries()) {
        if (name === before[n]) continue;
        moved++;
        assert.equal(weight > 4 ? name : before[n], one.name);
      }
      assert.ok(moved > 0);
    }
  });
});
