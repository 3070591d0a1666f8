import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionCount, maxConnectionsFor } from "../../../src/core/limits/connection-count.ts";
import { withMemory } from "../../support/memory.ts";

describe("ConnectionCount", () => {
  it("lets in up to its limit, and again when one has left", () => {
    const count = withMemory((memory) => new ConnectionCount(2, memory));
    assert.deepEqual([count.enter(), count.enter(), count.enter()], [true, true, false]);
    assert.equal(count.active, 2);
    count.leave();
    assert.deepEqual([count.enter(), count.enter()], [true, false]);
    count.leave();
    count.leave();
    assert.equal(count.active, 0);
    assert.equal(count.peak, 2);
  });

  it("of nothing lets nobody in; without a bound everybody", () => {
    assert.equal(withMemory((memory) => new ConnectionCount(0, memory)).enter(), false);
    const count = withMemory((memory) => new ConnectionCount(Infinity, memory));
    for (let i = 0; i < 1000; i++) assert.equal(count.enter(), true);
    assert.equal(count.active, 1000);
  });

  it("shows one that left twice", () => {
    const count = withMemory((memory) => new ConnectionCount(1, memory));
    count.leave();
    assert.equal(count.active, -1);
    assert.equal(count.peak, 0);
  });
});

const alone = { workers: 1, listeners: 1 };

describe("maxConnectionsFor", () => {
  it("keeps more back for many workers and listeners", () => {
    // 64 of the process, and 32 times 5 listeners and 44 of the worker's own.
    assert.equal(maxConnectionsFor("auto", 4096, { workers: 32, listeners: 5 }), (4096 - 64 - 32 * 49) / 2);
    assert.equal(maxConnectionsFor("auto", 1024, { workers: 32, listeners: 50 }), 256);
  });

  it("takes a number as it is", () => {
    assert.equal(maxConnectionsFor(10, 1024, alone), 10);
    assert.equal(maxConnectionsFor(5000, 1024, alone), 5000);
  });

  it("auto is two descriptors each, some kept back", () => {
    assert.equal(maxConnectionsFor("auto", 1024, alone), 448);
    assert.equal(maxConnectionsFor("auto", 65_535, alone), 32_703);
    assert.equal(maxConnectionsFor("auto", Infinity, alone), Infinity);
  });

  it("auto is half as much of a small limit, and one at least", () => {
    assert.equal(maxConnectionsFor("auto", 64, alone), 16);
    assert.equal(maxConnectionsFor("auto", 3, alone), 1);
    assert.equal(maxConnectionsFor("auto", 0, alone), 1);
  });
});
