import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hashText, mixBits } from "../../../src/core/balancer/hash.ts";
import { IndexedHeap } from "../../../src/core/balancer/indexed-heap.ts";
import { MinTree } from "../../../src/core/balancer/min-tree.ts";
import { SumTree } from "../../../src/core/balancer/sum-tree.ts";
import { seededRandom } from "../../support/fake-clock.ts";
import { below } from "./test-candidate.ts";

/** Powers of two, and what lies beside them. */
const capacities = [0, 1, 2, 3, 4, 5, 7, 8, 9, 33];

describe("IndexedHeap", () => {
  it("has the smallest key on top, and of equal keys the smallest number, after any changes", () => {
    const random = seededRandom(1);
    for (const capacity of capacities.slice(1)) {
      const heap = new IndexedHeap(capacity);
      const keys = new Map<number, number>();
      for (let step = 0; step < 1000; step++) {
        const member = below(random, capacity);
        if (random.next() < 0.4) {
          heap.remove(member);
          keys.delete(member);
        } else {
          const key = below(random, 6);
          heap.add(member, key);
          keys.set(member, key);
        }
        const [first] = [...keys].toSorted(([a, aKey], [b, bKey]) => aKey - bKey || a - b);
        assert.deepEqual([heap.top, heap.topKey, heap.size], [first?.[0] ?? -1, first?.[1] ?? Infinity, keys.size]);
      }
    }
  });

  it("is empty after clear, and usable", () => {
    const heap = new IndexedHeap(3);
    heap.add(2, 5);
    heap.add(1, 7);
    heap.clear();
    assert.deepEqual([heap.top, heap.size], [-1, 0]);
    heap.add(1, 7);
    assert.equal(heap.top, 1);
  });
});

describe("SumTree", () => {
  it("finds the place at a fraction of the sum, after any changes", () => {
    const random = seededRandom(2);
    for (const capacity of capacities) {
      const tree = new SumTree(capacity);
      assert.equal(tree.placeAt(0.5), -1);
      if (capacity === 0) continue;
      const values = Array.from({ length: capacity }, () => 0);
      for (let step = 0; step < 500; step++) {
        const place = below(random, capacity);
        values[place] = below(random, 4);
        tree.set(place, values[place]);
        const total = values.reduce((sum, value) => sum + value, 0);
        const at = below(random, total) + 0.5;
        let sum = 0;
        const expected = total === 0 ? -1 : values.findIndex((value) => (sum += value) > at);
        assert.equal(tree.placeAt(total === 0 ? 0 : at / total), expected);
      }
    }
  });

  it("finds no place without a share, whatever rounding does", () => {
    const tree = new SumTree(8);
    for (const [place, value] of [0.1, 0.2, 0, 0.3, 0.7, 0, 0, 0].entries()) tree.set(place, value);
    assert.equal(tree.placeAt(1 - 2 ** -53), 4);
    assert.equal(tree.placeAt(1), 4);
    assert.equal(tree.placeAt(0), 0);
  });
});

describe("MinTree", () => {
  it("finds each of the places with the smallest number, by share, after any changes", () => {
    const random = seededRandom(3);
    for (const capacity of capacities) {
      const tree = new MinTree(capacity);
      assert.equal(tree.placeAt(0), -1);
      if (capacity === 0) continue;
      const values = Array.from({ length: capacity }, () => Infinity);
      const shares = Array.from({ length: capacity }, () => 1);
      for (let step = 0; step < 500; step++) {
        const place = below(random, capacity);
        const value = [Infinity, 1, 2, 3][below(random, 4)] ?? 0;
        const share = 1 + below(random, 3);
        values[place] = value;
        shares[place] = share;
        tree.set(place, value, share);
        const min = Math.min(...values);
        // Each place once for each unit of its share.
        const equals = [...values.keys()].flatMap((one) =>
          min < Infinity && values[one] === min ? Array.from({ length: shares[one] ?? 0 }, () => one) : [],
        );
        const found = equals.map((_, nth) => tree.placeAt((nth + 0.5) / equals.length));
        assert.deepEqual(found, equals);
        if (equals.length === 0) assert.equal(tree.placeAt(0.5), -1);
      }
    }
  });
});

describe("hash", () => {
  it("gives 32 unsigned bits that depend on the text and the seed alone", () => {
    for (const text of ["", "a", "10.0.0.1", "::1", "€"]) {
      const hash = hashText(text);
      assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32);
      assert.equal(hashText(text), hash);
      assert.notEqual(hashText(text, 1), hash);
    }
  });

  it("spreads texts that differ in little over all buckets: chi-square within five deviations", () => {
    const buckets = 256;
    const count = 65_536;
    for (const shift of [0, 12, 24]) {
      const found = new Uint32Array(buckets);
      for (let n = 0; n < count; n++) {
        const bucket = (hashText(`10.0.${n >> 8}.${n & 255}`) >>> shift) % buckets;
        found[bucket] = (found[bucket] ?? 0) + 1;
      }
      const expected = count / buckets;
      const chiSquare = found.reduce((sum, one) => sum + (one - expected) ** 2 / expected, 0);
      assert.ok(Math.abs(chiSquare - (buckets - 1)) < 5 * Math.sqrt(2 * (buckets - 1)), `${chiSquare}`);
    }
  });

  it("changes half of the output's bits for each bit of the input", () => {
    for (let bit = 0; bit < 32; bit++) {
      let changed = 0;
      for (let n = 0; n < 2000; n++) {
        for (let bits = mixBits(n) ^ mixBits(n ^ (1 << bit)); bits !== 0; bits &= bits - 1) changed++;
      }
      const mean = changed / 2000;
      assert.ok(mean > 14.5 && mean < 17.5, `bit ${bit}: ${mean}`);
    }
  });
});
