import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Deadline, tickMs, TimerWheel } from "../../src/core/runtime/timer-wheel.ts";
import { FakeClock } from "../support/fake-clock.ts";

class Entry extends Deadline {
  readonly fired: number[] = [];
  readonly #clock: FakeClock;
  whenFired: () => void = () => {};

  constructor(clock: FakeClock) {
    super();
    this.#clock = clock;
  }

  override onDeadline(): void {
    this.fired.push(this.#clock.now());
    this.whenFired();
  }
}

describe("TimerWheel", () => {
  it("fires once, never early and within two ticks", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 50 }), (delays) => {
        const clock = new FakeClock();
        const wheel = new TimerWheel(clock);
        const start = clock.now();
        const entries = delays.map((delay) => {
          const entry = new Entry(clock);
          wheel.set(entry, delay);
          return entry;
        });
        clock.advance(110_000);
        for (const [index, entry] of entries.entries()) {
          const late = (entry.fired[0] ?? 0) - start - (delays[index] ?? 0);
          assert.equal(entry.fired.length, 1);
          assert.ok(late >= 0 && late <= 2 * tickMs, `${late} ms late`);
        }
        assert.equal(wheel.size, 0);
        assert.equal(clock.pending, 0, "the clock stops with the last entry");
      }),
    );
  });

  it("takes any order of set, move, drop and time, as a list of deadlines would", () => {
    const step = fc.record({
      entry: fc.nat(4),
      action: fc.constantFrom("set", "drop", "wait"),
      ms: fc.integer({ min: 0, max: 60_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = new FakeClock();
        const wheel = new TimerWheel(clock);
        const entries = Array.from({ length: 5 }, () => new Entry(clock));
        const due = new Map<Entry, number>();
        for (const { entry: index, action, ms } of steps) {
          const entry = entries[index];
          assert.ok(entry);
          if (action === "set") {
            wheel.set(entry, ms);
            due.set(entry, clock.now() + ms);
          } else if (action === "drop") {
            wheel.drop(entry);
            due.delete(entry);
          } else {
            clock.advance(ms);
            for (const [one, dueMs] of due) {
              const firedMs = one.fired.shift();
              if (firedMs === undefined) {
                assert.ok(clock.now() <= dueMs + 2 * tickMs, "not forgotten");
              } else {
                assert.ok(firedMs >= dueMs, "not early");
                due.delete(one);
              }
            }
            assert.ok(
              entries.every((one) => one.fired.length === 0),
              "nothing fires that was not set",
            );
          }
          assert.equal(wheel.size, due.size);
        }
      }),
    );
  });

  it("an entry may be moved later by plain assignment", () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const entry = new Entry(clock);
    const start = clock.now();
    wheel.set(entry, 1000);
    clock.advance(900);
    entry.deadlineMs = wheel.coarseNowMs + 1000;
    clock.advance(3000);
    assert.equal(entry.fired.length, 1);
    assert.ok((entry.fired[0] ?? 0) >= start + 1850);
  });

  it("onDeadline may set itself again and drop others", () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const [first, second, third] = [new Entry(clock), new Entry(clock), new Entry(clock)];
    wheel.set(first, 100);
    wheel.set(second, 100);
    wheel.set(third, 100);
    first.whenFired = () => {
      wheel.drop(second);
      if (first.fired.length < 3) wheel.set(first, 100);
    };
    clock.advance(10_000);
    assert.equal(first.fired.length, 3);
    assert.equal(second.fired.length, 0);
    assert.equal(third.fired.length, 1);
    assert.equal(clock.pending, 0);
  });

  it("is not early after the loop stood still", () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    wheel.set(new Entry(clock), 60_000);
    const entry = new Entry(clock);
    // A turn that takes 300 ms, and sets a deadline at its end: the wheel's time is old.
    clock.after(10, () => {
      clock.stall(300);
      wheel.set(entry, 200);
    });
    const setMs = clock.now() + 310;
    clock.advance(1000);
    assert.ok((entry.fired[0] ?? 0) >= setMs + 200, `${(entry.fired[0] ?? 0) - setMs} ms after`);
  });

  it("does not count the time in which the loop stood still: sockets that were not looked at come first", () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const entry = new Entry(clock);
    wheel.set(entry, 1000);
    clock.advance(500);
    clock.stall(3_600_000);
    clock.advance(300);
    assert.deepEqual(entry.fired, [], "an hour was lost, half a second is left");
    clock.advance(300);
    assert.equal(entry.fired.length, 1);
  });
});
