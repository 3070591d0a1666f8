import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyName } from "../../../src/core/balancer/balancer.ts";
import { buildBalancer } from "../../../src/core/balancer/build.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";
import { addressed, assertShares, below, client, lettered, type TestCandidate } from "./test-candidate.ts";

/** Whether a policy keeps a client on its endpoint. */
const policies: Readonly<Record<PolicyName, boolean>> = {
  "round-robin": false,
  "weighted-round-robin": false,
  "least-connections": false,
  random: false,
  p2c: false,
  "peak-ewma": false,
  "ip-hash": true,
  "ring-hash": true,
  maglev: true,
};

for (const [name, keepsClients] of Object.entries(policies)) {
  const policy = name as PolicyName;
  const build = (set: readonly TestCandidate[], seed = 1, balanceFactor = 1.25) =>
    buildBalancer({ policy, balanceFactor }, set, { random: seededRandom(seed), clock: new FakeClock() });

  describe(policy, () => {
    it("chooses an available candidate that was not tried, undefined only when there is none, after any changes", () => {
      for (let seed = 1; seed <= 60; seed++) {
        const random = seededRandom(seed);
        const set = addressed(seed % 12, () => 1 + below(random, 256));
        const balancer = build(set, seed);
        for (let step = 0; step < 100; step++) {
          const one = set[below(random, set.length)];
          if (one !== undefined) {
            const change = below(random, 4);
            if (change === 0) one.available = !one.available;
            else if (change === 1) one.activeConnections = below(random, 50);
            else if (change === 2) one.weight = one.effectiveWeight = 1 + below(random, 256);
            else one.effectiveWeight = one.weight * random.next();
            balancer.changed(one);
          }
          const tried = random.next() < 0.5 ? [] : set.filter(() => random.next() < 0.3);
          const eligible = set.filter((other) => other.available && !tried.includes(other));
          const chosen = balancer.choose(tried, client(step));
          if (eligible.length === 0) assert.equal(chosen, undefined);
          else assert.ok(chosen !== undefined && eligible.includes(chosen), `seed ${seed}, step ${step}`);
        }
      }
    });

    it("never chooses one that is not available or tried, of a thousand of which few are left", () => {
      const set = addressed(1000);
      const balancer = build(set);
      for (const one of set) {
        one.available = one.index % 250 === 7;
        balancer.changed(one);
      }
      const found = new Set<number>();
      const tried = [set[7], set[257]].filter((one) => one !== undefined);
      for (let n = 0; n < 500; n++) found.add(balancer.choose(tried, client(n))?.index ?? -1);
      assert.deepEqual(
        [...found].toSorted((a, b) => a - b),
        [507, 757],
      );
    });

    it("spreads connections that stay in proportion to the weights", () => {
      const weights = [1, 2, 5, 8];
      const set = lettered(weights);
      const balancer = build(set);
      for (let n = 0; n < 16_000; n++) {
        const chosen = balancer.choose([], client(n));
        assert.ok(chosen);
        chosen.activeConnections++;
        balancer.changed(chosen);
      }
      // The shares of a ring are as uneven as its points lie, within its bound.
      assertShares(
        set.map((one) => one.activeConnections),
        weights,
        policy === "ring-hash" ? 0.26 : 0.06,
      );
    });

    it("spreads connections that end at once in proportion to the weights", () => {
      const weights = policy === "least-connections" ? [3, 3, 3, 3] : [1, 2, 5, 8];
      if (policy === "p2c" || policy === "peak-ewma") return; // Of two idle ones the heavier is the less loaded one.
      const set = lettered(weights);
      // Bounds do not matter here: with nothing running each may take one.
      const balancer = build(set, 1, 1000);
      const counts = set.map(() => 0);
      for (let n = 0; n < 16_000; n++) {
        const index = balancer.choose([], client(n))?.index ?? -1;
        counts[index] = (counts[index] ?? 0) + 1;
      }
      assertShares(counts, weights, policy === "ring-hash" ? 0.4 : 0.06);
    });

    it("serves a thousand equals alike", () => {
      const set = addressed(1000);
      const balancer = build(set);
      for (let n = 0; n < 100_000; n++) {
        const chosen = balancer.choose([], client(n));
        assert.ok(chosen);
        chosen.activeConnections++;
        balancer.changed(chosen);
      }
      const counts = set.map((one) => one.activeConnections);
      // Random shares of 100 vary by 10; the slots of ip-hash by as much again, and the points of a ring too.
      assert.ok(Math.min(...counts) >= (keepsClients ? 45 : 60), `${Math.min(...counts)}`);
      assert.ok(Math.max(...counts) <= (policy === "ip-hash" ? 165 : 145), `${Math.max(...counts)}`);
    });

    if (keepsClients) {
      it("keeps a client on its endpoint, and does not look at a slow start", () => {
        const set = addressed(50);
        const balancer = build(set, 1, 1000);
        const before = Array.from({ length: 500 }, (_, n) => balancer.choose([], client(n)));
        for (const one of set) {
          one.effectiveWeight = 0.1 * (one.index % 5);
          balancer.changed(one);
        }
        assert.deepEqual(
          Array.from({ length: 500 }, (_, n) => balancer.choose([], client(n))),
          before,
        );
        assert.ok(new Set(before).size > 45);
      });
    } else {
      it("gives one that starts slowly its part only", () => {
        const set = lettered([4, 4, 4]);
        const [slow] = set;
        assert.ok(slow);
        slow.effectiveWeight = 1;
        const balancer = build(set);
        balancer.changed(slow);
        for (let n = 0; n < 9000; n++) {
          const chosen = balancer.choose([], 0);
          assert.ok(chosen);
          chosen.activeConnections++;
          balancer.changed(chosen);
        }
        assertShares(
          set.map((one) => one.activeConnections),
          [1, 4, 4],
          0.1,
        );
      });

      it("still knows one whose slow start begins with nothing", () => {
        const set = lettered([1, 1]);
        const [slow, other] = set;
        assert.ok(slow && other);
        slow.effectiveWeight = 0;
        other.available = false;
        const balancer = build(set);
        assert.equal(balancer.choose([], 0), slow);
      });
    }
  });
}
