/** Threads that leave something open: it is closed before their end is told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WorkerInit } from "../../../src/control/workers/messages.ts";
import { spawnOwned } from "../../../src/control/workers/spawn-owned.ts";
import type { OwnerPlace, Ownership } from "../../../src/core/runtime/ownership.ts";
import { FakeThreads, settled } from "../../support/fake-threads.ts";

const init = { index: 1 } as unknown as WorkerInit;

/** Says what it is asked, and takes its time. */
class SlowOwnership implements Ownership {
  readonly events: string[];
  readonly #waiting: (() => void)[] = [];
  #owners = 0;

  constructor(events: string[]) {
    this.events = events;
  }

  enter(): OwnerPlace {
    return { table: new SharedArrayBuffer(0), owner: ++this.#owners, life: 1 };
  }

  seal({ owner }: OwnerPlace): Promise<void> {
    return this.#slowly(`seal ${owner}`);
  }

  reclaim({ owner }: OwnerPlace): Promise<void> {
    return this.#slowly(`reclaim ${owner}`);
  }

  /** What it was asked for is done. */
  async finish(): Promise<void> {
    for (const done of this.#waiting.splice(0)) done();
    await settled();
  }

  #slowly(event: string): Promise<void> {
    this.events.push(event);
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}

class Stage {
  readonly threads = new FakeThreads();
  readonly events: string[] = [];
  readonly ownership = new SlowOwnership(this.events);
  readonly spawn = spawnOwned(this.threads.spawn, this.ownership);
  readonly handler = {
    onMessage: (message: { readonly type: string }) => void this.events.push(message.type),
    onError: () => void this.events.push("error"),
    onExit: () => void this.events.push("exit"),
  };
}

describe("spawnOwned", () => {
  it("gives each thread a place of its own", () => {
    const { spawn, threads, handler } = new Stage();
    spawn(init, handler);
    spawn(init, handler);
    assert.deepEqual(
      threads.all.map((thread) => [thread.init.index, thread.init.place?.owner]),
      [
        [1, 1],
        [1, 2],
      ],
    );
  });

  it("tells that a thread is gone when what it left is closed", async () => {
    const { spawn, threads, handler, events, ownership } = new Stage();
    spawn(init, handler);
    await settled();
    threads.last.die();
    await settled();
    assert.deepEqual(events, ["made", "error", "reclaim 1"]);
    await ownership.finish();
    assert.deepEqual(events, ["made", "error", "reclaim 1", "exit"]);
  });

  it("ends a thread by force only when that loses nothing", async () => {
    const { spawn, threads, handler, events, ownership } = new Stage();
    const thread = spawn(init, handler);
    await settled();
    let over = false;
    void thread.terminate().then(() => (over = true));
    await settled();
    assert.equal(threads.last.running, true);
    await ownership.finish();
    assert.deepEqual([threads.last.running, over], [false, false]);
    await ownership.finish();
    assert.deepEqual([events, over], [["made", "seal 1", "reclaim 1", "exit"], true]);
  });

  it("takes the place back when there is no thread to be had", () => {
    const events: string[] = [];
    const spawn = spawnOwned(() => {
      throw new Error("no thread");
    }, new SlowOwnership(events));
    assert.throws(() => spawn(init, new Stage().handler), /no thread/);
    assert.deepEqual(events, ["reclaim 1"]);
  });

  it("has nothing to do where the end of a thread closes all", () => {
    const { threads } = new Stage();
    assert.equal(spawnOwned(threads.spawn, undefined), threads.spawn);
  });
});
