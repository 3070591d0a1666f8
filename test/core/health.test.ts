import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HealthChecker } from "../../src/core/health/health-checker.ts";
import { HealthState } from "../../src/core/health/health-state.ts";
import type { Socket } from "../../src/core/runtime/socket.ts";
import type { ConnectHandler, Runtime } from "../../src/core/runtime/runtime.ts";
import { FakeClock, seededRandom } from "../support/fake-clock.ts";

const thresholds = { rise: 2, fall: 3 };

/** The statuses after each of the results: `+` success, `-` failure. */
function statuses(results: string): string {
  const state = new HealthState(0);
  return [...results]
    .map((result, index) => {
      state.record(result === "+" ? "ok" : "refused", thresholds, index);
      return state.status[0];
    })
    .join("");
}

describe("HealthState", () => {
  it("is decided by the first probe", () => {
    assert.equal(statuses("+"), "h");
    assert.equal(statuses("-"), "u");
  });

  it("needs one success as long as it was never healthy", () => {
    assert.equal(statuses("---+"), "uuuh");
    assert.equal(statuses("--+---+"), "uuhhhuu");
  });

  it("needs `fall` failures in a row to fall, and `rise` successes in a row to rise", () => {
    assert.equal(statuses("+--+--+---"), "hhhhhhhhhu");
    assert.equal(statuses("+----+-+-++"), "hhhuuuuuuuh");
  });

  it("tells when it changed, and keeps the last result", () => {
    const state = new HealthState(7);
    assert.equal(state.lastProbe, undefined);
    assert.equal(state.record("refused", thresholds, 100), true);
    assert.equal(state.record("timeout", thresholds, 200), false);
    assert.deepEqual([state.status, state.sinceMs, state.lastProbe], ["unhealthy", 100, "timeout"]);
  });
});

describe("HealthChecker", () => {
  /** Connects are held in `connects` until the test answers them. */
  function setUp(): {
    clock: FakeClock;
    connects: { handler: ConnectHandler; cancelled: boolean; atMs: number }[];
    checker: HealthChecker<{ address: { kind: "tcp"; host: string; port: number }; health: HealthState }>;
    target: { address: { kind: "tcp"; host: string; port: number }; health: HealthState };
    changes: string[];
  } {
    const clock = new FakeClock();
    const connects: { handler: ConnectHandler; cancelled: boolean; atMs: number }[] = [];
    const runtime = {
      clock,
      random: seededRandom(1),
      connect(_options: unknown, handler: ConnectHandler) {
        const connect = { handler, cancelled: false, atMs: clock.now() };
        connects.push(connect);
        return { cancel: () => void (connect.cancelled = true) };
      },
    } as unknown as Runtime;
    const target = { address: { kind: "tcp" as const, host: "192.0.2.1", port: 80 }, health: new HealthState(0) };
    const changes: string[] = [];
    const checker = new HealthChecker(
      [target],
      { ...thresholds, intervalMs: 1000, timeoutMs: 300 },
      runtime,
      (one) => void changes.push(one.health.status),
    );
    return { clock, connects, checker, target, changes };
  }

  it("probes at once, then at the interval with 10 % of jitter, timed from start to start", () => {
    const { clock, connects, checker, target } = setUp();
    target.health.record("ok", thresholds, 0);
    checker.start();
    for (let round = 1; round <= 20; round++) {
      assert.equal(connects.length, round);
      clock.advance(200);
      connects.at(-1)?.handler.onConnectError("refused");
      while (connects.length === round) clock.advance(1);
    }
    const gaps = connects.slice(1).map(({ atMs }, index) => atMs - (connects[index]?.atMs ?? 0));
    assert.ok(
      gaps.every((gap) => gap >= 900 && gap <= 1100),
      `${gaps}`,
    );
    assert.ok(new Set(gaps).size > 5, "the gaps differ");
    checker.stop();
  });

  it("probes twice a second what was never healthy, and then at the interval", () => {
    const { clock, connects, checker, target } = setUp();
    checker.start();
    for (let round = 1; round <= 3; round++) {
      connects.at(-1)?.handler.onConnectError("refused");
      clock.advance(551);
      assert.equal(connects.length, round + 1);
    }
    connects.at(-1)?.handler.onConnect({ destroy() {} } as unknown as Socket);
    assert.equal(target.health.status, "healthy");
    clock.advance(899);
    assert.equal(connects.length, 4);
    checker.stop();
  });

  it("probes at the interval what was not healthy for twenty probes either", () => {
    const { clock, connects, checker } = setUp();
    checker.start();
    for (let probes = 1; probes <= 22; probes++) {
      assert.equal(connects.length, probes);
      connects.at(-1)?.handler.onConnectError("refused");
      while (connects.length === probes) clock.advance(1);
    }
    const gaps = connects.slice(1).map(({ atMs }, index) => atMs - (connects[index]?.atMs ?? 0));
    assert.ok(
      gaps.slice(0, 19).every((gap) => gap <= 550),
      `${gaps}`,
    );
    assert.ok(
      gaps.slice(19).every((gap) => gap >= 900),
      `${gaps}`,
    );
    checker.stop();
  });

  it("a probe without an answer is cancelled at its timeout, and counts as a failure", () => {
    const { clock, connects, checker, target, changes } = setUp();
    checker.start();
    clock.advance(301);
    assert.equal(connects[0]?.cancelled, true);
    assert.equal(target.health.lastProbe, "timeout");
    assert.deepEqual(changes, ["unhealthy"]);
    checker.stop();
  });

  it("a stopped checker leaves no timer and no connect behind", () => {
    const { clock, connects, checker } = setUp();
    checker.start();
    checker.stop();
    assert.equal(connects[0]?.cancelled, true);
    assert.equal(clock.pending, 0);
  });
});
