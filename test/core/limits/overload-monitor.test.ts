import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type OverloadCause,
  type OverloadContext,
  OverloadMonitor,
} from "../../../src/core/limits/overload-monitor.ts";
import type { Resources } from "../../../src/core/runtime/runtime.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { withMemory } from "../../support/memory.ts";

const settings = { descriptorShare: 0.9, memoryShare: 0.9, loopLagMs: 200 };

/** For a thread that is alone. */
function monitorOf(
  how: typeof settings,
  runtime: OverloadContext["runtime"],
  onChange: (cause: OverloadCause | undefined) => void,
): OverloadMonitor {
  return withMemory((memory) => new OverloadMonitor(how, { runtime, memory, scope: "all" }, onChange));
}

class Process {
  readonly clock = new FakeClock();
  readonly changes: (OverloadCause | undefined)[] = [];
  readonly monitor: OverloadMonitor;
  openDescriptors = 20;
  memoryBytes = 100;
  limits: Pick<Resources, "maxDescriptors" | "maxMemoryBytes"> = { maxDescriptors: 1000, maxMemoryBytes: 1000 };
  asked = 0;

  constructor(how = settings) {
    const resources = (): Resources => {
      this.asked++;
      return { openDescriptors: this.openDescriptors, memoryBytes: this.memoryBytes, ...this.limits };
    };
    this.monitor = monitorOf(how, { clock: this.clock, resources }, (cause) => this.changes.push(cause));
    this.monitor.start();
  }

  /** Turns of the loop that take `ms` each, so that every timer is late. */
  slowTurns(turns: number, ms: number): void {
    for (let i = 0; i < turns; i++) {
      this.clock.stall(ms);
      this.clock.advance(0);
    }
  }

  /** For each second, the cause at its end. */
  seconds(count: number): (OverloadCause | undefined)[] {
    return Array.from({ length: count }, () => {
      this.clock.advance(1000);
      return this.monitor.cause;
    });
  }
}

