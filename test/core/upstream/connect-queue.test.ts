import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectQueue, type Waiter } from "../../../src/core/upstream/connect-queue.ts";
import { inThreads } from "../../support/memory.ts";

interface Named extends Waiter {
  readonly name: string;
}

/** The same queue in three threads; its tickets go on from `lastTicket`. */
function make(lastTicket = 0, maxLength = 100): [ConnectQueue<Named>, ConnectQueue<Named>, ConnectQueue<Named>] {
  const { main, workers } = inThreads(3, (memory) => {
    const queue = new ConnectQueue<Named>({ maxLength, timeoutMs: 1000 }, memory);
    // The first word that it takes.
    return { queue, start: () => (memory.words[0] = lastTicket) };
  });
  main.start();
  const [a, b, c] = workers.map(({ queue }) => queue);
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  return [a, b, c];
}

function fresh(name: string): Named {
  return { name, isRetry: false };
}

function retry(name: string): Named {
  return { name, isRetry: true };
}

/** Each thread in turn offers places, until nobody is served any more; who was served, in order. */
function serveAll(queues: readonly ConnectQueue<Named>[], retriesHeld = false): string[] {
  const served: string[] = [];
  for (let before = -1; before < served.length;) {
    before = served.length;
    for (const queue of queues) {
      let places = 1;
      queue.offer(
        ({ name }) => {
          if (places-- <= 0) return false;
          served.push(name);
          return true;
        },
        () => retriesHeld,
      );
    }
  }
  return served;
}

describe("ConnectQueue", () => {
  it("serves in the order of arrival, whichever thread offers first", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const queues = make();
      const arrivals = [2, 0, 0, 1, 2, 1, 0, 1, 1, 2];
      for (const [index, thread] of arrivals.entries()) queues[thread as 0 | 1 | 2].add(fresh(String(index)));
      const inOrder = order.map((index) => queues[index as 0 | 1 | 2]);
      assert.deepEqual(
        serveAll(inOrder),
        arrivals.map((_, index) => String(index)),
      );
      assert.deepEqual([queues[0].length, queues[0].hasFresh, queues[0].total.total], [0, false, 10]);
    }
  });

  for (const [what, lastTicket] of [
    ["the largest number", 2 ** 31 - 3],
    ["zero", -3],
  ] as const) {
    it(`keeps the order where tickets pass ${what}`, () => {
      const [a, b, c] = make(lastTicket);
      const names = Array.from({ length: 8 }, (_, index) => String(index));
      for (const [index, name] of names.entries()) [a, b, c][index % 3]?.add(fresh(name));
      for (const one of [a, b, c]) assert.equal(one.hasFresh, true, "no ticket is 0: that is nobody");
      assert.deepEqual(serveAll([c, a, b]), names);
    });
  }

  it("knows who waits here and elsewhere", () => {
    const [a, b] = make();
    const waiter = fresh("one");
    a.add(waiter);
    assert.deepEqual([a.hasOwn, a.hasOthers, b.hasOwn, b.hasOthers], [true, false, false, true]);
    assert.deepEqual([a.hasFresh, b.hasFresh, b.length], [true, true, 1]);
    b.delete(waiter);
    assert.equal(a.length, 1, "it is not in there");
    a.delete(waiter);
    a.delete(waiter);
    assert.deepEqual([a.length, b.length, b.hasFresh], [0, 0, false]);
  });

  it("who leaves makes the next one first, in this thread or another", () => {
    const [a, b] = make();
    const [first, second] = [fresh("1"), fresh("2")];
    a.add(first);
    b.add(second);
    a.add(fresh("3"));
    assert.deepEqual(serveAll([b]), []);
    a.delete(first);
    assert.deepEqual(serveAll([a]), [], "the next one is in b");
    b.delete(second);
    assert.deepEqual(serveAll([a, b]), ["3"]);
  });

  it("is bounded over all threads, retries among the others", () => {
    const [a, b, c] = make(0, 3);
    assert.deepEqual(
      [a.add(fresh("1")), b.add(retry("2")), c.add(fresh("3")), a.add(fresh("4"))],
      [true, true, true, false],
    );
    assert.deepEqual([a.length, a.total.total], [3, 3]);
    assert.deepEqual(serveAll([a, b, c]), ["1", "2", "3"]);
    assert.equal(b.add(retry("5")), true);
  });

  it("retries wait for no ticket, and are passed over while they are held", () => {
    const [a, b] = make();
    a.add(fresh("1"));
    b.add(retry("2"));
    b.add(fresh("3"));
    assert.deepEqual(serveAll([b], true), []);
    assert.deepEqual(serveAll([b]), ["2"]);
    assert.equal(b.hasFresh, true);
    assert.deepEqual(serveAll([a, b]), ["1", "3"]);
  });

  it("after a worker's death nobody waits behind those that waited there", () => {
    const [a, b] = make();
    a.add(fresh("1"));
    b.add(fresh("2"));
    assert.deepEqual(serveAll([b]), []);
    b.reclaim(0);
    assert.deepEqual(serveAll([b]), ["2"]);
  });
});
