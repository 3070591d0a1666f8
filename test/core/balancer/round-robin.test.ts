import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RoundRobin } from "../../../src/core/balancer/round-robin.ts";
import { seededRandom } from "../../support/fake-clock.ts";
import { addressed, below, lettered, type TestCandidate } from "./test-candidate.ts";

const tolerance = 1e-9;

function order(balancer: RoundRobin<TestCandidate>, count: number): string {
  return Array.from({ length: count }, () => balancer.choose([])?.name ?? "-").join("");
}

describe("round-robin", () => {
  it("takes each in turn when the weights are equal", () => {
    assert.equal(order(new RoundRobin(lettered([1, 1, 1])), 7), "ABCABCA");
    assert.equal(order(new RoundRobin(lettered([7, 7, 7])), 7), "ABCABCA");
  });

  it("spreads weights 5, 1, 1 smoothly, again and again", () => {
    const balancer = new RoundRobin(lettered([5, 1, 1]));
    for (let round = 0; round < 20_000; round++) assert.equal(order(balancer, 7), "AABAACA", `round ${round}`);
  });

  it("gives each its exact part of every round, however long it runs", () => {
    const weights = [13, 7, 3, 1];
    const total = 24;
    const set = lettered(weights);
    const balancer = new RoundRobin(set);
    const counts = set.map(() => 0);
    for (let turn = 1; turn <= total * 200_000; turn++) {
      const index = balancer.choose([])?.index ?? -1;
      counts[index] = (counts[index] ?? 0) + 1;
      if (turn % (total * 1000) !== 0) continue;
      assert.deepEqual(
        counts,
        weights.map((weight) => (weight * turn) / total),
      );
    }
  });

  it("is never a whole turn off the part of anyone by more than the others allow", () => {
    const random = seededRandom(4);
    for (let round = 0; round < 40; round++) {
      const set = lettered(Array.from({ length: 2 + below(random, 12) }, () => 1 + below(random, 256)));
      const total = set.reduce((sum, one) => sum + one.weight, 0);
      const balancer = new RoundRobin(set);
      const counts = set.map(() => 0);
      for (let turn = 1; turn <= 3000; turn++) {
        const index = balancer.choose([])?.index ?? -1;
        counts[index] = (counts[index] ?? 0) + 1;
        for (const one of set) {
          const off = (counts[one.index] ?? 0) - (turn * one.weight) / total;
          assert.ok(Math.abs(off) < 1.5, `round ${round}, turn ${turn}: ${off}`);
        }
      }
    }
  });

  it("passes over one that is not available, and gives it no turns to catch up on", () => {
    const set = lettered([1, 1, 1]);
    const balancer = new RoundRobin(set);
    const [, second] = set;
    assert.ok(second);
    second.available = false;
    balancer.changed(second);
    assert.equal(order(balancer, 3000), "AC".repeat(1500));
    second.available = true;
    balancer.changed(second);
    const after = order(balancer, 30);
    for (let start = 0; start < 30; start += 3) {
      const round = [...after.slice(start, start + 3)].toSorted().join("");
      assert.equal(round, "ABC", after);
    }
  });

  it("gives who comes and goes all the time no more than its part while it is there", () => {
    const set = lettered([1, 1, 1, 1]);
    const balancer = new RoundRobin(set);
    const [flapping] = set;
    assert.ok(flapping);
    const counts = set.map(() => 0);
    for (let turn = 0; turn < 100_000; turn++) {
      flapping.available = turn % 8 < 4;
      balancer.changed(flapping);
      const index = balancer.choose([])?.index ?? -1;
      counts[index] = (counts[index] ?? 0) + 1;
    }
    // One of four turns in half of the time.
    assert.ok(Math.abs((counts[0] ?? 0) - 12_500) <= 50, `${counts}`);
    for (const count of counts.slice(1)) assert.ok(Math.abs(count - 29_167) <= 50, `${counts}`);
  });

  it("follows a change of weight at once", () => {
    const set = lettered([1, 100]);
    const balancer = new RoundRobin(set);
    const [light] = set;
    assert.ok(light);
    assert.match(order(balancer, 52), /^B+A$/); // It would wait for a hundred now.
    light.weight = light.effectiveWeight = 100;
    balancer.changed(light);
    const counted = [...order(balancer, 20)].filter((name) => name === "A").length;
    assert.ok(counted >= 9 && counted <= 11, `${counted}`);
  });

  it("follows a change of weight that came while it was away", () => {
    const set = lettered([1, 100]);
    const balancer = new RoundRobin(set);
    const [light] = set;
    assert.ok(light);
    assert.match(order(balancer, 52), /^B+A$/);
    light.available = false;
    balancer.changed(light);
    light.weight = light.effectiveWeight = 100;
    light.available = true;
    balancer.changed(light);
    const counted = [...order(balancer, 20)].filter((name) => name === "A").length;
    assert.ok(counted >= 9 && counted <= 11, `${counted}`);
  });

  it("chooses as the definition says, after any changes", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const set = addressed(1 + below(random, 20), () => 1 + below(random, 9));
      const balancer = new RoundRobin(set);
      const reference = new Reference(set);
      for (let step = 0; step < 2000; step++) {
        const one = set[below(random, set.length)];
        assert.ok(one);
        if (random.next() < 0.1) {
          if (random.next() < 0.5) one.available = !one.available;
          else one.effectiveWeight = one.weight = 1 + below(random, 9);
          balancer.changed(one);
          reference.changed(one);
        }
        const tried = random.next() < 0.9 ? [] : set.slice(0, below(random, 3));
        reference.accept(balancer.choose(tried), tried, `seed ${seed}, step ${step}`);
      }
    }
  });
});

