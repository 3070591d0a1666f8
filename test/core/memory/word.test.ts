import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Word } from "../../../src/core/memory/word.ts";
import { inThreads } from "../../support/memory.ts";

function twoThreads(): [Word, Word] {
  const { main, workers } = inThreads(1, (memory) => new Word(memory));
  const [worker] = workers;
  assert.ok(worker !== undefined);
  return [main, worker];
}

describe("Word", () => {
  it("is 0 at first, and the same in all threads, those without a row too", () => {
    const [main, worker] = twoThreads();
    assert.equal(worker.value, 0);
    main.value = 7;
    assert.equal(worker.value, 7);
    worker.value = -1;
    assert.equal(main.value, -1);
  });

  it("adds and exchanges, and says what was before; it wraps around", () => {
    const [main, worker] = twoThreads();
    assert.deepEqual([main.add(2), worker.add(3), main.value], [0, 2, 5]);
    assert.deepEqual([worker.exchange(9), main.exchange(1)], [5, 9]);
    main.value = 2 ** 31 - 1;
    assert.deepEqual([worker.add(1), main.value], [2 ** 31 - 1, -(2 ** 31)]);
  });

  it("replaces what is as expected, and nothing else", () => {
    const [main, worker] = twoThreads();
    assert.equal(main.replace(0, 4), true);
    assert.equal(worker.replace(0, 5), false);
    assert.equal(main.value, 4);
  });

  it("raises, and never lowers", () => {
    const [main, worker] = twoThreads();
    main.raise(5);
    worker.raise(3);
    worker.raise(5);
    assert.equal(main.value, 5);
    worker.raise(6);
    assert.equal(main.value, 6);
  });
});
