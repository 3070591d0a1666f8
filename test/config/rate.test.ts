import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatRate, parseRate, ratePattern } from "../../src/config/rate.ts";

describe("parseRate()", () => {
  for (const [text, perSecond] of [
    ["100/s", 100],
    ["0.5/s", 0.5],
    ["30/m", 0.5],
    ["1800/h", 0.5],
  ] as const) {
    it(`reads ${text}`, () => assert.deepEqual(parseRate(text), { ok: true, value: perSecond }));
  }

  it("refuses what is no rate", () => {
    for (const text of ["", "100", "100/", "/s", "-1/s", "1 /s", "1/ s", "1/S", "1/d", "1r/s", "1e3/s", "1/s/s"]) {
      assert.equal(parseRate(text).ok, false, text);
    }
  });

  it("reads back what formatRate() writes, and the pattern matches it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.constantFrom(1, 60, 3600), (count, seconds) => {
        const text = formatRate(count / seconds);
        assert.deepEqual(parseRate(text), { ok: true, value: count / seconds });
        assert.match(text, new RegExp(ratePattern));
      }),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(typeof parseRate(text).ok, "boolean");
      }),
    );
  });
});
