import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Total } from "../../../src/core/memory/total.ts";
import { inThreads, withMemory } from "../../support/memory.ts";

describe("Total", () => {
  it("lets in up to a limit over all threads, and knows whose they are", () => {
    const { main, workers } = inThreads(2, (memory) => new Total(memory));
    const [first, second] = workers;
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual([first.enter(3), second.enter(3), first.enter(3), second.enter(3)], [true, true, true, false]);
    assert.deepEqual([first.own, second.own, main.own], [2, 1, 0]);
    for (const one of [first, second, main]) assert.deepEqual([one.value, one.of(0), one.of(1)], [3, 2, 1]);
    first.leave();
    assert.equal(second.enter(3), true);
    assert.deepEqual([main.value, main.of(0), main.of(1)], [3, 1, 2]);
  });

  it("knows limits that change, none at all, and zero", () => {
    const total = withMemory((memory) => new Total(memory));
    assert.equal(total.enter(0), false);
    assert.equal(total.enter(1), true);
    assert.equal(total.enter(1), false);
    assert.equal(total.enter(Infinity), true);
    assert.equal(total.enter(1), false, "above a limit that was lowered nobody comes in");
    assert.equal(total.value, 2);
  });

  it("shows one that left twice", () => {
    const total = withMemory((memory) => new Total(memory));
    total.leave();
    assert.deepEqual([total.value, total.own], [-1, -1]);
  });
});
