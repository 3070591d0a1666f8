import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ClientLimits, ClientTable } from "../../../src/core/limits/client-table.ts";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";
import { ClientModel, client, clientTable, clientTables } from "./client-model.ts";

const { maxIdleClients } = ClientTable;
const [a, b] = [client(-1), client(-2)];

/** For one worker. */
function tableOf(limits: ClientLimits, clock = new FakeClock(), capacity = 1000): ClientTable {
  const [table] = clientTables(1, { limits, clock, capacity });
  assert.ok(table !== undefined);
  return table;
}

/** Lets a client in that must be let in. */
function enter(table: ClientTable, id: number): number {
  const entered = table.admit(client(id));
  assert.ok(typeof entered === "number", `${id}: ${entered}`);
  return entered;
}

describe("ClientTable", () => {
  it("lets one client have so many, and others theirs", () => {
    const table = tableOf({ maxConnections: 2 });
    const first = table.admit(a);
    assert.ok(typeof first === "number" && first >= 0);
    assert.equal(typeof table.admit(a), "number");
    assert.equal(table.admit(a), "limit-client");
    assert.equal(typeof table.admit(b), "number");
    table.leave(first);
    assert.equal(typeof table.admit(a), "number");
    assert.equal(table.admit(a), "limit-client");
    assert.equal(table.active, 3);
    assert.equal(table.highest, 2);
  });

  it("without a rate it remembers nobody who has left", () => {
    const table = tableOf({ maxConnections: 2 });
    const entered = Array.from({ length: 100 }, (_, id) => enter(table, id));
    assert.equal(table.size, 100);
    for (const one of entered) table.leave(one);
    assert.equal(table.size, 0);
    assert.equal(table.active, 0);
  });

  it("keeps to its own places of the memory", () => {
    const memory = new SharedMemory(1, 0);
    const taken = { numbers: memory.takeNumbers(9), totals: memory.takeTotals(9), words: memory.takeWords(9) };
    const table = clientTable(memory, { limits: { maxConnections: 2 }, capacity: 9, maxIdle: 0 });
    const rated = clientTable(memory, { limits: { rate: { perSecond: 1, burst: 9 } }, capacity: 9, maxIdle: 0 });
    memory.takeNumbers(9);
    memory.allocate();
    memory.numbers.fill(1e9, taken.numbers, taken.numbers + 9);
    memory.numbers.fill(1e9, memory.numbers.length - 9);
    for (const one of [table, rated]) {
      for (let n = 0; n < 99; n++) one.leave(enter(one, n));
      assert.deepEqual([one.active, one.highest], [0, 0]);
    }
    assert.equal(table.size, 0);
    assert.equal(rated.size, 13);
    assert.ok(memory.totals.subarray(taken.totals, taken.totals + 9).every((word) => word === 0));
    assert.ok(memory.words.subarray(taken.words, taken.words + 9).every((word) => word === 0));
  });

  it("a limit of nothing lets nobody in, and remembers nobody", () => {
    const table = tableOf({ maxConnections: 0, rate: { perSecond: 1, burst: 1 } });
    assert.equal(table.admit(a), "limit-client");
    assert.equal(table.size, 0);
  });

  it("knows clients apart by each part of their keys", () => {
    const table = tableOf({ maxConnections: 1 });
    const parts = [-0x8000_0000, -1, 0, 1, 0x7fff_ffff];
    for (const kind of [1, 2, 3, 4]) {
      for (const high of parts) {
        for (const low of parts) assert.equal(typeof table.admit({ kind, high, low }), "number");
      }
    }
    assert.equal(table.admit({ kind: 4, high: 0x7fff_ffff, low: -0x8000_0000 }), "limit-client");
    assert.equal(table.size, 100);
  });

  for (const [perSecond, burst] of [
    [10, 5],
    [3, 10],
    [0.1, 1],
    [7, 1],
    [1000, 2000],
    [0.3, 7],
    // Sums of these intervals are rounded upwards.
    [60, 10],
    [1.5, 20],
  ] as const) {
    it(`lets in ${burst} at once, then ${perSecond} each second`, () => {
      // A start with a fraction: what rounding does must not cost a connection.
      const clock = new FakeClock(123_456_789.123);
      const table = tableOf({ rate: { perSecond, burst } }, clock);
      const intervalMs = 1000 / perSecond;
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < burst; i++) assert.equal(typeof table.admit(a), "number", `${i} of the burst`);
        assert.equal(table.admit(a), "limit-rate");
        for (let i = 0; i < 20; i++) {
          clock.advance(intervalMs * 0.9);
          assert.equal(table.admit(a), "limit-rate", "too early");
          clock.advance(intervalMs * 0.1);
          assert.equal(typeof table.admit(a), "number");
        }
        // Longer than it takes to fill: no more than the burst comes of it.
        clock.advance(intervalMs * burst * 3);
      }
    });
  }

  it("a refused connection costs no token and counts as none", () => {
    const clock = new FakeClock();
    const table = tableOf({ maxConnections: 1, rate: { perSecond: 1, burst: 2 } }, clock);
    const first = enter(table, 1);
    for (let i = 0; i < 100; i++) assert.equal(table.admit(client(1)), "limit-client");
    table.leave(first);
    const second = enter(table, 1);
    table.leave(second);
    for (let i = 0; i < 100; i++) assert.equal(table.admit(client(1)), "limit-rate");
    assert.equal(table.active, 0);
    clock.advance(1000);
    // Refusals did not put it off.
    enter(table, 1);
  });

  it("time spent connected fills the bucket too", () => {
    const clock = new FakeClock();
    const table = tableOf({ rate: { perSecond: 1, burst: 1 } }, clock);
    const first = enter(table, 1);
    clock.advance(1000);
    table.leave(first);
    assert.equal(table.size, 0, "nothing left to know");
    enter(table, 1);
  });

  it("shows one that left twice, and gives nobody room for it", () => {
    const table = tableOf({ maxConnections: 1, rate: { perSecond: 1, burst: 9 } });
    const first = enter(table, 1);
    table.leave(first);
    table.leave(first);
    table.leave(first + 1);
    assert.equal(table.active, -2);
    enter(table, 1);
    assert.equal(table.admit(client(1)), "limit-client");
  });

  it("a million clients, each with one short connection, stay bounded, and the last ones are remembered", () => {
    const capacity = 1000;
    const table = tableOf({ maxConnections: 1, rate: { perSecond: 0.001, burst: 1 } }, new FakeClock(), capacity);
    const clients = 1_000_000;
    for (let id = 0; id < clients; id++) table.leave(enter(table, id));
    assert.ok(table.size >= maxIdleClients && table.size < maxIdleClients + capacity + 10, `${table.size}`);
    for (let id = clients - maxIdleClients; id < clients; id++) assert.equal(table.admit(client(id)), "limit-rate");
    enter(table, clients - maxIdleClients - capacity - 10);
  });

  it("a flood of clients makes it forget no running connection", () => {
    const busy = 80_000;
    const table = tableOf({ maxConnections: 3, rate: { perSecond: 0.001, burst: 9 } }, new FakeClock(), busy);
    for (let id = 0; id < busy; id++) enter(table, id);
    for (let id = busy; id < busy + 200_000; id++) table.leave(enter(table, id));
    assert.ok(table.size >= busy + maxIdleClients);
    assert.equal(table.active, busy);
    for (let id = 0; id < busy; id++) {
      enter(table, id);
      enter(table, id);
      assert.equal(table.admit(client(id)), "limit-client");
    }
    assert.equal(table.active, 3 * busy);
    assert.equal(table.highest, 3);
  });

  it("there is room for as many connected clients as were asked for, and then none for new ones", () => {
    const capacity = 100;
    const [table] = clientTables(1, { limits: { maxConnections: 2 }, capacity, maxIdle: 0 });
    assert.ok(table !== undefined);
    const entered = Array.from({ length: capacity }, (_, id) => enter(table, id));
    let more = 0;
    while (typeof table.admit(client(capacity + more)) === "number") more++;
    assert.ok(more < 10);
    // Who is known has its own limit still.
    enter(table, 1);
    assert.equal(table.admit(client(1)), "limit-client");
    table.leave(entered[0] ?? -1);
    enter(table, 1_000_000);
  });

  it("without a bound of connections there is room for a million clients, and no more", () => {
    for (const capacity of [Infinity, 2 ** 40]) {
      const memory = new SharedMemory(2, 0);
      const table = clientTable(memory, { limits: { maxConnections: 1 }, capacity });
      memory.allocate();
      assert.equal(typeof table.admit(a), "number");
      assert.ok((memory.buffer?.byteLength ?? 0) < 60e6);
    }
  });

  it("a client that comes and goes all the time makes it forget nobody", () => {
    const table = tableOf({ rate: { perSecond: 0.001, burst: 1_000_000 } });
    table.leave(enter(table, 1));
    for (let i = 0; i < 2 * maxIdleClients; i++) table.leave(enter(table, 2));
    assert.equal(table.size, 2);
  });

  it("once all have left and the buckets are full nothing is remembered", () => {
    const clock = new FakeClock();
    const table = tableOf({ rate: { perSecond: 1, burst: 5 } }, clock);
    const clients = 1000;
    const entered: number[] = [];
    for (let id = 0; id < clients; id++) for (let n = 0; n <= id % 5; n++) entered.push(enter(table, id));
    for (const one of entered) table.leave(one);
    assert.equal(table.size, clients);
    clock.advance(5000);
    assert.equal(table.size, 0);
    assert.equal(table.active, 0);
    assert.equal(table.highest, 0);
  });

  it("does what a plain list of connections and tokens would, in any order and on any worker", () => {
    const limits = fc.record({
      maxConnections: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
      // Intervals of whole milliseconds: the model counts in whole numbers.
      intervalMs: fc.option(fc.constantFrom(1, 10, 250, 1000), { nil: undefined }),
      burst: fc.integer({ min: 1, max: 5 }),
      workers: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(limits, fc.integer(), ({ maxConnections, intervalMs, burst, workers }, seed) => {
        const random = seededRandom(seed);
        const clock = new FakeClock();
        const rate = intervalMs === undefined ? undefined : { perSecond: 1000 / intervalMs, burst };
        // Room for just those that there are.
        const tables = clientTables(workers, { limits: { maxConnections, rate }, clock, capacity: 6, maxIdle: 0 });
        const model = new ClientModel(maxConnections ?? Infinity, intervalMs, burst);
        /** What was admitted, by whom. */
        const running: { readonly id: number; readonly entered: number; readonly table: ClientTable }[] = [];
        for (let step = 0; step < 300; step++) {
          const table = tables[Math.floor(random.next() * workers)];
          assert.ok(table !== undefined);
          const dice = random.next();
          if (dice < 0.5) {
            const id = Math.floor(random.next() * 6);
            const entered = table.admit(client(id));
            assert.equal(typeof entered === "number" ? "ok" : entered, model.admit(id));
            if (typeof entered === "number") running.push({ id, entered, table });
          } else if (dice < 0.8) {
            const [over] = running.splice(Math.floor(random.next() * running.length), 1);
            if (over === undefined) continue;
            over.table.leave(over.entered);
            model.leave(over.id);
          } else {
            const ms = Math.floor(random.next() ** 4 * 3000);
            clock.advance(ms);
            model.wait(ms);
          }
          assert.equal(table.active, model.active);
          assert.equal(table.highest, model.highest);
          assert.equal(table.size, model.remembered);
        }
        for (const { table, entered } of running) table.leave(entered);
        clock.advance(1000 * burst);
        for (const table of tables) assert.deepEqual([table.active, table.highest, table.size], [0, 0, 0]);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
