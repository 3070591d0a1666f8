/** Overload with several workers: what the process lacks holds for all, and a loop that lags for its own worker. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type OverloadCause, OverloadMonitor } from "../../../src/core/limits/overload-monitor.ts";
import type { Resources } from "../../../src/core/runtime/runtime.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type InThreads, inThreads } from "../../support/memory.ts";

interface Thread {
  readonly clock: FakeClock;
  readonly monitor: OverloadMonitor;
  /** What it told. */
  readonly told: (OverloadCause | undefined)[];
  /** How often it asked the system. */
  asked: number;
}

class Process {
  readonly threads: InThreads<Thread>;
  openDescriptors = 20;

  constructor() {
    const settings = { descriptorShare: 0.9, memoryShare: 0.9, loopLagMs: 200 };
    this.threads = inThreads(2, (memory) => {
      const clock = new FakeClock();
      const told: (OverloadCause | undefined)[] = [];
      const resources = (): Resources => {
        thread.asked++;
        const { openDescriptors } = this;
        return { openDescriptors, maxDescriptors: 1000, memoryBytes: 100, maxMemoryBytes: 1000 };
      };
      const scope = memory.worker < 0 ? "resources" : "loop";
      const context = { runtime: { clock, resources }, memory, scope } as const;
      const monitor = new OverloadMonitor(settings, context, (cause) => told.push(cause));
      const thread: Thread = { clock, monitor, told, asked: 0 };
      return thread;
    });
    for (const { monitor } of this.all) monitor.start();
  }

  get all(): Thread[] {
    return [...this.threads.workers, this.threads.main];
  }

  /** Of the workers, then of the main thread. */
  get causes(): (OverloadCause | undefined)[] {
    return this.all.map(({ monitor }) => monitor.cause);
  }

  /** All loops turn, but for those that stand still for as long. */
  pass(ms: number, stalled: readonly Thread[] = []): void {
    for (let passed = 0; passed < ms; passed += 1000) {
      for (const { clock } of this.all.filter((one) => !stalled.includes(one))) clock.advance(1000);
      for (const { clock } of stalled) {
        clock.stall(500);
        clock.advance(0);
        clock.stall(500);
        clock.advance(0);
      }
    }
  }

  worker(index: number): Thread {
    const worker = this.threads.workers[index];
    if (worker === undefined) throw new Error("There are two");
    return worker;
  }
}

describe("OverloadMonitor in several threads", () => {
  it("what the process lacks is measured by the main thread alone, and holds for all", () => {
    const process = new Process();
    process.pass(3000);
    assert.deepEqual(process.causes, [undefined, undefined, undefined]);
    process.openDescriptors = 950;
    process.pass(2000);
    assert.deepEqual(process.causes, ["descriptors", "descriptors", "descriptors"]);
    process.openDescriptors = 100;
    process.pass(3000);
    assert.deepEqual(process.causes, [undefined, undefined, undefined]);
    assert.deepEqual(process.threads.main.told, ["descriptors", undefined]);
    assert.deepEqual(
      process.threads.workers.map(({ asked, told }) => [asked, told.length]),
      [
        [0, 0],
        [0, 0],
      ],
    );
    assert.ok(process.threads.main.asked > 0);
  });

  it("a worker whose loop lags sheds alone; the main thread tells, and shows the worst lag", () => {
    const process = new Process();
    const slow = process.worker(1);
    process.pass(3000, [slow]);
    assert.deepEqual(process.causes, [undefined, "loop-lag", "loop-lag"]);
    assert.equal(process.threads.main.monitor.readings.loopLagMs, 400);
    assert.deepEqual([process.threads.main.told, slow.told], [["loop-lag"], []]);
    process.pass(3000);
    assert.deepEqual(process.causes, [undefined, undefined, undefined]);
    assert.deepEqual(process.threads.main.told, ["loop-lag", undefined]);
  });

  it("the main thread's own lag keeps nobody out: it carries no client", () => {
    const process = new Process();
    process.pass(3000, [process.threads.main]);
    assert.deepEqual(process.causes, [undefined, undefined, undefined]);
  });

  it("what the process lacks is told before what one worker does", () => {
    const process = new Process();
    process.openDescriptors = 950;
    process.pass(3000, [process.worker(0)]);
    assert.deepEqual(process.causes, ["descriptors", "descriptors", "descriptors"]);
  });

  it("a worker that died or stopped lags no more; the main thread's stop ends what it found", () => {
    const process = new Process();
    process.pass(3000, [...process.threads.workers]);
    assert.deepEqual(process.causes, ["loop-lag", "loop-lag", "loop-lag"]);
    process.threads.main.monitor.reclaim(0);
    process.worker(1).monitor.stop();
    assert.equal(process.threads.main.monitor.cause, undefined);
    assert.equal(process.threads.main.monitor.readings.loopLagMs, 0);
    process.openDescriptors = 950;
    process.threads.main.clock.advance(2000);
    process.threads.main.monitor.stop();
    assert.equal(process.threads.main.monitor.cause, undefined);
    process.worker(0).monitor.stop();
    assert.deepEqual(
      process.all.map(({ clock }) => clock.pending),
      [0, 0, 0],
    );
  });
});
