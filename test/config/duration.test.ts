import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { durationPattern, formatDuration, parseDuration } from "../../src/config/duration.ts";

describe("parseDuration()", () => {
  const good: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["0s", 0],
    ["500ms", 500],
    ["5s", 5000],
    ["10m", 600_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
    ["1d2h3m4s5ms", 93_784_005],
    ["1.5s", 1500],
    ["1.1s", 1100],
    ["0.001s", 1],
    ["4.35s", 4350],
  ];
  for (const [text, milliseconds] of good) {
    it(`reads ${text}`, () => assert.deepEqual(parseDuration(text), { ok: true, value: milliseconds }));
  }

  it("refuses what is no duration", () => {
    for (const text of [
      "",
      "5",
      "1.5",
      "-5s",
      "+5s",
      "5 s",
      "s",
      "5x",
      "5S",
      "1m1h",
      "1s1s",
      "1h30",
      ".5s",
      "5.s",
      "1e3s",
      "0.1ms",
      "∞s",
      `${"9".repeat(30)}d`,
    ]) {
      assert.equal(parseDuration(text).ok, false, text);
    }
  });

  it("names the unit that was probably meant", () => {
    const hint = (text: string): string | undefined => {
      const read = parseDuration(text);
      return read.ok ? undefined : read.mistake.hint;
    };
    assert.equal(hint("5S"), 'did you mean "s"?');
    assert.equal(hint("5secs"), 'did you mean "s"?');
    assert.equal(hint("5minuts"), 'did you mean "m"?');
    assert.equal(hint("5"), 'write "5s" or "5ms"');
    assert.equal(hint("5 s"), "leave out the spaces");
    assert.equal(hint("5parsecs"), undefined);
  });

  it("reads back what formatDuration() writes, and the pattern matches it", () => {
    fc.assert(
      fc.property(fc.nat(30 * 86_400_000), (milliseconds) => {
        const text = formatDuration(milliseconds);
        assert.deepEqual(parseDuration(text), { ok: true, value: milliseconds });
        assert.match(text, new RegExp(durationPattern));
      }),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(typeof parseDuration(text).ok, "boolean");
      }),
    );
  });
});
