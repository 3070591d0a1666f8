import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainUnavailable, type Unavailable } from "../../src/control/stats/unavailable.ts";
import type { HealthSettings } from "../../src/core/server/settings.ts";
import { seededRandom } from "../support/fake-clock.ts";
import { endpointSettings, quickBreaker, quickOutlier as outlier } from "../support/settings.ts";
import { type TestClient, TestUpstream } from "../support/upstream.ts";

const health: HealthSettings = {
  type: "tcp",
  intervalMs: 5000,
  fastIntervalMs: 1000,
  timeoutMs: 2000,
  rise: 2,
  fall: 1,
};
const breaker = { ...quickBreaker, successes: 2 };

/** 1,000,000 ms after 1970, where the clock of the tests starts. */
const start = "1970-01-01T00:16:40.000Z";
const two = [endpointSettings(1), endpointSettings(2)];

function explain(test: TestUpstream, port: number): readonly Unavailable[] {
  return explainUnavailable(test.endpoint(port), test.upstream, test.clock);
}

/** The only reason there is. */
function only(test: TestUpstream, port: number): Unavailable {
  const reasons = explain(test, port);
  assert.equal(reasons.length, 1, JSON.stringify(reasons));
  const [reason] = reasons;
  assert.ok(reason);
  return reason;
}

function probe(test: TestUpstream, port: number, result: string): void {
  const endpoint = test.endpoint(port);
  if (endpoint.health.record({ result, durationMs: 1, atMs: test.clock.wallTime() }, health)) {
    test.upstream.keeper.healthChanged(endpoint);
  }
}

