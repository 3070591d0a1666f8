import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Histogram } from "../../src/core/observe/histogram.ts";
import { outcomeCodes, outcomes } from "../../src/core/observe/outcome.ts";
import { formatAddress } from "../../src/core/runtime/address.ts";
import { withMemory } from "../support/memory.ts";

describe("outcomes", () => {
  it("each says in a sentence what happened", () => {
    for (const code of outcomeCodes) {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      assert.match(outcomes[code].meaning, /^[A-Z].*\.$/);
    }
  });
});

describe("Histogram", () => {
  it("counts a value at the first bound that is not below it", () => {
    const histogram = withMemory((memory) => new Histogram([0.1, 1], memory));
    for (const ms of [50, 100, 100.1, 1000, 1001, 90_000]) histogram.observeMs(ms);
    assert.deepEqual(histogram.counts, [2, 2, 2]);
    assert.ok(Math.abs(histogram.sumSeconds - 92.2511) < 1e-9);
  });
});

describe("formatAddress", () => {
  it("writes what the config reads", () => {
    assert.equal(formatAddress({ kind: "tcp", host: "127.0.0.1", port: 80 }), "127.0.0.1:80");
    assert.equal(formatAddress({ kind: "tcp", host: "::1", port: 80 }), "[::1]:80");
    assert.equal(formatAddress({ kind: "unix", path: "/run/a.sock" }), "unix:/run/a.sock");
  });
});
