import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Dialer } from "../../src/core/dial/dialer.ts";
import { HealthChecker, type HealthCheckOptions } from "../../src/core/health/health-checker.ts";
import { HealthState } from "../../src/core/health/health-state.ts";
import { FakeNetwork } from "../support/fake-network.ts";

const resolve = { minTtlMs: 1000, maxTtlMs: 60_000, timeoutMs: 3000 };

class Target {
  readonly dialer: Dialer;
  readonly health = new HealthState(0);
  probed = true;

  constructor(network: FakeNetwork, host = "192.0.2.1") {
    this.dialer = new Dialer({ kind: "tcp", host, port: 80 }, network.runtime, resolve);
  }
}

/** A checker with its targets, the first of which most tests are about. */
class Setup {
  readonly network = new FakeNetwork();
  readonly targets: readonly Target[];
  readonly target: Target;
  readonly changes: string[] = [];
  whenChanged: () => void = () => {};
  readonly checker: HealthChecker<Target>;

  constructor(options: Partial<HealthCheckOptions> = {}, count = 1) {
    this.targets = Array.from({ length: count }, () => new Target(this.network));
    this.target = this.targets[0] ?? new Target(this.network);
    this.checker = new HealthChecker(
      this.targets,
      { type: "tcp", rise: 2, fall: 3, intervalMs: 1000, fastIntervalMs: 100, timeoutMs: 300, ...options },
      this.network.runtime,
      (one) => {
        this.changes.push(one.health.status);
        this.whenChanged();
      },
    );
  }

  /** Answers the last probe. */
  answer(result: "ok" | "refused"): void {
    const connect = this.network.connects.at(-1);
    if (result === "ok") connect?.succeed();
    else connect?.handler.onConnectError(result);
  }

  /** Answers the last probe; returns after how many milliseconds the next one came. */
  answerAndWait(result: "ok" | "refused"): number {
    const { clock, connects } = this.network;
    const startMs = connects.at(-1)?.atMs ?? 0;
    const before = connects.length;
    this.answer(result);
    for (let waited = 0; waited < 5000 && connects.length === before; waited++) clock.advance(1);
    return (connects.at(-1)?.atMs ?? 0) - startMs;
  }
}

function assertAbout(actualMs: number, expectedMs: number): void {
  // A turn of the test is a millisecond.
  assert.ok(actualMs >= expectedMs * 0.9 && actualMs <= expectedMs * 1.1 + 1, `${actualMs}, not about ${expectedMs}`);
}

