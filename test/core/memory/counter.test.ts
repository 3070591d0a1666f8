import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counter } from "../../../src/core/memory/counter.ts";
import { inThreads } from "../../support/memory.ts";

describe("Counter", () => {
  it("is the sum of what the workers counted", () => {
    const { main, workers } = inThreads(3, (memory) => ({ one: new Counter(memory), two: new Counter(memory) }));
    for (const [index, { one, two }] of workers.entries()) {
      one.add(10 ** index);
      one.add(10 ** index);
      two.add(0.25);
    }
    assert.deepEqual([main.one.total, main.two.total], [222, 0.75]);
    assert.deepEqual(
      [0, 1, 2, 3].map((worker) => main.one.of(worker)),
      [2, 20, 200, 0],
    );
    assert.equal(workers[0]?.one.total, 222);
  });

  it("counts bytes past 32 bits", () => {
    const { main, workers } = inThreads(1, (memory) => new Counter(memory));
    for (let i = 0; i < 3; i++) workers[0]?.add(2 ** 40 + 1);
    assert.equal(main.total, 3 * 2 ** 40 + 3);
  });

  it("counts nothing in a thread that is no worker", () => {
    const { main } = inThreads(2, (memory) => new Counter(memory));
    main.add(5);
    assert.equal(main.total, 0);
  });
});
