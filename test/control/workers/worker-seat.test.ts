/** A worker's place: one thread after another, whenever one dies. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ToWorker, WorkerInit, WorkerNotice } from "../../../src/control/workers/messages.ts";
import { WorkerSeat } from "../../../src/control/workers/worker-seat.ts";
import type { Runtime } from "../../../src/core/runtime/runtime.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeThreads, settled } from "../../support/fake-threads.ts";

const openFailed = {
  type: "open-failed",
  address: { kind: "tcp", host: "127.0.0.1", port: 80 },
  code: "EADDRINUSE",
  message: "in use",
} as const;

class TestSeat {
  readonly clock = new FakeClock();
  readonly threads = new FakeThreads();
  readonly notices: WorkerNotice[] = [];
  readonly deaths: unknown[] = [];
  gone = 0;
  replaced = 0;
  changes: ToWorker[] = [];
  prepare: () => Promise<void> = () => Promise.resolve();
  readonly seat: WorkerSeat;

  constructor() {
    const runtime = { clock: this.clock } as unknown as Runtime;
    this.seat = new WorkerSeat(
      { index: 1 } as unknown as WorkerInit,
      { runtime, spawn: this.threads.spawn },
      {
        changes: () => this.changes,
        onNotice: (notice) => this.notices.push(notice),
        onGone: () => this.gone++,
        onDied: (error) => this.deaths.push(error),
        onReplaced: () => this.replaced++,
        prepare: () => this.prepare(),
      },
    );
  }

  /** Time goes by, and all that follows from it happens. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settled();
  }

  get messages(): string[] {
    return this.deaths.map((error) => (error instanceof Error ? error.message : String(error)));
  }
}

async function openSeat(): Promise<TestSeat> {
  const test = new TestSeat();
  await test.seat.open();
  return test;
}

describe("WorkerSeat", () => {
  it("tells the worker what has changed and the time, when it is there and not before", async () => {
    const test = new TestSeat();
    test.threads.arrive = false;
    test.changes = [{ type: "remove-endpoint", endpoint: { upstream: "u", name: "e" } }];
    const opened = test.seat.open();
    test.seat.post({ type: "remove-endpoint", endpoint: { upstream: "u", name: "e" } });
    assert.deepEqual(test.threads.last.told, []);
    test.threads.last.say({ type: "made" });
    assert.deepEqual(test.threads.last.told, [...test.changes, { type: "open", nowMs: test.clock.now() }]);
    await opened;
    test.seat.post({ type: "log-taken" });
    assert.equal(test.threads.last.orders.at(-1), "log-taken");
  });

  it("rejects with the worker's ListenError, or with what it died of", async () => {
    const failed = new TestSeat();
    failed.threads.answers = { open: openFailed };
    await assert.rejects(failed.seat.open(), { name: "ListenError", code: "EADDRINUSE" });
    const dead = new TestSeat();
    dead.threads.arrive = false;
    const opened = dead.seat.open();
    dead.threads.last.die(new Error("no module"));
    await assert.rejects(opened, /no module/);
    assert.equal(dead.clock.pending, 0, "nobody takes the place of one that never served");
  });

  it("replaces at once one that has lived, and after half a second one that died young, again and again", async () => {
    const test = await openSeat();
    test.clock.advance(1000);
    test.threads.last.die(new Error("first"));
    assert.deepEqual([test.messages, test.threads.running.length], [["first"], 0]);
    await test.pass(0);
    assert.deepEqual([test.threads.all.length, test.replaced, test.seat.restarts], [2, 1, 1]);
    for (const died of [2, 3, 4]) {
      await test.pass(999);
      test.threads.last.die(new Error("young"));
      await test.pass(499);
      assert.equal(test.threads.all.length, died);
      await test.pass(1);
      assert.deepEqual([test.threads.all.length, test.seat.restarts], [died + 1, died]);
    }
    assert.deepEqual(test.messages, ["first", "young", "young", "young"]);
    assert.equal(test.gone, 4);
  });

  it("tries again when the one that comes dies while it starts, or cannot bind", async () => {
    const test = await openSeat();
    test.threads.arrive = false;
    test.clock.advance(5000);
    test.threads.last.die(new Error("first"));
    await test.pass(0);
    test.threads.last.die(new Error("at its start"));
    test.threads.answers = { open: openFailed };
    test.threads.arrive = true;
    await test.pass(500);
    assert.deepEqual(test.messages, ["first", "at its start", "in use"]);
    test.threads.answers = { open: { type: "opened" } };
    await test.pass(500);
    assert.deepEqual([test.replaced, test.seat.restarts, test.threads.running.length], [1, 1, 1]);
  });

  it("a death without an error is not told with the error of the one before", async () => {
    const test = await openSeat();
    test.clock.advance(5000);
    test.threads.last.die(new Error("first"));
    await test.pass(0);
    await test.threads.last.terminate();
    assert.deepEqual(test.deaths, [new Error("first"), undefined]);
  });

  it("starts another one even when it could not make room for it", async () => {
    const test = await openSeat();
    test.prepare = () => Promise.reject(new Error("no right to remove it"));
    test.clock.advance(5000);
    test.threads.last.die();
    await test.pass(0);
    assert.deepEqual([test.threads.running.length, test.replaced], [1, 1]);
  });

  it("tells what the worker tells by itself", async () => {
    const test = await openSeat();
    const notice: WorkerNotice = { type: "accept-error", listener: "l", code: "EMFILE" };
    test.threads.last.say(notice);
    assert.deepEqual(test.notices, [notice]);
  });
});

describe("WorkerSeat: its end", () => {
  it("closes, then cuts, and nothing is left", async () => {
    const test = await openSeat();
    await test.seat.close();
    assert.equal(test.threads.running.length, 1);
    await test.seat.cut();
    assert.deepEqual(test.threads.last.orders, ["open", "close", "cut"]);
    await test.pass(60_000);
    assert.deepEqual([test.threads.all.length, test.threads.running.length, test.clock.pending], [1, 0, 0]);
    assert.deepEqual([test.deaths, test.gone], [[], 1], "its end was wanted");
    await test.seat.cut();
    await test.seat.close();
  });

  it("ends a worker that does not answer `cut` after a second", async () => {
    const test = new TestSeat();
    test.threads.answers = { open: { type: "opened" } };
    await test.seat.open();
    const cut = test.seat.cut();
    await test.pass(999);
    assert.equal(test.threads.running.length, 1);
    await test.pass(1);
    await cut;
    assert.deepEqual([test.threads.running.length, test.clock.pending], [0, 0]);
  });

  it("a worker that does not answer `close` holds a drain up for a second, not for ever", async () => {
    const test = new TestSeat();
    test.threads.answers = { open: { type: "opened" } };
    await test.seat.open();
    let closed = false;
    const close = test.seat.close().then(() => (closed = true));
    await test.pass(999);
    assert.equal(closed, false);
    await test.pass(1);
    await close;
    assert.equal(test.threads.running.length, 1, "its connections go on");
  });

  it("cut while it closes, or twice at once: all of them are over", async () => {
    const test = new TestSeat();
    test.threads.answers = { open: { type: "opened" } };
    await test.seat.open();
    const over = Promise.all([test.seat.close(), test.seat.cut(), test.seat.cut()]);
    test.threads.last.say({ type: "closed" });
    await settled();
    assert.equal(test.threads.running.length, 1, "an answer to `close` is none to `cut`");
    test.threads.last.say({ type: "cut" });
    await over;
    assert.deepEqual([test.threads.running.length, test.clock.pending], [0, 0]);
  });

  for (const how of ["close", "cut"] as const) {
    it(`${how} while the first one opens: nobody takes its place when it is over`, async () => {
      const test = new TestSeat();
      test.threads.answers = {};
      const opened = test.seat.open();
      await settled();
      const done = test.seat[how]();
      test.threads.last.say({ type: "opened" });
      await opened;
      test.threads.last.say({ type: how === "close" ? "closed" : "cut" });
      await done;
      await test.threads.last.terminate();
      await test.pass(60_000);
      assert.deepEqual([test.threads.all.length, test.clock.pending], [1, 0]);
    });

    it(`${how} while the worker is dead: nobody takes its place`, async () => {
      const test = await openSeat();
      test.threads.last.die();
      await test.seat[how]();
      await test.pass(60_000);
      assert.deepEqual([test.threads.all.length, test.clock.pending], [1, 0]);
    });

    it(`${how} while room is made for the next one: it does not come`, async () => {
      const test = await openSeat();
      const { promise, resolve } = Promise.withResolvers<void>();
      test.prepare = () => promise;
      test.clock.advance(5000);
      test.threads.last.die();
      await test.pass(0);
      await test.seat[how]();
      resolve();
      await test.pass(60_000);
      assert.deepEqual([test.threads.all.length, test.clock.pending], [1, 0]);
    });

    it(`${how} while the next one starts: it is ended before it accepts anybody`, async () => {
      const test = await openSeat();
      test.threads.arrive = false;
      test.clock.advance(5000);
      test.threads.last.die(new Error("first"));
      await test.pass(0);
      const over = test.seat[how]();
      test.threads.last.say({ type: "made" });
      await over;
      await test.pass(60_000);
      assert.deepEqual(test.threads.last.orders, []);
      assert.deepEqual([test.threads.all.length, test.threads.running.length, test.clock.pending], [2, 0, 0]);
      assert.deepEqual(test.messages, ["first"]);
    });

    it(`${how} while the next one opens: it does so when it has`, async () => {
      const test = await openSeat();
      test.threads.answers = {};
      test.clock.advance(5000);
      test.threads.last.die();
      await test.pass(0);
      let over = false;
      const done = test.seat[how]().then(() => (over = true));
      test.threads.last.say({ type: "opened" });
      await settled();
      assert.equal(over, false, "`opened` is no answer to it");
      test.threads.last.say({ type: how === "close" ? "closed" : "cut" });
      await done;
      const cut = test.seat.cut();
      await test.pass(60_000);
      await cut;
      assert.deepEqual([test.threads.running.length, test.clock.pending], [0, 0]);
    });
  }

  it("a worker that dies in a drain is told of, what waits for it goes on, and nobody takes its place", async () => {
    const test = new TestSeat();
    test.threads.answers = { open: { type: "opened" } };
    await test.seat.open();
    const close = test.seat.close();
    test.threads.last.die(new Error("in the drain"));
    await close;
    await test.pass(60_000);
    assert.deepEqual([test.messages, test.threads.all.length, test.clock.pending], [["in the drain"], 1, 0]);
  });
});
