import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Refusals, type RefusalReason } from "../../../src/core/limits/refusals.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { withMemory } from "../../support/memory.ts";

interface Notice {
  readonly atMs: number;
  readonly reason: RefusalReason;
  readonly count: number;
}

function start(): { readonly clock: FakeClock; readonly refusals: Refusals; readonly notices: Notice[] } {
  const clock = new FakeClock(0);
  const notices: Notice[] = [];
  const refusals = withMemory(
    (memory) => new Refusals(clock, memory, (reason, count) => notices.push({ atMs: clock.now(), reason, count })),
  );
  return { clock, refusals, notices };
}

describe("Refusals", () => {
  it("tells of the first at once, of a flood every 10 s, and of its end", () => {
    const { clock, refusals, notices } = start();
    for (let i = 0; i < 2500; i++) {
      refusals.add("limit-process");
      clock.advance(10);
    }
    clock.advance(60_000);
    assert.deepEqual(notices, [
      { atMs: 0, reason: "limit-process", count: 1 },
      { atMs: 10_000, reason: "limit-process", count: 999 },
      { atMs: 20_000, reason: "limit-process", count: 1000 },
      { atMs: 30_000, reason: "limit-process", count: 500 },
    ]);
    assert.equal(refusals.counts["limit-process"], 2500);
    assert.equal(clock.pending, 0, "no timer while nothing is refused");
  });

  it("tells of each reason for itself", () => {
    const { refusals, notices } = start();
    refusals.add("overload");
    refusals.add("overload");
    refusals.add("limit-client");
    assert.deepEqual(
      notices.map(({ reason, count }) => [reason, count]),
      [
        ["overload", 1],
        ["limit-client", 1],
      ],
    );
    assert.deepEqual(refusals.counts, {
      "limit-process": 0,
      "limit-listener": 0,
      "limit-client": 1,
      "limit-rate": 0,
      overload: 2,
    });
  });

  it("has no timer before the first", () => {
    const { clock } = start();
    assert.equal(clock.pending, 0);
  });

  it("stop tells the rest and leaves no timer; what comes then is only counted", () => {
    const { clock, refusals, notices } = start();
    for (let i = 0; i < 5; i++) refusals.add("limit-rate");
    refusals.add("overload");
    refusals.stop();
    assert.equal(clock.pending, 0);
    refusals.add("limit-rate");
    refusals.add("limit-listener");
    refusals.stop();
    clock.advance(60_000);
    assert.deepEqual(
      notices.map(({ reason, count }) => [reason, count]),
      [
        ["limit-rate", 1],
        ["overload", 1],
        ["limit-rate", 4],
      ],
    );
    assert.equal(refusals.counts["limit-rate"], 6);
    assert.equal(clock.pending, 0);
  });

  it("adds up, is never late and never often, whatever comes", () => {
    const step = fc.record({
      reason: fc.constantFrom<RefusalReason>("limit-listener", "overload"),
      times: fc.integer({ min: 1, max: 5 }),
      thenMs: fc.integer({ min: 0, max: 15_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { clock, refusals, notices } = start();
        for (const { reason, times, thenMs } of steps) {
          for (let i = 0; i < times; i++) refusals.add(reason);
          clock.advance(thenMs);
        }
        clock.advance(10_000);
        for (const reason of ["limit-listener", "overload"] as const) {
          const told = notices.filter((notice) => notice.reason === reason);
          const sum = told.reduce((total, { count }) => total + count, 0);
          assert.equal(sum, refusals.counts[reason]);
          assert.ok(told.every(({ count }) => count > 0));
          const gaps = told.slice(1).map(({ atMs }, index) => atMs - (told[index]?.atMs ?? 0));
          assert.ok(gaps.every((gap) => gap >= 10_000));
        }
      }),
    );
  });
});
