/** A worker's place in the pool at the moments in which things go wrong; threads are played by the test. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ToWorker, WorkerInit } from "../../../src/control/workers/messages.ts";
import type { WorkerThreadHandler } from "../../../src/control/workers/thread.ts";
import { WorkerSeat } from "../../../src/control/workers/worker-seat.ts";
import type { Runtime } from "../../../src/core/runtime/runtime.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** Enough turns of the microtask queue for all that waits for nothing else. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

class Seat {
  readonly clock: FakeClock = new FakeClock();
  readonly threads: TestThread[] = [];
  deaths = 0;
  prepare: () => Promise<void> = () => Promise.resolve();
  /** Thrown by the next spawn. */
  spawnError: Error | undefined;
  readonly seat: WorkerSeat = new WorkerSeat(
    {} as WorkerInit,
    {
      runtime: { clock: this.clock } as unknown as Runtime,
      spawn: (_init, handler) => {
        const error = this.spawnError;
        this.spawnError = undefined;
        if (error !== undefined) throw error;
        const thread = new TestThread(handler);
        this.threads.push(thread);
        return thread;
      },
    },
    {
      changes: () => [],
      onNotice() {},
      onDied: () => void this.deaths++,
      onReplaced() {},
      onGone() {},
      prepare: () => this.prepare(),
    },
  );

  get last(): TestThread {
    const last = this.threads.at(-1);
    assert.ok(last);
    return last;
  }

  /** Serves for a minute, then the worker dies. */
  async serveAndDie(): Promise<void> {
    const opened = this.seat.open();
    this.last.handler.onMessage({ type: "made" });
    this.last.handler.onMessage({ type: "opened" });
    await opened;
    this.clock.advance(60_000);
    this.last.handler.onExit();
  }
}

class TestThread {
  readonly handler: WorkerThreadHandler;
  readonly got: string[] = [];
  ended = false;

  constructor(handler: WorkerThreadHandler) {
    this.handler = handler;
  }

  post({ type }: ToWorker): void {
    this.got.push(type);
  }

  terminate(): Promise<void> {
    if (!this.ended) {
      this.ended = true;
      this.handler.onExit();
    }
    return Promise.resolve();
  }
}

describe("a worker's seat", () => {
  it("lets no worker serve that was still starting when the others stopped to accept", async () => {
    const test = new Seat();
    await test.serveAndDie();
    test.clock.advance(1);
    await settle();
    assert.equal(test.threads.length, 2);
    await test.seat.close();
    test.last.handler.onMessage({ type: "made" });
    assert.deepEqual(test.last.got, []);
  });

  it("does not wait for ever for a worker that does not answer", async () => {
    const test = new Seat();
    const opened = test.seat.open();
    test.last.handler.onMessage({ type: "made" });
    test.last.handler.onMessage({ type: "opened" });
    await opened;
    const closing = test.seat.close();
    await settle();
    test.clock.advance(1000);
    await closing;
    const cutting = test.seat.cut();
    // An answer that comes late is none to what was asked since.
    test.last.handler.onMessage({ type: "closed" });
    await settle();
    assert.equal(test.last.ended, false);
    test.last.handler.onMessage({ type: "cut" });
    await cutting;
    assert.equal(test.last.ended, true);
  });

  it("starts no worker after its end was wanted", async () => {
    const test = new Seat();
    const prepared = Promise.withResolvers<void>();
    test.prepare = () => prepared.promise;
    await test.serveAndDie();
    test.clock.advance(1);
    await test.seat.cut();
    prepared.resolve();
    await settle();
    assert.equal(test.threads.length, 1);
  });

  it("replaces a worker although what may be in the way could not be removed", async () => {
    const test = new Seat();
    test.prepare = () => Promise.reject(new Error("EACCES"));
    await test.serveAndDie();
    test.clock.advance(1);
    await settle();
    assert.equal(test.threads.length, 2);
  });

  it("tries again when no thread could be made", async () => {
    const test = new Seat();
    await test.serveAndDie();
    test.spawnError = new Error("ERR_WORKER_INIT_FAILED");
    test.clock.advance(1);
    await settle();
    assert.equal(test.threads.length, 1);
    assert.equal(test.deaths, 2);
    test.clock.advance(500);
    await settle();
    assert.equal(test.threads.length, 2);
  });
});
