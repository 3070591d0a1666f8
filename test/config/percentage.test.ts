import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatPercentage, parsePercentage, percentagePattern } from "../../src/config/percentage.ts";

describe("parsePercentage()", () => {
  for (const [text, share] of [
    ["0%", 0],
    ["7%", 0.07],
    ["30%", 0.3],
    ["12.5%", 0.125],
    ["125%", 1.25],
  ] as const) {
    it(`reads ${text}`, () => assert.deepEqual(parsePercentage(text), { ok: true, value: share }));
  }

  it("refuses what is no percentage", () => {
    for (const text of ["", "30", "%", "-1%", "+1%", "1 %", "1%%", ".5%", "5.%", "1e1%", "half"]) {
      assert.equal(parsePercentage(text).ok, false, text);
    }
  });

  it("says what a number without the sign was probably meant to be", () => {
    const hint = (text: string): string | undefined => {
      const read = parsePercentage(text);
      return read.ok ? undefined : read.mistake.hint;
    };
    assert.equal(hint("30"), 'write "30%"');
    assert.equal(hint("0.3"), 'write "30%"');
    assert.equal(hint("1.25"), 'write "125%"');
    assert.equal(hint("12.5"), 'write "12.5%"');
    assert.equal(hint("1"), 'write "1%" or "100%"');
  });

  it("reads back what formatPercentage() writes, and the pattern matches it", () => {
    fc.assert(
      fc.property(fc.nat(100_000), (tenths) => {
        const share = tenths / 1000;
        const text = formatPercentage(share);
        assert.deepEqual(parsePercentage(text), { ok: true, value: share });
        assert.match(text, new RegExp(percentagePattern));
      }),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(typeof parsePercentage(text).ok, "boolean");
      }),
    );
  });
});
