import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildBalancer } from "../../../src/core/balancer/build.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";
import { addressed, below, client, listWithout, type TestCandidate } from "./test-candidate.ts";

const clients = 20_000;

for (const policy of ["ring-hash", "maglev"] as const) {
  const build = (set: readonly TestCandidate[], balanceFactor: number) =>
    buildBalancer({ policy, balanceFactor }, set, { random: seededRandom(1), clock: new FakeClock() });
  const namesOf = (balancer: ReturnType<typeof build>): string[] =>
    Array.from({ length: clients }, (_, n) => balancer.choose([], client(n))?.name ?? "-");
  /** A bound that never matters. */
  const unbound = 1e9;

  describe(policy, () => {
    it("moves nobody but the clients of the ones that are not available, and brings them back with them", () => {
      const set = addressed(20);
      const balancer = build(set, unbound);
      const before = namesOf(balancer);
      const gone = set.slice(3, 9);
      // Loads do not matter below the bound.
      for (const one of set) {
        one.activeConnections = (one.index * 7) % 10;
        balancer.changed(one);
      }
      for (const one of gone) {
        one.available = false;
        balancer.changed(one);
      }
      const goneNames = new Set(gone.map(({ name }) => name));
      const heirs = new Set<string>();
      for (const [n, name] of namesOf(balancer).entries()) {
        if (goneNames.has(before[n] ?? "")) heirs.add(name);
        else assert.equal(name, before[n]);
      }
      assert.deepEqual(heirs, new Set(set.filter((one) => one.available).map(({ name }) => name)));
      for (const one of gone) {
        one.available = true;
        balancer.changed(one);
      }
      assert.deepEqual(namesOf(balancer), before);
    });

    it("sends a retry of the same client to the same other endpoint", () => {
      const set = addressed(20);
      const balancer = build(set, unbound);
      for (let n = 0; n < 200; n++) {
        const first = balancer.choose([], client(n));
        assert.ok(first);
        const second = balancer.choose([first], client(n));
        assert.ok(second !== undefined && second !== first);
        second.activeConnections++;
        balancer.changed(second);
        assert.equal(balancer.choose([first], client(n)), second);
      }
    });

    it("moves few others when one of a hundred leaves the list", () => {
      const set = addressed(100);
      const [, , , gone] = set;
      assert.ok(gone);
      const before = namesOf(build(set, unbound));
      const after = namesOf(build(listWithout(set, gone), unbound));
      const moved = after.filter((name, n) => name !== before[n] && before[n] !== gone.name).length;
      // A ring moves nobody else; maglev's table shifts by about as much as the one had.
      assert.ok(moved <= (policy === "ring-hash" ? 0 : 0.02 * clients), `${moved}`);
    });

    it("moves few others when a weight changes", () => {
      const set = addressed(50, () => 10);
      const [one] = set;
      assert.ok(one);
      const balancer = build(set, unbound);
      const before = namesOf(balancer);
      one.weight = 20;
      balancer.changed(one);
      const after = namesOf(balancer);
      const toIt = after.filter((name, n) => name === one.name && before[n] !== name).length;
      const others = after.filter((name, n) => name !== one.name && before[n] !== name).length;
      assert.ok(toIt > 0.01 * clients && toIt < 0.03 * clients, `${toIt}`);
      // All points of a ring and all entries of a table are shared out anew, by a fiftieth.
      assert.ok(others < (policy === "ring-hash" ? 0.03 : 0.1) * clients, `${others}`);
    });

    it("does not depend on the order of the list", () => {
      const set = addressed(30, (index) => 1 + (index % 5));
      const random = seededRandom(5);
      const [none] = addressed(1);
      assert.ok(none);
      const shuffled = listWithout(
        set.toSorted(() => random.next() - 0.5),
        none,
      );
      assert.deepEqual(namesOf(build(shuffled, unbound)), namesOf(build(set, unbound)));
    });

    it("gives nobody more than its bound, even if few clients make all connections", () => {
      for (const balanceFactor of [1.05, 1.25, 2]) {
        const random = seededRandom(6);
        const set = addressed(20, (index) => 1 + (index % 3));
        const balancer = build(set, balanceFactor);
        const running: TestCandidate[] = [];
        for (let step = 0; step < 20_000; step++) {
          if (random.next() < 0.01) {
            const one = set[below(random, set.length)];
            assert.ok(one);
            one.available = !one.available || set.filter((other) => other.available).length === 1;
            balancer.changed(one);
          }
          if (random.next() < 0.48 && running.length > 0) {
            const [ended] = running.splice(below(random, running.length), 1);
            assert.ok(ended);
            ended.activeConnections--;
            balancer.changed(ended);
            continue;
          }
          const available = set.filter((one) => one.available);
          const total = available.reduce((sum, one) => sum + one.activeConnections, 0);
          const weights = available.reduce((sum, one) => sum + one.weight, 0);
          const chosen = balancer.choose([], client(below(random, 3)));
          assert.ok(chosen);
          const bound = Math.ceil((balanceFactor * (total + 1) * chosen.weight) / weights);
          assert.ok(chosen.activeConnections + 1 <= bound, `${chosen.activeConnections} + 1 > ${bound}`);
          chosen.activeConnections++;
          balancer.changed(chosen);
          running.push(chosen);
        }
      }
    });

    it("keeps most clients where they were while the bound holds", () => {
      const set = addressed(20);
      const home = namesOf(build(set, unbound));
      const balancer = build(set, 1.25);
      let kept = 0;
      for (let n = 0; n < clients; n++) {
        const chosen = balancer.choose([], client(n));
        assert.ok(chosen);
        if (chosen.name === home[n]) kept++;
        chosen.activeConnections++;
        balancer.changed(chosen);
      }
      assert.ok(kept > (policy === "ring-hash" ? 0.95 : 0.97) * clients, `${kept}`);
    });

    it("spreads clients over the few that are left of very many", () => {
      const set = addressed(2000);
      const balancer = build(set, unbound);
      for (const one of set) {
        one.available = one.index % 400 === 0;
        balancer.changed(one);
      }
      const counts = new Map<string, number>();
      for (const name of namesOf(balancer)) counts.set(name, (counts.get(name) ?? 0) + 1);
      assert.equal(counts.size, 5);
      for (const count of counts.values()) assert.ok(count > 0.1 * clients && count < 0.35 * clients, `${count}`);
    });
  });
}
