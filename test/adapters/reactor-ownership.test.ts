/** Who owns which descriptor, and what becomes of those of a thread that is gone. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EMFILE } from "../../src/adapters/reactor/linux.ts";
import { OwnedLibc } from "../../src/adapters/reactor/libc/owned-libc.ts";
import { OwnerTable } from "../../src/adapters/reactor/owner-table.ts";
import { ThreadOwnership } from "../../src/adapters/reactor/thread-ownership.ts";
import type { OwnerPlace } from "../../src/core/runtime/ownership.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeKernel } from "../support/fake-kernel.ts";
import { settled } from "../support/fake-threads.ts";

const maxDescriptors = 1000;
/** The descriptor of the ownership itself. */
const nothing = 3;

class Stage {
  readonly kernel = new FakeKernel();
  readonly clock = new FakeClock();
  readonly table = OwnerTable.make(maxDescriptors);
  readonly ownership: ThreadOwnership;

  constructor() {
    this.kernel.numbers.push(nothing);
    this.ownership = new ThreadOwnership(this.kernel.libc, this.table, this.clock);
    this.kernel.takeCalls();
  }

  /** A thread that has begun. */
  begin(threadId: number, place: OwnerPlace = this.ownership.enter()): { place: OwnerPlace; libc: OwnedLibc } {
    // As another thread has it: through the memory alone.
    const table = new OwnerTable(place.table);
    this.kernel.threads.add(threadId);
    return { place, libc: new OwnedLibc(this.kernel.libc, table.begin(place, threadId)) };
  }

  socket(libc: OwnedLibc, fd: number): number {
    this.kernel.numbers.push(fd);
    return libc.socket(2, 1, 0);
  }

  /** Whether it is done, now. */
  async isOver(promise: Promise<void>): Promise<boolean> {
    let over = false;
    void promise.then(() => (over = true));
    await settled();
    return over;
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settled();
  }
}

describe("OwnedLibc", () => {
  it("writes down what opens and closes, listeners and epolls first", () => {
    const stage = new Stage();
    const { kernel, table } = stage;
    const { place, libc } = stage.begin(7);
    const block = libc.allocate(16);
    kernel.numbers.push(10, 11, 12, 13, 14, 15, 16);
    assert.equal(libc.socket(2, 1, 0), 10);
    assert.equal(libc.accept(10, block, block, 0), 11);
    assert.equal(libc.epollCreate(0), 12);
    assert.equal(libc.pipe(block, 0), 0);
    assert.equal(libc.open(block, 0), 15);
    assert.equal(libc.socket(2, 1, 0), 16);
    assert.deepEqual(table.descriptorsOf(place.owner), [12, 10, 11, 13, 14, 15, 16]);
    libc.listen(16, 511);
    libc.close(11);
    assert.deepEqual(table.descriptorsOf(place.owner), [12, 16, 10, 13, 14, 15]);
    assert.equal(table.isBusy(place.owner), false);
  });

  it("has no descriptors above the table", () => {
    const stage = new Stage();
    const { kernel, table } = stage;
    const { place, libc } = stage.begin(7);
    const block = libc.allocate(8);
    kernel.numbers.push(maxDescriptors, 50, maxDescriptors + 1);
    assert.equal(libc.socket(2, 1, 0), EMFILE);
    assert.equal(libc.pipe(block, 0), EMFILE);
    assert.deepEqual(kernel.takeCalls(), [
      `socket ${maxDescriptors}`,
      `close ${maxDescriptors}`,
      `pipe 50 ${maxDescriptors + 1}`,
      "close 50",
      `close ${maxDescriptors + 1}`,
    ]);
    assert.deepEqual(table.descriptorsOf(place.owner), []);
  });
});

