import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ClientTable } from "../../../src/core/limits/client-table.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";

const { maxIdleClients } = ClientTable;

describe("ClientTable", () => {
  it("lets one client have so many, and others theirs", () => {
    const table = new ClientTable({ maxConnections: 2 }, new FakeClock());
    assert.deepEqual([table.admit("a"), table.admit("a"), table.admit("a")], ["ok", "ok", "limit-client"]);
    assert.equal(table.admit("b"), "ok");
    table.leave("a");
    assert.deepEqual([table.admit("a"), table.admit("a")], ["ok", "limit-client"]);
    assert.equal(table.active, 3);
    assert.equal(table.highest, 2);
  });

  it("without a rate it remembers nobody who has left", () => {
    const table = new ClientTable({ maxConnections: 2 }, new FakeClock());
    for (let i = 0; i < 100; i++) table.admit(`client ${i}`);
    assert.equal(table.size, 100);
    for (let i = 0; i < 100; i++) table.leave(`client ${i}`);
    assert.equal(table.size, 0);
  });

  it("a limit of nothing lets nobody in, and remembers nobody", () => {
    const table = new ClientTable({ maxConnections: 0, rate: { perSecond: 1, burst: 1 } }, new FakeClock());
    assert.equal(table.admit("a"), "limit-client");
    assert.equal(table.size, 0);
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
      const table = new ClientTable({ rate: { perSecond, burst } }, clock);
      const intervalMs = 1000 / perSecond;
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < burst; i++) assert.equal(table.admit("a"), "ok", `${i} of the burst`);
        assert.equal(table.admit("a"), "limit-rate");
        for (let i = 0; i < 20; i++) {
          clock.advance(intervalMs * 0.9);
          assert.equal(table.admit("a"), "limit-rate", "too early");
          clock.advance(intervalMs * 0.1);
          assert.equal(table.admit("a"), "ok");
        }
        // Longer than it takes to fill: no more than the burst comes of it.
        clock.advance(intervalMs * burst * 3);
      }
    });
  }

  it("a refused connection costs no token and counts as none", () => {
    const clock = new FakeClock();
    const table = new ClientTable({ maxConnections: 1, rate: { perSecond: 1, burst: 2 } }, clock);
    assert.equal(table.admit("a"), "ok");
    for (let i = 0; i < 100; i++) assert.equal(table.admit("a"), "limit-client");
    table.leave("a");
    assert.equal(table.admit("a"), "ok", "the second token is still there");
    table.leave("a");
    for (let i = 0; i < 100; i++) assert.equal(table.admit("a"), "limit-rate");
    assert.equal(table.active, 0);
    clock.advance(1000);
    assert.equal(table.admit("a"), "ok", "refusals did not put it off");
  });

  it("time spent connected fills the bucket too", () => {
    const clock = new FakeClock();
    const table = new ClientTable({ rate: { perSecond: 1, burst: 1 } }, clock);
    table.admit("a");
    clock.advance(1000);
    table.leave("a");
    assert.equal(table.size, 0, "nothing left to know");
    assert.equal(table.admit("a"), "ok");
  });

  it("shows one that left twice, and gives nobody room for it", () => {
    const table = new ClientTable({ maxConnections: 1, rate: { perSecond: 1, burst: 9 } }, new FakeClock());
    table.admit("a");
    table.leave("a");
    table.leave("a");
    table.leave("stranger");
    assert.equal(table.active, -2);
    assert.deepEqual([table.admit("a"), table.admit("a")], ["ok", "limit-client"]);
  });

  it("a million clients, each with one short connection, stay bounded", () => {
    const table = new ClientTable({ maxConnections: 1, rate: { perSecond: 0.001, burst: 1 } }, new FakeClock());
    const clients = 1_000_000;
    let largest = 0;
    for (let i = 0; i < clients; i++) {
      table.admit(`${i}`);
      table.leave(`${i}`);
      largest = Math.max(largest, table.size);
    }
    assert.equal(largest, maxIdleClients);
    // Who came last is remembered, the one before them is not.
    assert.equal(table.admit(`${clients - maxIdleClients}`), "limit-rate");
    assert.equal(table.admit(`${clients - maxIdleClients - 1}`), "ok");
  });

  it("a flood of clients makes it forget no running connection", () => {
    const table = new ClientTable({ maxConnections: 3, rate: { perSecond: 0.001, burst: 9 } }, new FakeClock());
    const busy = 80_000;
    for (let i = 0; i < busy; i++) table.admit(`busy ${i}`);
    for (let i = 0; i < 200_000; i++) {
      table.admit(`${i}`);
      table.leave(`${i}`);
    }
    assert.equal(table.size, busy + maxIdleClients);
    assert.equal(table.active, busy);
    for (let i = 0; i < busy; i++) {
      const key = `busy ${i}`;
      assert.deepEqual([table.admit(key), table.admit(key), table.admit(key)], ["ok", "ok", "limit-client"]);
    }
    assert.equal(table.active, 3 * busy);
    assert.equal(table.highest, 3);
  });

  it("forgets the one without connections for longest, not the one that came first", () => {
    const table = new ClientTable({ rate: { perSecond: 0.001, burst: 1 } }, new FakeClock());
    table.admit("first");
    table.admit("second");
    table.leave("second");
    table.leave("first");
    for (let i = 0; i < maxIdleClients - 1; i++) {
      table.admit(`${i}`);
      table.leave(`${i}`);
    }
    assert.equal(table.admit("first"), "limit-rate");
    assert.equal(table.admit("second"), "ok");
  });

  it("a client that comes and goes all the time makes it forget nobody", () => {
    const table = new ClientTable({ rate: { perSecond: 0.001, burst: 1_000_000 } }, new FakeClock());
    table.admit("quiet");
    table.leave("quiet");
    for (let i = 0; i < 2 * maxIdleClients; i++) {
      table.admit("lively");
      table.leave("lively");
    }
    assert.equal(table.size, 2);
  });

  it("once all have left and the buckets are full, a few others' accepts clear it", () => {
    const clock = new FakeClock();
    const table = new ClientTable({ rate: { perSecond: 1, burst: 5 } }, clock);
    const clients = 1000;
    for (let i = 0; i < clients; i++) for (let n = 0; n <= i % 5; n++) table.admit(`${i}`);
    for (let i = 0; i < clients; i++) for (let n = 0; n <= i % 5; n++) table.leave(`${i}`);
    assert.equal(table.size, clients);
    clock.advance(5000);
    for (let i = 0; i < clients / 2; i++) {
      if (table.admit("other") === "ok") table.leave("other");
    }
    // All but the other one.
    assert.equal(table.size, 1);
    assert.equal(table.active, 0);
    assert.equal(table.highest, 0);
  });

  it("does what a plain list of connections and tokens would, in any order", () => {
    const limits = fc.record({
      maxConnections: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
      // Intervals of whole milliseconds: the model counts in whole numbers.
      intervalMs: fc.option(fc.constantFrom(1, 10, 250, 1000), { nil: undefined }),
      burst: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(limits, fc.integer(), ({ maxConnections, intervalMs, burst }, seed) => {
        const random = seededRandom(seed);
        const clock = new FakeClock();
        const rate = intervalMs === undefined ? undefined : { perSecond: 1000 / intervalMs, burst };
        const table = new ClientTable({ maxConnections, rate }, clock);
        const model = new Model(maxConnections ?? Infinity, intervalMs, burst);
        for (let step = 0; step < 300; step++) {
          const key = `client ${Math.floor(random.next() * 6)}`;
          const dice = random.next();
          if (dice < 0.5) {
            assert.equal(table.admit(key), model.admit(key));
          } else if (dice < 0.8) {
            if (model.leave(key)) table.leave(key);
          } else {
            const ms = Math.floor(random.next() ** 4 * 3000);
            clock.advance(ms);
            model.wait(ms);
          }
          assert.equal(table.active, model.active);
          assert.equal(table.highest, model.highest);
          assert.ok(table.size >= model.busy && table.size <= 6);
        }
        model.leaveAll((key) => table.leave(key));
        clock.advance(1000 * burst);
        for (let i = 0; i < 6; i++) table.admit("last");
        assert.ok(table.size <= 1, "nobody else is left");
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

/** Tokens in milliseconds of waiting: a connection costs an interval. */
class Model {
  readonly #clients = new Map<string, { active: number; tokensMs: number }>();
  readonly #maxConnections: number;
  readonly #intervalMs: number | undefined;
  readonly #burst: number;

  constructor(maxConnections: number, intervalMs: number | undefined, burst: number) {
    this.#maxConnections = maxConnections;
    this.#intervalMs = intervalMs;
    this.#burst = burst;
  }

  get active(): number {
    return this.#counts.reduce((sum, one) => sum + one, 0);
  }

  get highest(): number {
    return Math.max(0, ...this.#counts);
  }

  get busy(): number {
    return this.#counts.filter((one) => one > 0).length;
  }

  admit(key: string): "ok" | "limit-client" | "limit-rate" {
    const costMs = this.#intervalMs ?? 0;
    const client = this.#clients.get(key) ?? { active: 0, tokensMs: this.#burst * costMs };
    this.#clients.set(key, client);
    if (client.active >= this.#maxConnections) return "limit-client";
    if (client.tokensMs < costMs) return "limit-rate";
    client.tokensMs -= costMs;
    client.active++;
    return "ok";
  }

  /** Whether there was a connection to leave. */
  leave(key: string): boolean {
    const client = this.#clients.get(key);
    if (client === undefined || client.active === 0) return false;
    client.active--;
    return true;
  }

  leaveAll(leave: (key: string) => void): void {
    for (const key of this.#clients.keys()) while (this.leave(key)) leave(key);
  }

  wait(ms: number): void {
    const fullMs = this.#burst * (this.#intervalMs ?? 0);
    for (const client of this.#clients.values()) client.tokensMs = Math.min(fullMs, client.tokensMs + ms);
  }

  get #counts(): readonly number[] {
    return [...this.#clients.values()].map(({ active }) => active);
  }
}
