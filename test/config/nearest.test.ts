import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { editDistance, nearest } from "../../src/config/nearest.ts";
import { parsePolicy, policyNames } from "../../src/config/policy.ts";

describe("editDistance()", () => {
  it("counts insertions, deletions, replacements and swaps of neighbours", () => {
    assert.equal(editDistance("abc", "abc"), 0);
    assert.equal(editDistance("abc", "abxc"), 1);
    assert.equal(editDistance("abc", "ac"), 1);
    assert.equal(editDistance("abc", "axc"), 1);
    assert.equal(editDistance("abc", "acb"), 1);
    assert.equal(editDistance("", "abc"), 3);
    assert.equal(editDistance("kitten", "sitting"), 3);
  });

  it("is symmetric, zero only for equals, and at most the longer length", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        assert.equal(distance, editDistance(b, a));
        assert.equal(distance === 0, a === b);
        assert.ok(distance <= Math.max(a.length, b.length));
        assert.ok(distance >= Math.abs(a.length - b.length));
      }),
    );
  });
});

describe("nearest()", () => {
  it("finds a word with a slip in it", () => {
    const words = ["address", "upstream", "idleTimeout", "buffer"];
    assert.equal(nearest("adress", words), "address");
    assert.equal(nearest("upstraem", words), "upstream");
    assert.equal(nearest("IDLETIMEOUT", words), "idleTimeout");
    assert.equal(nearest("bufer", words), "buffer");
  });

  it("finds nothing for another word", () => {
    assert.equal(nearest("colour", ["address", "upstream"]), undefined);
    assert.equal(nearest("a", ["b", "c"]), undefined);
    assert.equal(nearest("x", []), undefined);
    assert.equal(nearest("a".repeat(1000), ["a".repeat(999)]), undefined);
  });

  it("always finds a word that is there", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1 }), (words) => {
        for (const word of words) assert.equal(nearest(word, words), word);
      }),
    );
  });
});

describe("parsePolicy()", () => {
  it("reads each policy by all its names, in any case and spelling", () => {
    for (const [name, aliases] of Object.entries(policyNames)) {
      for (const alias of [name, ...aliases]) {
        for (const spelling of [
          alias,
          alias.toUpperCase(),
          alias.replaceAll("-", "_"),
          alias.replaceAll("-", " "),
          alias.replaceAll("-", ""),
        ]) {
          assert.deepEqual(parsePolicy(spelling), { ok: true, value: name }, spelling);
        }
      }
    }
  });

  it("gives no name to two policies", () => {
    const names = Object.entries(policyNames).flatMap(([name, aliases]) => [name, ...aliases]);
    assert.equal(new Set(names.map((name) => name.replaceAll("-", ""))).size, names.length);
  });

  it("refuses a name that nobody uses", () => {
    assert.equal(parsePolicy("fastest").ok, false);
    assert.equal(parsePolicy("").ok, false);
  });
});
