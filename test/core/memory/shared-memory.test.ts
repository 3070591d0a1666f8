import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { spawnThread, type Thread } from "../../../src/adapters/compat/threads.ts";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import { Anvil } from "../../support/anvil.ts";
import type { HammerInit } from "../../support/anvil-entry.ts";
import { inThreads } from "../../support/memory.ts";
import { until } from "../../support/sockets.ts";

/** A memory with one place of each kind, and a second total. */
function take(memory: SharedMemory): SharedMemory {
  memory.takeNumbers(1);
  memory.takeCounters(1);
  memory.takeTotals(2);
  memory.takeWords(1);
  return memory;
}

describe("SharedMemory", () => {
  it("gives places one after the other, each kind for itself", () => {
    const memory = new SharedMemory(2, 0);
    assert.deepEqual([memory.takeNumbers(3), memory.takeNumbers(1), memory.takeNumbers(0)], [0, 3, 4]);
    assert.deepEqual([memory.takeCounters(2), memory.takeCounters(1)], [0, 2]);
    assert.deepEqual([memory.takeTotals(1), memory.takeTotals(1)], [0, 1]);
    assert.deepEqual([memory.takeWords(1), memory.takeWords(1)], [0, 1]);
    assert.equal(new SharedMemory(1, 0).buffer, undefined);
    memory.allocate();
    assert.deepEqual(
      [memory.numbers, memory.counters, memory.totals, memory.shares, memory.words].map(({ length }) => length),
      [4, 3, 2, 2, 2],
    );
    assert.equal(memory.buffer?.byteLength, 4 * 8 + 2 * 3 * 8 + (2 + 2 * 2 + 2) * 4);
  });

  it("all threads have the same places, each a row of its own, and none overlap", () => {
    const { main, workers } = inThreads(3, take);
    const [first, second, third] = workers;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    first.numbers[0] = 0.5;
    for (const [index, one] of workers.entries()) one.counters[0] = index + 1;
    first.totals[0] = 7;
    first.totals[1] = 8;
    for (const [index, one] of workers.entries()) one.shares[1] = 10 + index;
    third.words[0] = 99;
    for (const one of [main, ...workers]) {
      assert.deepEqual([one.numbers[0], one.totals[0], one.totals[1], one.words[0]], [0.5, 7, 8, 99]);
      assert.deepEqual([one.sum(0), one.countOf(1, 0), one.shareOf(2, 1), one.shareOf(0, 0)], [6, 2, 12, 0]);
      // Who does not exist has counted nothing and holds nothing.
      assert.deepEqual([one.countOf(3, 0), one.shareOf(-1, 1)], [0, 0]);
    }
    assert.deepEqual([second.counters[0], second.shares[1]], [2, 11]);
    assert.deepEqual([main.counters.length, main.shares.length], [0, 0], "the main thread has no row");
  });

  it("refuses a memory that was made for other places, with both sizes", () => {
    const small = take(new SharedMemory(2, -1));
    small.allocate();
    const large = take(new SharedMemory(2, 0));
    large.takeWords(1);
    assert.ok(small.buffer !== undefined);
    assert.throws(() => large.attach(small.buffer ?? new SharedArrayBuffer(0)), {
      message: `Shared memory has ${small.buffer.byteLength} bytes, not the ${small.buffer.byteLength + 4} of this thread's places`,
    });
    assert.throws(() => take(new SharedMemory(3, 0)).attach(small.buffer ?? new SharedArrayBuffer(0)), /Shared memory/);
    assert.equal(large.buffer, undefined);
  });

  it("reclaim gives back exactly what a worker held; its counters and what others hold stay", () => {
    const { main, workers } = inThreads(3, take);
    const [first, second] = workers;
    assert.ok(first !== undefined && second !== undefined);
    first.totals.set([7, 2]);
    first.shares.set([4, 0]);
    second.shares.set([3, 2]);
    first.counters[0] = 12;
    main.reclaim(0);
    assert.deepEqual([...main.totals], [3, 2]);
    assert.deepEqual([first.shareOf(0, 0), first.shareOf(1, 0), main.sum(0)], [0, 3, 12]);
    main.reclaim(0);
    main.reclaim(-1);
    main.reclaim(3);
    assert.deepEqual([...main.totals], [3, 2]);
    main.reclaim(1);
    assert.deepEqual([...main.totals], [0, 0]);
  });
});