describe("explainUnavailable", () => {
  it("has nothing to say about an endpoint that may be chosen", () => {
    const test = new TestUpstream(two, { health, outlier, endpointBreaker: breaker, upstreamBreaker: breaker });
    assert.deepEqual(explain(test, 1), []);
  });

  it("draining: since when, what is left, and the command that ends it", () => {
    const test = new TestUpstream(two);
    test.ask();
    test.clock.advance(5000);
    test.upstream.keeper.setAdminState(test.endpoint(1), "draining");
    assert.deepEqual(only(test, 1), {
      reason: "draining",
      since: "1970-01-01T00:16:45.000Z",
      text: "it is set to draining: it takes no new connections; 1 connection still to end",
      change: "set its state to ready: `geryon endpoints origins 127.0.0.1:1 --state ready`",
    });
  });

  it("disabled, from the config on", () => {
    const test = new TestUpstream([endpointSettings(1, { adminState: "disabled" }), endpointSettings(2)]);
    assert.deepEqual(only(test, 1), {
      reason: "disabled",
      since: start,
      text: "it is set to disabled: it takes no new connections and is not probed; none is left",
      change: "set its state to ready: `geryon endpoints origins 127.0.0.1:1 --state ready`",
    });
  });

  it("unhealthy: what the probe said, how many successes are missing, and when the next probe comes", () => {
    const test = new TestUpstream(two, { health });
    probe(test, 1, "ok");
    probe(test, 1, "refused");
    assert.deepEqual(only(test, 1), {
      reason: "unhealthy",
      since: start,
      text: "its TCP probes fail: connection refused, nothing listens there",
      change: "2 successful probes in a row; the next within 5.5 s",
    });
    probe(test, 1, "ok");
    const { text, change } = only(test, 1);
    assert.equal(text, "its TCP probes failed; the last one succeeded");
    assert.equal(change, "1 more successful probe; the next within 1.1 s");
    probe(test, 1, "ok");
    assert.deepEqual(explain(test, 1), []);
  });

  for (const [result, words] of [
    ["status 503", "status 503, not 200-299, 302 or 404"],
    ["body does not match", 'the body has no "all is well"'],
    ["timeout", "no answer within 2 s"],
    ["not http", "what answers does not speak valid HTTP"],
    ["not-found", "its name does not resolve"],
    ["head too long", "head too long"],
  ] as const) {
    it(`unhealthy by HTTP: what is asked, and what came instead of what was expected: ${result}`, () => {
      const http = {
        method: "GET",
        path: "/health",
        headers: {},
        statuses: [
          [200, 299],
          [302, 302],
          [404, 404],
        ],
        body: "all is well",
      } as const;
      const test = new TestUpstream(two, { health: { ...health, type: "http", port: 8081, http } });
      probe(test, 1, result);
      assert.equal(only(test, 1).text, `its probes (GET /health, port 8081) fail: ${words}`);
    });
  }

  it("unhealthy: one success is enough for an endpoint that never was healthy", () => {
    const test = new TestUpstream(two, { health });
    probe(test, 1, "timeout");
    assert.equal(only(test, 1).change, "1 successful probe; the next within 5.5 s");
  });

  it("unhealthy and disabled: both, and that nobody probes it", () => {
    const test = new TestUpstream(two, { health });
    probe(test, 1, "timeout");
    test.upstream.keeper.setAdminState(test.endpoint(1), "disabled");
    const reasons = explain(test, 1);
    assert.deepEqual(
      reasons.map(({ reason }) => reason),
      ["disabled", "unhealthy"],
    );
    assert.equal(reasons[1]?.change, "successful probes, once its state is ready or draining");
  });

  it("unhealthy is no reason while the upstream fails open", () => {
    const test = new TestUpstream(two, { health, failOpenBelow: 0.5 });
    probe(test, 1, "refused");
    assert.equal(only(test, 1).reason, "unhealthy");
    probe(test, 2, "refused");
    assert.deepEqual(explain(test, 1), []);
  });

  it("ejected: when it ends by itself, and the command that ends it now", () => {
    const test = new TestUpstream(two, { outlier });
    const other = test.endpoint(2);
    for (let count = 0; count < 2; count++) test.ask([other]).fail();
    test.clock.advance(7000);
    assert.deepEqual(only(test, 1), {
      reason: "ejected",
      since: start,
      text: "it is ejected: 2 of its connections failed in a row",
      change: "in 23 s by itself, or `geryon endpoints origins 127.0.0.1:1 --reset`",
    });
    test.clock.advance(23_000);
    assert.deepEqual(explain(test, 1), []);
  });

  it("breaker open, then half-open with all its probes under way", () => {
    const test = new TestUpstream([endpointSettings(1)], { endpointBreaker: breaker });
    for (let count = 0; count < 2; count++) test.ask().fail();
    test.clock.advance(1000);
    assert.deepEqual(only(test, 1), {
      reason: "breaker-open",
      since: start,
      text: "its circuit breaker is open: 2 connections failed in a row",
      change: "in 29 s it lets 1 connection try, or `geryon endpoints origins 127.0.0.1:1 --reset`",
    });
    test.clock.advance(29_000);
    assert.deepEqual(explain(test, 1), [], "it may be tried");
    const trying = test.ask();
    const { reason, text, change } = only(test, 1);
    assert.equal(reason, "breaker-half-open");
    assert.equal(text, "its circuit breaker is half-open: 1 connection may try at a time, and as many do");
    assert.equal(change, "2 more successes to close it, or `geryon endpoints origins 127.0.0.1:1 --reset`");
    trying.fail();
    assert.match(only(test, 1).text, /is open: 2 connections failed in a row, or one that tried again$/);
  });

  it("the upstream's breaker keeps all of its endpoints", () => {
    const test = new TestUpstream(two, { upstreamBreaker: breaker });
    for (let count = 0; count < 2; count++) test.ask().fail();
    for (const port of [1, 2]) {
      const { reason, text, change } = only(test, port);
      assert.equal(reason, "upstream-breaker-open");
      assert.equal(text, "the upstream's circuit breaker is open: 2 connections failed in a row");
      assert.equal(change, "in 30 s it lets 1 connection try, or `geryon endpoints origins --reset`");
    }
    test.clock.advance(30_000);
    test.ask();
    assert.equal(only(test, 1).reason, "upstream-breaker-half-open");
  });

  it("full: how many it may have", () => {
    const test = new TestUpstream([endpointSettings(1, { maxConnections: 2 })]);
    const [client] = [test.ask(), test.ask()];
    assert.deepEqual(only(test, 1), {
      reason: "full",
      since: null,
      text: "it has as many connections as it may: 2",
      change: "one of its 2 connections ends",
    });
    client?.succeed();
    assert.deepEqual(explain(test, 1), []);
  });

  it("standby, until nothing before it serves", () => {
    const test = new TestUpstream([endpointSettings(1), endpointSettings(2, { priority: 1 })], { health });
    assert.deepEqual(only(test, 2), {
      reason: "standby",
      since: null,
      text: "it stands by: endpoints of priority 0 serve",
      change: "no endpoint of a priority below 1 can serve any more",
    });
    probe(test, 1, "refused");
    assert.deepEqual(explain(test, 2), []);
  });

  it("a tier that is too small for failOpenBelow stands by behind the backups", () => {
    const endpoints = [endpointSettings(1), endpointSettings(2), endpointSettings(3, { priority: 1 })];
    const test = new TestUpstream(endpoints, { health, failOpenBelow: 0.6 });
    assert.equal(only(test, 3).change, "less than 60 % of the ready endpoints of each priority below 1 can serve");
    probe(test, 1, "refused");
    const { reason, text, change } = only(test, 2);
    assert.equal(reason, "standby");
    assert.equal(text, "too few endpoints of its priority can serve, so those of priority 1 serve");
    assert.equal(change, "at least 60 % of the ready endpoints of priority 0 can serve");
    assert.deepEqual(explain(test, 3), []);
  });

  it("tells all reasons at once", () => {
    const endpoints = [endpointSettings(1), endpointSettings(2, { priority: 1, maxConnections: 1 })];
    const test = new TestUpstream(endpoints, { health });
    probe(test, 1, "refused");
    test.ask();
    probe(test, 2, "timeout");
    probe(test, 1, "ok");
    test.upstream.keeper.setAdminState(test.endpoint(2), "draining");
    assert.deepEqual(
      explain(test, 2).map(({ reason }) => reason),
      ["draining", "unhealthy", "full", "standby"],
    );
  });

  it("has a reason exactly when an endpoint cannot be chosen, whatever has happened", () => {
    const adminStates = ["ready", "draining", "disabled"] as const;
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const pick = (count: number): number => Math.floor(random.next() * count);
      const endpoints = [1, 2, 3, 4].map((port) =>
        endpointSettings(port, { priority: port > 2 ? 1 : 0, ...(port % 2 === 0 ? { maxConnections: 2 } : {}) }),
      );
      const test = new TestUpstream(endpoints, {
        health,
        outlier,
        endpointBreaker: breaker,
        ...(seed % 2 === 0 ? { upstreamBreaker: { ...breaker, failures: 4 } } : {}),
        ...(seed % 3 === 0 ? { failOpenBelow: 0.6 } : {}),
      });
      const connected: TestClient[] = [];
      for (let step = 0; step < 40; step++) {
        const port = 1 + pick(4);
        const client = pick(2) === 0 ? test.ask() : undefined;
        if (client !== undefined && typeof client.got === "number") connected.push(client);
        else client?.leave();
        const over = connected.length > 0 && pick(2) === 0 ? connected.splice(pick(connected.length), 1)[0] : undefined;
        if (pick(3) === 0) over?.succeed();
        else over?.fail();
        if (pick(3) === 0) probe(test, port, pick(2) === 0 ? "ok" : "refused");
        if (pick(6) === 0) test.upstream.keeper.setAdminState(test.endpoint(port), adminStates[pick(3)] ?? "ready");
        if (pick(4) === 0) test.clock.advance(pick(20_000));
        if (pick(8) === 0) test.upstream.keeper.resetEndpoint(test.endpoint(port));
        const { servingPriority, breaker: shared } = test.upstream;
        for (const endpoint of test.upstream.endpoints) {
          const others = servingPriority !== undefined && servingPriority !== endpoint.priority;
          const chosen = endpoint.available && !others && shared?.allows !== false;
          const reasons = explainUnavailable(endpoint, test.upstream, test.clock);
          const told = reasons.map(({ reason }) => reason).join(", ");
          assert.equal(reasons.length === 0, chosen, `seed ${seed}, step ${step}, ${endpoint.name}: ${told}`);
          for (const { change } of reasons)
            assert.doesNotMatch(change, /NaN|undefined|Infinity|\b0 (?:more|successful|connection)/);
        }
      }
    }
  });
});