describe("OverloadMonitor", () => {
  it("sheds nothing while all is well, and asks the system each second or so", () => {
    const process = new Process();
    process.clock.advance(60_000);
    assert.deepEqual(process.changes, []);
    assert.ok(process.asked >= 50 && process.asked <= 61, `asked ${process.asked} times`);
    assert.deepEqual(process.monitor.readings, { descriptorShare: 0.02, memoryShare: 0.1, loopLagMs: 0 });
  });

  it("without limits there are no shares and nothing is shed", () => {
    const process = new Process();
    process.limits = { maxDescriptors: Infinity, maxMemoryBytes: Infinity };
    process.openDescriptors = 1e6;
    process.memoryBytes = Infinity;
    process.clock.advance(10_000);
    assert.deepEqual(process.monitor.readings, { descriptorShare: 0, memoryShare: 0, loopLagMs: 0 });
    assert.deepEqual(process.changes, []);
  });

  it("timers that fire a little early are no lag below zero", () => {
    const clock = new FakeClock();
    const hasty = {
      now: () => clock.now(),
      wallTime: () => 0,
      after: (ms: number, run: () => void) => clock.after(ms - 0.5, run),
    };
    const resources = (): Resources => ({ openDescriptors: 1, maxDescriptors: 9, memoryBytes: 1, maxMemoryBytes: 9 });
    const monitor = monitorOf(settings, { clock: hasty, resources }, () => {});
    monitor.start();
    clock.advance(1000);
    assert.equal(monitor.readings.loopLagMs, 0);
    monitor.stop();
  });

  it("stop leaves no timer and no cause, also when it is called for a change", () => {
    const process = new Process();
    process.monitor.start();
    assert.equal(process.clock.pending, 1, "started once");
    process.openDescriptors = 950;
    process.clock.advance(2000);
    assert.equal(process.monitor.cause, "descriptors");
    process.monitor.stop();
    assert.equal(process.monitor.cause, undefined);
    assert.equal(process.clock.pending, 0);

    const clock = new FakeClock();
    const resources = (): Resources => ({ openDescriptors: 9, maxDescriptors: 9, memoryBytes: 0, maxMemoryBytes: 9 });
    const monitor: OverloadMonitor = monitorOf(settings, { clock, resources }, () => monitor.stop());
    monitor.start();
    clock.advance(1000);
    assert.equal(clock.pending, 0);
  });

  describe("descriptors", () => {
    it("from the threshold until below 95 % of it for a second", () => {
      const process = new Process();
      process.openDescriptors = 899;
      process.clock.advance(3000);
      assert.deepEqual(process.changes, []);
      process.openDescriptors = 900;
      process.clock.advance(1100);
      assert.deepEqual(process.changes, ["descriptors"]);
      process.openDescriptors = 856;
      process.clock.advance(60_000);
      assert.deepEqual(process.changes, ["descriptors"], "between the two it does not flap");
      process.openDescriptors = 854;
      process.clock.advance(1000);
      assert.deepEqual(process.changes, ["descriptors"]);
      process.clock.advance(1200);
      assert.deepEqual(process.changes, ["descriptors", undefined]);
    });
  });

  describe("loop lag", () => {
    it("sheds when the loop is late twice in a row, until it is well for a second", () => {
      const process = new Process();
      process.clock.advance(1000);
      process.slowTurns(1, 400);
      assert.deepEqual(process.changes, []);
      process.slowTurns(1, 350);
      assert.deepEqual(process.changes, ["loop-lag"]);
      assert.equal(process.monitor.readings.loopLagMs, 250);
      process.slowTurns(50, 280);
      assert.deepEqual(process.changes, ["loop-lag"], "between 160 and 200 ms it does not flap");
      process.clock.advance(900);
      assert.equal(process.monitor.cause, "loop-lag");
      process.clock.advance(200);
      assert.deepEqual(process.changes, ["loop-lag", undefined]);
    });

    it("a turn that is always just below the threshold sheds nothing", () => {
      const process = new Process();
      process.slowTurns(100, 299);
      assert.deepEqual(process.changes, []);
      assert.equal(process.monitor.readings.loopLagMs, 199);
    });

    it("one garbage collection a second sheds nothing", () => {
      const process = new Process();
      for (let i = 0; i < 60; i++) {
        process.slowTurns(1, 900);
        process.clock.advance(1000);
      }
      assert.deepEqual(process.changes, []);
    });

    it("a clock that jumps for hours, as after a suspend, sheds nothing", () => {
      const process = new Process();
      process.clock.advance(1000);
      process.slowTurns(1, 8 * 3_600_000);
      process.clock.advance(5000);
      assert.deepEqual(process.changes, []);
      assert.equal(process.monitor.readings.loopLagMs, 0);
    });

    it("a jump while it sheds neither ends it early nor keeps it up", () => {
      const process = new Process();
      process.slowTurns(3, 500);
      process.clock.advance(300);
      process.slowTurns(1, 3_600_000);
      assert.equal(process.monitor.cause, "loop-lag", "three calm measurements are not a second");
      process.clock.advance(1000);
      assert.equal(process.monitor.cause, undefined);
    });
  });

  describe("memory", () => {
    it("falls below 95 % of the threshold: service is whole at once", () => {
      const process = new Process();
      process.memoryBytes = 920;
      process.clock.advance(2000);
      assert.equal(process.monitor.cause, "memory");
      process.memoryBytes = 850;
      process.clock.advance(1200);
      assert.deepEqual(process.changes, ["memory", undefined]);
    });

    it("that is freed but never given back ends in whole service after one pause", () => {
      const process = new Process();
      process.memoryBytes = 920;
      process.clock.advance(9000);
      assert.deepEqual(process.changes, ["memory"]);
      process.clock.advance(3_600_000);
      assert.deepEqual(process.changes, ["memory", undefined]);
    });

    it("that grows whenever connections are let in: ever shorter steps, with pauses of 10 s between them", () => {
      const process = new Process();
      const pausedAt: number[] = [];
      process.memoryBytes = 850;
      let pausedSeconds = 0;
      for (let second = 0; second < 200; second++) {
        const before = process.monitor.cause;
        process.clock.advance(1000);
        if (before === undefined && process.monitor.cause === "memory") pausedAt.push(process.memoryBytes);
        if (process.monitor.cause === undefined) process.memoryBytes += 2;
        else pausedSeconds++;
      }
      assert.ok(pausedSeconds >= 10 * (pausedAt.length - 1) && pausedSeconds >= 60, `${pausedSeconds} s`);
      assert.ok(Math.abs((pausedAt[0] ?? 0) - 900) <= 4, `first at ${pausedAt[0]}`);
      const steps = pausedAt.slice(1).map((at, index) => at - (pausedAt[index] ?? 0));
      assert.ok(steps.length >= 4);
      for (const [index, step] of steps.entries()) {
        assert.ok(step >= 8 && step <= 30, `step of ${step}`);
        assert.ok(step <= (steps[index - 1] ?? Infinity) + 4, "not longer than the one before, but for the rounding");
      }
    });

    it("that grows during the pause prolongs it", () => {
      const process = new Process();
      process.memoryBytes = 905;
      process.clock.advance(6000);
      process.memoryBytes = 940;
      const causes = process.seconds(15);
      assert.deepEqual(
        causes.slice(0, 10),
        Array.from({ length: 10 }, () => "memory"),
      );
      assert.deepEqual(causes.slice(12), [undefined, undefined, undefined]);
    });

    it("below the threshold there is never a new pause, however low the last one left it", () => {
      const process = new Process();
      process.memoryBytes = 905;
      process.clock.advance(2000);
      process.memoryBytes = 860;
      process.clock.advance(10_000);
      process.memoryBytes = 899;
      process.clock.advance(2000);
      assert.deepEqual(process.changes, ["memory", undefined]);
    });

    it("above its limit altogether it still lets some in", () => {
      const process = new Process();
      process.memoryBytes = 1100;
      assert.ok(process.seconds(30).includes(undefined));
    });

    it("a little growth after a pause is no reason for the next, a new burst after recovery is", () => {
      const process = new Process();
      process.memoryBytes = 970;
      process.clock.advance(5000);
      process.memoryBytes = 910;
      process.clock.advance(10_000);
      assert.deepEqual(process.changes, ["memory", undefined]);
      process.memoryBytes = 925;
      process.clock.advance(5000);
      assert.equal(process.monitor.cause, undefined);
      // Growth counts from what the pause left: 910, not 970.
      process.memoryBytes = 940;
      process.clock.advance(1200);
      assert.equal(process.monitor.cause, "memory");
      process.memoryBytes = 300;
      process.clock.advance(2000);
      process.memoryBytes = 900;
      process.clock.advance(1200);
      assert.equal(process.monitor.cause, "memory", "from the threshold again");
    });
  });

  it("tells one cause after the other, until nothing is shed", () => {
    const process = new Process();
    process.slowTurns(3, 500);
    process.openDescriptors = 990;
    process.clock.advance(1000);
    process.slowTurns(3, 500);
    process.openDescriptors = 10;
    for (let i = 0; i < 8; i++) process.slowTurns(1, 500);
    process.clock.advance(3000);
    assert.deepEqual(process.changes, ["loop-lag", "descriptors", "loop-lag", undefined]);
  });

  it("what never was over its threshold holds up nothing", () => {
    const process = new Process();
    process.openDescriptors = 890;
    process.memoryBytes = 890;
    process.slowTurns(3, 500);
    assert.equal(process.monitor.cause, "loop-lag");
    process.clock.advance(1200);
    assert.equal(process.monitor.cause, undefined);
  });
});
