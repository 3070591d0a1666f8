import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { News } from "../../../src/core/memory/news.ts";
import type { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import { inThreads } from "../../support/memory.ts";

function twoThreads(make: (memory: SharedMemory) => News = (memory) => new News(memory)): [News, News] {
  const { main, workers } = inThreads(1, make);
  const [worker] = workers;
  assert.ok(worker !== undefined);
  return [main, worker];
}

describe("News", () => {
  it("is new to the others once, and not to who announced it", () => {
    const [main, worker] = twoThreads();
    assert.deepEqual([main.take(), worker.take()], [false, false]);
    main.announce();
    main.announce();
    assert.deepEqual([main.take(), worker.take(), worker.take()], [false, true, false]);
    worker.announce();
    assert.deepEqual([main.take(), main.take(), worker.take()], [true, false, false]);
  });

  it("another's change in the same moment is not lost", () => {
    const [main, worker] = twoThreads();
    worker.announce();
    main.announce();
    assert.deepEqual([main.take(), worker.take()], [true, true]);
    assert.deepEqual([main.take(), worker.take()], [false, false]);
  });

  it("goes on when its version wraps around", () => {
    const memories: SharedMemory[] = [];
    const [main, worker] = twoThreads((memory) => {
      memories.push(memory);
      return new News(memory);
    });
    // Its only word.
    memories[0]?.words.fill(2 ** 31 - 1);
    assert.deepEqual([main.take(), worker.take()], [true, true]);
    for (let i = 0; i < 3; i++) {
      main.announce();
      assert.deepEqual([main.take(), worker.take()], [false, true]);
    }
  });
});