/** Looks at all candidates each time, without heaps and without ever setting the time back. */
class Reference {
  readonly #entries: { readonly candidate: TestCandidate; share: number; turns: number; leftWithStart: number }[];
  #stoppedAt = 0;

  constructor(set: readonly TestCandidate[]) {
    this.#entries = set.map((candidate) => ({ candidate, share: candidate.weight, turns: 0, leftWithStart: 0 }));
  }

  /** Takes over a choice, when it is one of those that are best but for what rounding makes of equals. */
  accept(chosen: TestCandidate | undefined, tried: readonly TestCandidate[], message: string): void {
    const now = this.#now(0.5);
    const present = this.#entries.filter(({ candidate, share }) => share > 0 && !tried.includes(candidate));
    const eligible = present.filter(({ turns, share }) => turns / share <= now + tolerance);
    const surely = eligible.filter(({ turns, share }) => turns / share <= now - tolerance);
    const deadline = Math.min(...surely.map(({ turns, share }) => (turns + 1) / share));
    const start = Math.min(...present.map(({ turns, share }) => turns / share));
    const best =
      eligible.length > 0
        ? eligible.filter(({ turns, share }) => (turns + 1) / share <= deadline + tolerance)
        : present.filter(({ turns, share }) => turns / share <= start + tolerance);
    const entry = best.find(({ candidate }) => candidate === chosen);
    if (entry !== undefined) entry.turns++;
    else assert.ok(present.length === 0 && chosen === undefined, message);
  }

  changed(candidate: TestCandidate): void {
    const entry = this.#entries[candidate.index];
    assert.ok(entry);
    const share = candidate.available ? candidate.effectiveWeight : 0;
    const { share: before } = entry;
    if (share === before) return;
    const now = this.#now(0);
    if (share === 0) {
      entry.leftWithStart = entry.turns / before;
    } else if (before === 0) {
      entry.turns = share * Math.min(Math.max(entry.leftWithStart, now), now + 1 / share);
    } else {
      entry.turns += (share - before) * now;
    }
    entry.share = share;
    if (this.#entries.every((one) => one.share === 0)) this.#stoppedAt = now;
  }

  #now(ahead: number): number {
    const present = this.#entries.filter(({ share }) => share > 0);
    const shares = present.reduce((sum, { share }) => sum + share, 0);
    return shares === 0 ? this.#stoppedAt : (present.reduce((sum, { turns }) => sum + turns, 0) + ahead) / shares;
  }
}
