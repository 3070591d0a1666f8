import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CircuitBreaker } from "../../../src/core/upstream/circuit-breaker.ts";
import type { CircuitBreakerSettings } from "../../../src/core/server/settings.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { withMemory } from "../../support/memory.ts";

const settings: CircuitBreakerSettings = {
  failures: 3,
  windowMs: 10_000,
  openMs: 30_000,
  halfOpenProbes: 2,
  successes: 2,
};

function make(more: Partial<CircuitBreakerSettings> = {}): {
  clock: FakeClock;
  breaker: CircuitBreaker;
  changes: string[];
} {
  const clock = new FakeClock();
  const changes: string[] = [];
  const breaker: CircuitBreaker = withMemory(
    (memory) =>
      new CircuitBreaker({ ...settings, ...more }, { clock, memory, keeps: true }, (entered) =>
        changes.push(entered ? breaker.state : "room"),
      ),
  );
  return { clock, breaker, changes };
}

/** An attempt that is allowed. */
function begin(breaker: CircuitBreaker): number {
  const permit = breaker.begin();
  assert.ok(permit !== undefined);
  return permit;
}

function fail(breaker: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i++) breaker.settle(begin(breaker), "failure");
}

describe("CircuitBreaker", () => {
  it("opens after so many failures in a row, and says when it will let probes through", () => {
    const { clock, breaker, changes } = make();
    fail(breaker, 2);
    breaker.settle(begin(breaker), "success");
    fail(breaker, 2);
    assert.equal(breaker.state, "closed");
    fail(breaker, 1);
    assert.deepEqual([breaker.state, breaker.allows, breaker.trips], ["open", false, 1]);
    assert.equal(breaker.halfOpenAtMs, clock.now() + 30_000);
    clock.advance(29_999);
    assert.equal(breaker.allows, false);
    clock.advance(1);
    assert.deepEqual([breaker.state, breaker.allows], ["half-open", true]);
    assert.deepEqual(changes, ["open", "half-open"]);
  });

  it("does not open for failures that are spread over more than the window, or that say nothing", () => {
    const { clock, breaker } = make();
    for (let i = 0; i < 20; i++) {
      fail(breaker, 1);
      clock.advance(5001);
    }
    for (let i = 0; i < 20; i++) breaker.settle(begin(breaker), "unknown");
    assert.equal(breaker.state, "closed");
  });

  it("half-open, lets so many probes through at a time and no stampede", () => {
    const { clock, breaker } = make();
    fail(breaker, 3);
    clock.advance(30_000);
    const first = begin(breaker);
    begin(breaker);
    assert.equal(breaker.allows, false);
    breaker.settle(first, "success");
    assert.deepEqual([breaker.state, breaker.allows], ["half-open", true]);
    breaker.settle(begin(breaker), "success");
    assert.equal(breaker.state, "closed");
  });

  it("opens again when a probe fails, and takes no notice of the other probe's result", () => {
    const { clock, breaker } = make();
    fail(breaker, 3);
    clock.advance(30_000);
    const [first, second] = [begin(breaker), begin(breaker)];
    breaker.settle(first, "failure");
    assert.equal(breaker.state, "open");
    breaker.settle(second, "success");
    clock.advance(30_000);
    breaker.settle(second, "success");
    assert.deepEqual([breaker.state, breaker.successes, breaker.probes], ["half-open", 0, 0]);
  });

  it("does not count what began before it opened", () => {
    const { clock, breaker } = make();
    const early = [begin(breaker), begin(breaker), begin(breaker)];
    fail(breaker, 3);
    clock.advance(30_000);
    for (const permit of early) breaker.settle(permit, "success");
    assert.equal(breaker.state, "half-open");
    for (const permit of early) breaker.settle(permit, "failure");
    assert.equal(breaker.state, "half-open");
  });

  it("gives a probe's place back when nothing is known of it, and when it never ends", () => {
    const { clock, breaker } = make({ halfOpenProbes: 1 });
    fail(breaker, 3);
    clock.advance(30_000);
    breaker.settle(begin(breaker), "unknown");
    assert.equal(breaker.allows, true);
    const silent = begin(breaker);
    assert.equal(breaker.allows, false);
    clock.advance(30_000);
    assert.equal(breaker.allows, true);
    begin(breaker);
    breaker.settle(silent, "unknown");
    assert.deepEqual([breaker.probes, breaker.successes, breaker.allows], [1, 0, false]);
  });

  it("heeds what a probe shows after its place was given up: answers may take longer than the breaker is open", () => {
    for (const result of ["success", "failure"] as const) {
      const { clock, breaker } = make({ halfOpenProbes: 1, successes: 1 });
      fail(breaker, 3);
      clock.advance(30_000);
      const slow = begin(breaker);
      clock.advance(40_000);
      begin(breaker);
      breaker.settle(slow, result);
      assert.equal(breaker.state, result === "success" ? "closed" : "open");
    }
  });

  it("gives each probe its time, however late after the one before it begins", () => {
    const { clock, breaker } = make({ halfOpenProbes: 1 });
    fail(breaker, 3);
    clock.advance(30_000);
    breaker.settle(begin(breaker), "unknown");
    clock.advance(29_000);
    begin(breaker);
    clock.advance(29_999);
    assert.equal(breaker.allows, false);
    clock.advance(1);
    assert.equal(breaker.allows, true);
  });

  it("is closed by a reset, and leaves no timer when it is stopped", () => {
    const { clock, breaker } = make();
    fail(breaker, 3);
    breaker.reset();
    assert.deepEqual([breaker.state, clock.pending], ["closed", 0]);
    fail(breaker, 3);
    breaker.stop();
    assert.equal(clock.pending, 0);
  });
});
