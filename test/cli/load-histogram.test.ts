import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LatencyHistogram } from "../../src/cli/load/latency-histogram.ts";
import { firstOffset, isPattern, nextOffset, patternBytes, patternPeriod } from "../../src/cli/load/pattern.ts";

describe("LatencyHistogram", () => {
  it("knows every single duration within 1 %, or half a microsecond", () => {
    for (let ms = 0.001; ms < 4_000_000; ms *= 1.037) {
      const histogram = new LatencyHistogram();
      histogram.observeMs(ms);
      // A larger one, so that the maximum does not help.
      histogram.observeMs(ms * 2);
      const found = histogram.quantileMs(0.5);
      assert.ok(Math.abs(found - ms) <= Math.max(ms * 0.01, 0.0005), `${ms} ms was taken for ${found} ms`);
    }
  });

  it("has the quantiles of many durations within 1 %", () => {
    const histogram = new LatencyHistogram();
    const durations = Array.from({ length: 20_000 }, (_, index) => 0.05 * 1.0005 ** ((index * 7919) % 20_000));
    for (const duration of durations) histogram.observeMs(duration);
    const sorted = durations.toSorted((a, b) => a - b);
    for (const quantile of [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = sorted[Math.ceil(quantile * sorted.length) - 1] ?? 0;
      const found = histogram.quantileMs(quantile);
      assert.ok(Math.abs(found - exact) <= exact * 0.01, `${quantile}: ${found} ms instead of ${exact} ms`);
    }
    assert.equal(histogram.maxMs, sorted.at(-1));
    assert.equal(histogram.count, 20_000);
  });

  it("takes what is below zero or beyond its range without losing count", () => {
    const histogram = new LatencyHistogram();
    for (const ms of [-1, 0, 1e9]) histogram.observeMs(ms);
    assert.equal(histogram.count, 3);
    assert.ok(histogram.quantileMs(0.5) <= 0.0005);
    assert.equal(histogram.maxMs, 1e9);
  });

  it("is empty at first, and again when cleared", () => {
    const histogram = new LatencyHistogram();
    assert.equal(histogram.quantileMs(0.99), 0);
    histogram.observeMs(5);
    histogram.clear();
    assert.equal(histogram.count, 0);
    assert.equal(histogram.quantileMs(0.5), 0);
    assert.equal(histogram.maxMs, 0);
  });
});

describe("pattern", () => {
  it("matches itself in any chunks, across its period", () => {
    for (const start of [0, 13, patternPeriod - 1]) {
      for (const length of [1, 13, 64, 65, 4096, patternPeriod]) {
        const bytes = patternBytes(start, length);
        assert.equal(bytes.byteLength, length);
        assert.ok(isPattern(start, bytes));
        assert.ok(isPattern(start + 1, bytes.subarray(1)));
      }
    }
    const long = new Uint8Array(3 * patternPeriod + 7);
    for (let at = 0; at < long.byteLength;) {
      const bytes = patternBytes(100 + at, long.byteLength - at);
      long.set(bytes, at);
      at += bytes.byteLength;
    }
    assert.ok(isPattern(100, long));
    long[2 * patternPeriod] = (long[2 * patternPeriod] ?? 0) ^ 1;
    assert.ok(!isPattern(100, long));
  });

  it("shows one changed bit at any place", () => {
    for (const length of [13, 100]) {
      for (let at = 0; at < length; at++) {
        const bytes = patternBytes(5, length).slice();
        bytes[at] = (bytes[at] ?? 0) ^ 0x10;
        assert.ok(!isPattern(5, bytes), `byte ${at} of ${length}`);
      }
    }
  });

  it("differs from connection to connection and from round trip to round trip", () => {
    const seen = new Set<string>();
    for (let connection = 0; connection < 100; connection++) {
      let offset = firstOffset(connection);
      for (let round = 0; round < 20; round++) {
        seen.add(Buffer.from(patternBytes(offset, 13)).toString("hex"));
        offset = nextOffset(offset);
      }
    }
    assert.equal(seen.size, 2000);
  });
});