describe("HealthChecker", () => {
  it("probes at once, then at the interval with 10 % of jitter, timed from start to start", () => {
    const setup = new Setup();
    setup.checker.start();
    const gaps = Array.from({ length: 20 }, () => {
      setup.network.clock.advance(200);
      return setup.answerAndWait("ok");
    });
    for (const gap of gaps) assertAbout(gap, 1000);
    assert.ok(new Set(gaps).size > 5, "the gaps differ");
    setup.checker.stop();
  });

  it("probes faster while the results contradict the status", () => {
    const setup = new Setup();
    setup.checker.start();
    for (const [result, nextMs] of [
      ["ok", 1000],
      ["refused", 100],
      ["refused", 100],
      ["refused", 1000],
      ["refused", 1000],
      ["ok", 100],
      ["ok", 1000],
    ] as const) {
      assertAbout(setup.answerAndWait(result), nextMs);
    }
    assert.deepEqual(setup.changes, ["healthy", "unhealthy", "healthy"]);
    setup.checker.stop();
  });

  it("probes twice a second what was never healthy, twenty times, and then at the interval", () => {
    const setup = new Setup();
    setup.checker.start();
    const gaps = Array.from({ length: 22 }, () => setup.answerAndWait("refused"));
    for (const gap of gaps.slice(0, 19)) assertAbout(gap, 500);
    for (const gap of gaps.slice(19)) assertAbout(gap, 1000);
    assertAbout(setup.answerAndWait("ok"), 1000);
    assert.equal(setup.target.health.status, "healthy");
    setup.checker.stop();
  });

  it("a probe without an answer is given up at its timeout, and counts as a failure", () => {
    const setup = new Setup();
    setup.checker.start();
    setup.network.clock.advance(300);
    assert.equal(setup.network.connects[0]?.cancelled, true);
    const { lastProbe, lastProbeMs, lastProbeDurationMs } = setup.target.health;
    assert.deepEqual([lastProbe, lastProbeMs, lastProbeDurationMs], ["timeout", setup.network.clock.wallTime(), 300]);
    assert.deepEqual(setup.changes, ["unhealthy"]);
    setup.checker.stop();
  });

  it("a tcp probe closes what it connected, and says nothing on it", () => {
    const setup = new Setup();
    setup.checker.start();
    const socket = setup.network.connects[0]?.succeed();
    assert.deepEqual([socket?.destroyed, socket?.written], [true, ""]);
    assert.equal(setup.target.health.lastProbe, "ok");
    setup.checker.stop();
  });

  it("an http probe of another port asks for the host with that port", () => {
    const http = { method: "GET", path: "/", headers: {}, statuses: [[200, 299]] } as const;
    const setup = new Setup({ type: "http", http, port: 8081 });
    setup.checker.start();
    const socket = setup.network.connects[0]?.succeed();
    assert.match(socket?.written ?? "", /\r\nhost: 192\.0\.2\.1:8081\r\n/);
    assert.equal(socket?.ended, false);
    setup.checker.stop();
  });

  it("another port, and the source address, are used", () => {
    const setup = new Setup({ port: 8081, sourceAddress: "192.0.2.9" });
    setup.checker.start();
    assert.deepEqual(setup.network.targets, ["192.0.2.1:8081"]);
    assert.equal(setup.network.connects[0]?.options.sourceAddress, "192.0.2.9");
    setup.checker.stop();
  });

  it("after the loop stood still, an answer that waits to be read comes before the timeout", () => {
    const setup = new Setup();
    setup.checker.start();
    const { clock } = setup.network;
    clock.stall(5000);
    clock.advance(10);
    setup.network.connects[0]?.succeed();
    assert.equal(setup.target.health.status, "healthy");
    const silent = new Setup();
    silent.checker.start();
    silent.network.clock.stall(5000);
    silent.network.clock.advance(100);
    assert.equal(silent.target.health.lastProbe, "timeout");
  });

  it("the timeout is for the look-up of a name too", () => {
    const setup = new Setup();
    const named = new Target(setup.network, "db.test");
    setup.checker.add(named);
    setup.checker.start();
    setup.network.clock.advance(300);
    assert.equal(named.health.lastProbe, "timeout");
    setup.checker.stop();
    named.dialer.stop();
    assert.equal(setup.network.clock.pending, 0);
  });

  it("an http probe that hangs after the connect is closed at the timeout", () => {
    const http = { method: "GET", path: "/", headers: {}, statuses: [[200, 299]] } as const;
    const setup = new Setup({ type: "http", http });
    setup.checker.start();
    setup.network.clock.advance(200);
    const socket = setup.network.connects[0]?.succeed();
    socket?.handler.onData(new TextEncoder().encode("HTTP/1.1 200 OK\r\n"));
    setup.network.clock.advance(99);
    assert.equal(socket?.destroyed, false);
    setup.network.clock.advance(1);
    assert.equal(socket.destroyed, true);
    assert.equal(setup.target.health.lastProbe, "timeout");
    // What comes late, with the end of the socket.
    socket.handler.onData(new TextEncoder().encode("\r\n"));
    socket.handler.onClose("local");
    assert.equal(setup.target.health.probes, 1);
    setup.checker.stop();
  });

  it("a stopped checker leaves no timer and no connect behind", () => {
    const setup = new Setup();
    setup.checker.start();
    setup.checker.stop();
    assert.equal(setup.network.connects[0]?.cancelled, true);
    assert.equal(setup.network.clock.pending, 0);
    const waiting = new Setup();
    waiting.checker.start();
    waiting.answer("ok");
    waiting.checker.stop();
    assert.equal(waiting.network.clock.pending, 0);
  });

  it("may be stopped by who is told a change", () => {
    const setup = new Setup();
    setup.whenChanged = () => setup.checker.stop();
    setup.checker.start();
    setup.answer("ok");
    assert.equal(setup.network.clock.pending, 0);
  });

  it("does not probe what is not to be probed, and leaves its health; told so, it begins at once", () => {
    const setup = new Setup();
    setup.checker.start();
    setup.answer("ok");
    setup.target.probed = false;
    setup.checker.check(setup.target);
    assert.equal(setup.network.clock.pending, 0);
    setup.network.clock.advance(60_000);
    assert.equal(setup.network.connects.length, 1);
    assert.equal(setup.target.health.status, "healthy");
    setup.target.probed = true;
    setup.checker.check(setup.target);
    assert.equal(setup.network.connects.length, 2);
    assertAbout(setup.answerAndWait("ok"), 1000);
    setup.checker.stop();
  });

  it("does not begin with what is not to be probed", () => {
    const setup = new Setup();
    setup.target.probed = false;
    setup.checker.start();
    setup.network.clock.advance(60_000);
    assert.equal(setup.network.connects.length, 0);
  });

  it("a probe under way is given up with its target, and says nothing any more", () => {
    const setup = new Setup();
    setup.checker.start();
    setup.target.probed = false;
    setup.checker.check(setup.target);
    assert.equal(setup.network.connects[0]?.cancelled, true);
    setup.network.clock.advance(1000);
    assert.equal(setup.target.health.status, "unknown");
  });

  it("asked again for a target that is probed, it changes nothing", () => {
    const setup = new Setup();
    setup.checker.start();
    setup.checker.check(setup.target);
    setup.answer("ok");
    setup.checker.check(setup.target);
    assert.equal(setup.network.connects.length, 1);
    assert.equal(setup.network.clock.pending, 1);
    setup.checker.stop();
  });

  it("targets come and go", () => {
    const setup = new Setup();
    const late = new Target(setup.network, "192.0.2.2");
    const disabled = new Target(setup.network, "192.0.2.3");
    disabled.probed = false;
    setup.checker.start();
    setup.checker.add(late);
    setup.checker.add(disabled);
    assert.deepEqual(setup.network.targets, ["192.0.2.1:80", "192.0.2.2:80"]);
    setup.checker.remove(late);
    assert.deepEqual(
      setup.network.connects.map(({ cancelled }) => cancelled),
      [false, true],
    );
    setup.checker.remove(late);
    setup.checker.check(late);
    assert.equal(setup.network.connects.length, 2);
    setup.checker.stop();
  });

  it("before its start and after its stop it probes nothing, whatever it is asked", () => {
    const setup = new Setup();
    setup.checker.check(setup.target);
    setup.checker.start();
    assert.equal(setup.network.connects.length, 1);
    setup.checker.stop();
    setup.checker.check(setup.target);
    setup.checker.add(new Target(setup.network));
    assert.equal(setup.network.connects.length, 1);
    assert.equal(setup.network.clock.pending, 0);
  });

  for (const [count, withinMs] of [
    [150, 500],
    [2100, 1000],
  ] as const) {
    it(`of ${count} targets a hundred are probed at once, all within ${withinMs} ms, and no turn has many`, () => {
      const setup = new Setup({ timeoutMs: 60_000 }, count);
      setup.checker.start();
      assert.equal(setup.network.connects.length, 100);
      for (let elapsed = 0; elapsed < withinMs; elapsed++) {
        const before = setup.network.connects.length;
        setup.network.clock.advance(1);
        assert.ok(setup.network.connects.length - before <= 3);
      }
      assert.equal(setup.network.connects.length, count);
      setup.checker.stop();
      assert.equal(setup.network.clock.pending, 0);
    });
  }
});
