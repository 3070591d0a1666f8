import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { countGroups, parseExpression } from "../../src/config/expression.ts";

function reads(text: string): boolean {
  return parseExpression(text).ok;
}

describe("parseExpression()", () => {
  it("takes what people write for paths and headers", () => {
    for (const text of [
      "/users/[0-9]+",
      "/users/(\\d+)/posts/(\\d+)",
      "/(?:en|de|fr)/.*",
      "/(?:foo|bar)+",
      "/a{2,3}b",
      "(?:ab){20}",
      "/[\\w-]+\\.(?:png|jpe?g|gif)",
      ".*Mobile.*",
      "/v(?<version>[1-9])/.*",
      "/[^/]+/[^/]+/[^/]+/[^/]+",
      "[(+*)]+",
      "\\(+",
      "\\p{L}+",
      "([^/]+)/([^/]+)/([^/]+)/([^/]+)",
      "\\d+\\.\\d+\\.\\d+\\.\\d+",
      "\\w+-\\w+-\\w+(?:-\\w+)?",
      ".*/.*",
      "/a(?=b+)b",
    ]) {
      assert.equal(reads(text), true, text);
    }
  });

  it("refuses what can match a text in many ways", () => {
    for (const text of [
      "(a+)+",
      "(a*)*",
      "(a+)*b",
      "(?:a|a)+",
      "(?:a|ab)*c",
      "(?:.|a)+",
      "(aa?)+",
      "(?:a{1,2})+",
      "((a+))+",
      "(?:x(a+)y)*",
      "(a+){11}",
      "(a+){2}",
      "(?:a{0,}){2,}",
      "(?<n>a+)+",
      ".*.*.*x",
      "\\w*a\\w*b\\w*c",
      "[^/]*[^/]*[^/]*/",
      "(\\d+)(\\d+)(\\d+)x",
      "\\w+(?:-)?\\w+(?:-)?\\w+x",
      "\\w+(?:-|a)\\w+(?:-|a)\\w+x",
      "(a+)+?",
      "(?:[)]+)+",
      "(?:\\)+)+",
    ]) {
      assert.equal(reads(text), false, text);
    }
  });

  it("says in the engine's words why an expression does not compile", () => {
    for (const text of ["(", "[", "a**", "\\1(", "(?<a>x)(?<a>y)", "{", "\\-"]) {
      const read = parseExpression(text);
      assert.ok(!read.ok, text);
      let words = "";
      try {
        void new RegExp(text, "u");
      } catch (error) {
        words = (error as Error).message;
      }
      assert.equal(read.mistake.what, `Expression ${JSON.stringify(text)} does not compile: ${words}`);
    }
  });

  it("never throws, and what it takes compiles for a whole text", () => {
    const piece = fc.constantFrom(..."ab/.()|*+?[]{}\\^$:<>=!-,0123", "(?:", "\\d", "{2}");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        if (!reads(text)) return;
        void new RegExp(`^(?:${text})$`, "u");
        assert.ok(countGroups(text) >= 0);
      }),
      { numRuns: 3000 },
    );
  });

  it("takes nothing that a short text keeps busy", () => {
    const atom = fc.constantFrom("a", "b", "[ab]", ".", "\\w", "(?:", "(", ")", "|", "*", "+", "?", "{2}", "{1,3}");
    fc.assert(
      fc.property(fc.array(atom, { maxLength: 10 }), (pieces) => {
        const text = pieces.join("");
        if (!reads(text)) return;
        const whole = new RegExp(`^(?:${text})$`, "u");
        // Exponential time would be 2^28 steps and more; quadratic time is nothing here.
        whole.test(`${"a".repeat(28)}!`);
        whole.test(`${"ab".repeat(14)}!`);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("countGroups()", () => {
  it("counts groups that capture", () => {
    assert.equal(countGroups("a"), 0);
    assert.equal(countGroups("(a)(?:b)(?<c>c)"), 2);
    assert.equal(countGroups("a|(b)"), 1);
  });
});
