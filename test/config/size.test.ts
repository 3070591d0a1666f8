import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatSize, parseSize, sizePattern } from "../../src/config/size.ts";

describe("parseSize()", () => {
  const good: readonly (readonly [string, number])[] = [
    ["0B", 0],
    ["512B", 512],
    ["64KiB", 65_536],
    ["64kib", 65_536],
    ["1MB", 1_000_000],
    ["1.5MiB", 1_572_864],
    ["0.1KB", 100],
    ["1GiB", 1_073_741_824],
  ];
  for (const [text, bytes] of good) {
    it(`reads ${text}`, () => assert.deepEqual(parseSize(text), { ok: true, value: bytes }));
  }

  it("refuses what is no size", () => {
    for (const text of [
      "",
      "64",
      "-1KiB",
      "1 KiB",
      "KiB",
      "1K",
      "1TiB",
      "1.5B",
      "0.0001KB",
      "1e3B",
      `${"9".repeat(30)}GB`,
    ]) {
      assert.equal(parseSize(text).ok, false, text);
    }
  });

  it("reads back what formatSize() writes, and the pattern matches it", () => {
    fc.assert(
      fc.property(fc.nat(), (bytes) => {
        const text = formatSize(bytes);
        assert.deepEqual(parseSize(text), { ok: true, value: bytes });
        assert.match(text, new RegExp(sizePattern));
      }),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(typeof parseSize(text).ok, "boolean");
      }),
    );
  });
});