/** Threads that hammer on one anvil. */
class Smithy {
  readonly memory: SharedMemory;
  readonly anvil: Anvil;
  /** What those hold that have ended by themselves. */
  readonly held = new Map<number, number>();
  readonly errors: unknown[] = [];
  readonly #threads = new Map<number, Thread<never>>();

  constructor(workers: number) {
    this.memory = new SharedMemory(workers, -1);
    this.anvil = new Anvil(this.memory);
    this.memory.allocate();
    this.anvil.doomed.value = -1;
  }

  /** Starts a thread, and waits until it hammers. */
  async start(worker: number): Promise<void> {
    const { buffer } = this.memory;
    if (buffer === undefined) throw new Error("It was allocated");
    const init: HammerInit = { workers: this.memory.workers, worker, buffer };
    const before = this.anvil.entered.of(worker);
    const thread = spawnThread<never, number>(new URL("../../support/anvil-entry.ts", import.meta.url), init, {
      onMessage: (held) => void this.held.set(worker, held),
      onError: (error) => void this.errors.push(error),
      onExit: () => void this.#threads.delete(worker),
    });
    this.#threads.set(worker, thread);
    await until(() => this.errors.length > 0 || this.anvil.entered.of(worker) > before, "it hammers");
  }

  /** Ends a thread, wherever it is. */
  async terminate(worker: number): Promise<void> {
    await this.#threads.get(worker)?.terminate();
    this.memory.reclaim(worker);
  }

  /** Lets a thread throw. */
  async doom(worker: number): Promise<void> {
    this.anvil.doomed.value = worker;
    await until(() => !this.#threads.has(worker), "it is dead");
    this.anvil.doomed.value = -1;
    this.memory.reclaim(worker);
  }

  /** All come to their end. */
  async stop(): Promise<void> {
    this.anvil.over.value = 1;
    await until(() => this.#threads.size === 0, "all are over");
  }
}

const deaths = [
  ["throws", (smithy: Smithy, worker: number) => smithy.doom(worker)],
  ["is ended in whatever it does", (smithy: Smithy, worker: number) => smithy.terminate(worker)],
] as const;

/** The proxy ends no worker that is at work: only one that hangs, when all is over. */
const skips: Partial<Record<(typeof deaths)[number][0], string>> =
  "Deno" in globalThis
    ? { "is ended in whatever it does": "Deno tells that a thread is gone, and lets a busy one run on" }
    : {};

describe("SharedMemory, with real threads", () => {
  it("a total never exceeds its limit, and all shares and counts are exact", async () => {
    const workers = [0, 1, 2, 3];
    const smithy = new Smithy(workers.length);
    await Promise.all(workers.map((worker) => smithy.start(worker)));
    await setTimeout(100);
    await smithy.stop();
    const { anvil } = smithy;
    assert.deepEqual(smithy.errors, []);
    assert.equal(anvil.wrong.total, 0);
    assert.equal(anvil.highest.value, anvil.limit, "the limit was reached");
    assert.deepEqual(
      workers.map((worker) => anvil.total.of(worker)),
      workers.map((worker) => smithy.held.get(worker)),
    );
    const sum = [...smithy.held.values()].reduce((all, one) => all + one, 0);
    assert.equal(anvil.total.value, sum);
    assert.equal(anvil.entered.total | 0, anvil.turns.value);
    for (const worker of workers) smithy.memory.reclaim(worker);
    assert.equal(anvil.total.value, 0);
  });

  for (const [how, end] of deaths) {
    it(`a worker that ${how} loses nothing, while the others go on`, { skip: skips[how] ?? false }, async () => {
      const smithy = new Smithy(3);
      const { anvil } = smithy;
      await Promise.all([0, 1, 2].map((worker) => smithy.start(worker)));
      for (let round = 0; round < 4; round++) {
        await end(smithy, 2);
        assert.equal(anvil.total.of(2), 0);
        if (round < 3) await smithy.start(2);
      }
      await smithy.stop();
      assert.equal(smithy.errors.length, how === "throws" ? 4 : 0);
      assert.equal(anvil.wrong.total, 0);
      assert.equal(anvil.total.value, (smithy.held.get(0) ?? 0) + (smithy.held.get(1) ?? 0));
    });
  }
});