describe("ThreadOwnership", () => {
  it("closes what a thread that is gone has left, with RST, and touches nothing of others", async () => {
    const stage = new Stage();
    const dead = stage.begin(7);
    const other = stage.begin(8);
    stage.socket(dead.libc, 10);
    stage.socket(other.libc, 11);
    stage.socket(dead.libc, 12);
    dead.libc.listen(12, 511);
    stage.kernel.threads.delete(7);
    stage.kernel.takeCalls();
    assert.equal(await stage.isOver(stage.ownership.reclaim(dead.place)), true);
    assert.deepEqual(stage.kernel.takeCalls(), ["linger 12", "close 12", "linger 10", "close 10"]);
    assert.deepEqual(stage.table.descriptorsOf(dead.place.owner), []);
    assert.deepEqual(stage.table.descriptorsOf(other.place.owner), [11]);
    assert.equal(stage.clock.pending, 0);
  });

  it("lets no number go while the thread still runs", async () => {
    const stage = new Stage();
    const { place, libc } = stage.begin(7);
    stage.socket(libc, 10);
    stage.socket(libc, 11);
    stage.kernel.takeCalls();
    const reclaimed = stage.ownership.reclaim(place);
    assert.equal(await stage.isOver(reclaimed), false);
    assert.deepEqual(stage.kernel.takeCalls(), ["linger 10", "silence 10", "linger 11", "silence 11"]);
    // Whatever it does, it opens and closes nothing any more.
    assert.equal(stage.socket(libc, 12), EMFILE);
    assert.equal(libc.close(10), 0);
    assert.deepEqual(stage.kernel.takeCalls(), []);
    stage.kernel.threads.delete(7);
    await stage.pass(5);
    assert.deepEqual(stage.kernel.takeCalls(), ["linger 10", "close 10", "linger 11", "close 11"]);
    assert.equal(await stage.isOver(reclaimed), true);
  });

  it("does not wait for one that runs on for good, but closes when that is gone too", async () => {
    const stage = new Stage();
    const { place, libc } = stage.begin(7);
    stage.socket(libc, 10);
    const reclaimed = stage.ownership.reclaim(place);
    await settled();
    for (let waits = 0; waits < 20; waits++) await stage.pass(50);
    assert.equal(await stage.isOver(reclaimed), true);
    assert.deepEqual(stage.kernel.takeCalls(), ["socket 10", "linger 10", "silence 10"]);
    assert.notEqual(stage.ownership.enter().owner, place.owner, "its number is not for others");
    stage.kernel.threads.delete(7);
    for (let waits = 0; waits < 20; waits++) await stage.pass(50);
    assert.deepEqual(stage.kernel.takeCalls(), ["linger 10", "close 10"]);
    assert.equal(stage.ownership.enter().owner, place.owner);
  });

  it("waits for a thread that is just opening something", async () => {
    const stage = new Stage();
    const { place, libc } = stage.begin(7);
    let sealed: Promise<void> = Promise.resolve();
    // Sealed in the middle of the call, as by another thread.
    stage.kernel.onOpen = () => {
      sealed = stage.ownership.seal(place);
    };
    assert.equal(stage.socket(libc, 10), 10);
    assert.equal(await stage.isOver(sealed), false);
    await stage.pass(1);
    assert.equal(await stage.isOver(sealed), true);
    assert.deepEqual(stage.table.descriptorsOf(place.owner), [10]);
  });

  it("lets a thread not begin that is said to be gone, however late it comes and whoever has its number now", async () => {
    const stage = new Stage();
    const place = stage.ownership.enter();
    assert.equal(await stage.isOver(stage.ownership.reclaim(place)), true);
    assert.throws(() => stage.begin(7, place), /to end/);
    const next = stage.ownership.enter();
    assert.equal(next.owner, place.owner);
    assert.throws(() => stage.begin(7, place), /to end/);
    assert.doesNotThrow(() => stage.begin(8, next));
  });

  it("closes many a few at a time", async () => {
    const stage = new Stage();
    const { place, libc } = stage.begin(7);
    for (let fd = 10; fd < 510; fd++) stage.socket(libc, fd);
    stage.kernel.threads.delete(7);
    stage.kernel.takeCalls();
    const reclaimed = stage.ownership.reclaim(place);
    assert.equal(await stage.isOver(reclaimed), false);
    const closed = [stage.kernel.takeCalls().length / 2];
    while (!(await stage.isOver(reclaimed))) {
      await stage.pass(0);
      closed.push(stage.kernel.takeCalls().length / 2);
    }
    assert.deepEqual(closed, [200, 200, 100]);
  });
});
