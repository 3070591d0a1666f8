/** What an upstream gives to clients, whatever state its endpoints are in. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  endpointSettings as endpoint,
  quickBreaker as breaker,
  quickOutlier as outlier,
} from "../../support/settings.ts";
import { TestUpstream } from "../../support/upstream.ts";

describe("Upstream: who gets a connection", () => {
  it("keeps books of what is being made, runs and is over", () => {
    const test = new TestUpstream([endpoint(1)]);
    const { upstream } = test;
    const client = test.ask();
    assert.deepEqual([upstream.activeConnections, upstream.pendingConnects], [1, 1]);
    client.attempt.connected();
    client.attempt.connected();
    assert.deepEqual([upstream.activeConnections, upstream.pendingConnects], [1, 0]);
    client.attempt.end();
    client.attempt.end();
    assert.deepEqual([upstream.activeConnections, upstream.pendingConnects], [0, 0]);
    assert.equal(test.endpoint(1).activeConnections, 0);
  });

  it("never gives a client an endpoint that it has tried", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2), endpoint(3)]);
    const tried = [test.endpoint(1), test.endpoint(3)];
    for (let i = 0; i < 3; i++) {
      const client = test.ask(tried);
      assert.equal(client.got, 2);
      client.fail();
    }
    assert.equal(test.ask([...tried, test.endpoint(2)]).got, "no-endpoint");
  });

  it("takes draining, disabled and unhealthy endpoints out, and in again", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2), endpoint(3, { adminState: "disabled" })]);
    assert.deepEqual(test.ports(4), [1, 2, 1, 2]);
    test.upstream.keeper.setAdminState(test.endpoint(1), "draining");
    assert.deepEqual(test.ports(2), [2, 2]);
    test.setHealth(2, false);
    assert.deepEqual(test.ports(1), ["no-endpoint"]);
    test.upstream.keeper.setAdminState(test.endpoint(3), "ready");
    assert.deepEqual(test.ports(2), [3, 3]);
    test.setHealth(2, true);
    assert.deepEqual(new Set(test.ports(4)), new Set([2, 3]));
  });

  it("changes shares with the weights that a person sets", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)]);
    test.upstream.keeper.setWeight(test.endpoint(1), 3);
    assert.equal(test.ports(8).filter((port) => port === 1).length, 6);
  });

  it("adds and removes endpoints; connections of a removed one go on", () => {
    const test = new TestUpstream([endpoint(1)]);
    const client = test.ask();
    const gone = test.endpoint(1);
    assert.equal(test.upstream.keeper.add(endpoint(1)), undefined);
    test.upstream.keeper.add(endpoint(2));
    test.upstream.keeper.remove(gone);
    assert.deepEqual(test.ports(2), [2, 2]);
    client.succeed();
    assert.deepEqual([gone.activeConnections, test.upstream.activeConnections], [0, 2]);
    assert.deepEqual(test.changes, ["endpoints 2", "endpoints 1"]);
  });
});

describe("Upstream: latency", () => {
  it("takes no failure for a fast answer, and nothing from what says nothing", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2), endpoint(3)], { policy: "peak-ewma" });
    let failed = 0;
    for (let count = 0; count < 100; count++) {
      const client = test.ask();
      if (client.got === 1) {
        // It accepts, and ends the connection at once without a byte.
        failed++;
        client.attempt.connected();
        client.fail();
      } else {
        const { attempt } = client;
        attempt.endpoint.latency.observe(50, test.clock.now());
        attempt.settle("success");
      }
      test.clock.advance(10);
    }
    assert.ok(failed <= 5, `the endpoint that fails got ${failed} of 100`);
    const unknown = new TestUpstream([endpoint(1)]);
    unknown.ask().attempt.end();
    assert.equal(unknown.endpoint(1).latency.valueMs(unknown.clock.now()), 0);
  });
});

describe("Upstream: tiers and failing open", () => {
  it("sends to backups only while no endpoint before them can serve", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2), endpoint(3, { priority: 1 })]);
    assert.deepEqual(test.ports(4), [1, 2, 1, 2]);
    test.setHealth(1, false);
    assert.deepEqual(test.ports(2), [2, 2]);
    test.setHealth(2, false);
    assert.deepEqual(test.ports(2), [3, 3]);
    test.setHealth(1, true);
    assert.deepEqual(test.ports(2), [1, 1]);
  });

  it("lets a retry that has tried a whole tier go on to the next", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2, { priority: 1 })]);
    assert.equal(test.ask([test.endpoint(1)]).got, 2);
  });

  it("waits for a full tier instead of spilling over to the backups", () => {
    const test = new TestUpstream([endpoint(1, { maxConnections: 1 }), endpoint(2, { priority: 1 })]);
    const first = test.ask();
    const second = test.ask();
    assert.deepEqual([first.got, second.got], [1, "queued"]);
    first.succeed();
    assert.equal(second.got, 1);
  });

  it("fails open below the threshold, to all ready endpoints, and heeds health again above it", () => {
    const four = [endpoint(1), endpoint(2), endpoint(3), endpoint(4, { adminState: "draining" })];
    const test = new TestUpstream(four, { failOpenBelow: 0.5 });
    test.setHealth(1, false);
    assert.deepEqual(test.ports(2), [2, 3]);
    test.setHealth(2, false);
    assert.deepEqual(test.changes.at(-1), "fail-open");
    assert.deepEqual(new Set(test.ports(6)), new Set([1, 2, 3]));
    test.setHealth(3, false);
    assert.deepEqual(new Set(test.ports(6)), new Set([1, 2, 3]));
    test.setHealth(3, true);
    test.setHealth(1, true);
    assert.equal(test.upstream.keeper.failOpen, false);
    assert.deepEqual(new Set(test.ports(6)), new Set([1, 3]));
  });

  it("prefers healthy backups to failing open", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2, { priority: 1 })], { failOpenBelow: 0.5 });
    test.setHealth(1, false);
    assert.deepEqual([test.upstream.keeper.failOpen, test.ask().got], [false, 2]);
    test.setHealth(2, false);
    assert.deepEqual([test.upstream.keeper.failOpen, test.ask().got], [true, 1]);
  });

  it("does not fail open to a tier whose breakers are all open, when another one can serve", () => {
    const backups = [2, 3, 4].map((port) => endpoint(port, { priority: 1 }));
    const test = new TestUpstream([endpoint(1), ...backups], { failOpenBelow: 0.5, endpointBreaker: breaker });
    for (let i = 0; i < 2; i++) test.ask().fail();
    test.setHealth(2, false);
    test.setHealth(3, false);
    assert.deepEqual([test.upstream.keeper.failOpen, test.upstream.servingPriority], [true, 1]);
    assert.deepEqual(new Set(test.ports(6)), new Set([2, 3, 4]));
  });

  it("tells of failing open when it begins and ends, and not because the endpoints are others", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { failOpenBelow: 0.5 });
    const told = (): number => test.changes.filter((change) => change === "fail-open").length;
    test.setHealth(1, false);
    test.setHealth(2, false);
    test.upstream.keeper.add(endpoint(3, { adminState: "disabled" }));
    test.upstream.keeper.remove(test.endpoint(3));
    assert.deepEqual([test.upstream.keeper.failOpen, told()], [true, 1]);
    test.upstream.keeper.add(endpoint(4));
    assert.equal(told(), 1);
    test.upstream.keeper.add(endpoint(5));
    assert.deepEqual([test.upstream.keeper.failOpen, told()], [false, 2]);
    assert.deepEqual(new Set(test.ports(4)), new Set([4, 5]));
  });
});

describe("Upstream: the queue", () => {
  it("is first come, first served", () => {
    const test = new TestUpstream([endpoint(1, { maxConnections: 1 })]);
    const clients = Array.from({ length: 4 }, () => test.ask());
    assert.deepEqual(
      clients.map((one) => one.got),
      [1, "queued", "queued", "queued"],
    );
    clients[2]?.leave();
    clients[0]?.succeed();
    assert.deepEqual(
      clients.map((one) => one.got),
      [1, 1, "queued", "queued"],
    );
    clients[1]?.succeed();
    assert.deepEqual([clients[2]?.got, clients[3]?.got], ["queued", 1]);
    assert.equal(test.upstream.queue.length, 0);
  });

  it("lets no newcomer pass those who wait", () => {
    const test = new TestUpstream([endpoint(1, { maxConnections: 1 })]);
    const first = test.ask();
    const second = test.ask();
    first.succeed();
    const third = test.ask();
    assert.deepEqual([second.got, third.got], [1, "queued"]);
  });

  it("is bounded", () => {
    const test = new TestUpstream([endpoint(1, { maxConnections: 1 })], { queue: { maxLength: 2, timeoutMs: 1000 } });
    assert.deepEqual(test.ports(5), [1, "queued", "queued", "queue-full", "queue-full"]);
  });

  it("bounds the connects under way", () => {
    const test = new TestUpstream([endpoint(1)], { maxPendingConnects: 2 });
    const clients = [test.ask(), test.ask(), test.ask()];
    assert.equal(clients[2]?.got, "queued");
    clients[0]?.attempt.connected();
    assert.equal(clients[2]?.got, 1);
  });

  it("tells those who wait when there is nothing left to wait for", () => {
    const test = new TestUpstream([endpoint(1, { maxConnections: 1 })]);
    test.ask();
    const second = test.ask();
    test.setHealth(1, false);
    assert.equal(second.got, "no-endpoint");
  });

  it("serves them when an endpoint comes back", () => {
    const test = new TestUpstream([endpoint(1, { maxConnections: 1 }), endpoint(2, { adminState: "draining" })]);
    test.ask();
    const second = test.ask();
    test.upstream.keeper.setAdminState(test.endpoint(2), "ready");
    assert.equal(second.got, 2);
  });

  it("does not let a retry that waits for one endpoint hold up those who can use another", () => {
    const test = new TestUpstream([endpoint(1, { maxConnections: 1 }), endpoint(2, { maxConnections: 1 })]);
    const [first, second] = [test.ask(), test.ask()];
    const retry = test.ask([test.endpoint(1)]);
    const fresh = test.ask();
    first.succeed();
    assert.deepEqual([retry.got, fresh.got], ["queued", 1]);
    second.succeed();
    assert.equal(retry.got, 2);
  });

  it("makes retries wait that are above their budget", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { retryBudget: { share: 0, minimum: 1 } });
    const tried = [test.endpoint(1)];
    const [first, second] = [test.ask(tried), test.ask(tried)];
    assert.deepEqual([first.got, second.got, test.ask().got], [2, "queued", 1]);
    first.attempt.connected();
    assert.equal(second.got, 2);
    second.fail();
    assert.equal(test.upstream.retryBudget.active, 0);
  });
});

describe("Upstream: retries that wait", () => {
  it("lets no retry wait for a budget that allows none", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { retryBudget: { share: 0.5, minimum: 0 } });
    assert.equal(test.ask([test.endpoint(1)]).got, "no-endpoint");
    const two = [test.ask(), test.ask()];
    const first = test.ask([test.endpoint(1)]);
    const second = test.ask([test.endpoint(1)]);
    assert.deepEqual([first.got, second.got], [2, "queued"]);
    for (const client of two) client.succeed();
    first.fail();
    assert.equal(second.got, "no-endpoint");
  });

  it("tells them when the upstream's breaker opens, though their budget is used up", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], {
      retryBudget: { share: 0, minimum: 1 },
      upstreamBreaker: { ...breaker, failures: 1 },
    });
    const first = test.ask([test.endpoint(1)]);
    const second = test.ask([test.endpoint(1)]);
    assert.deepEqual([first.got, second.got], [2, "queued"]);
    first.attempt.settle("failure");
    assert.equal(second.got, "breaker-open");
  });
});

describe("Upstream: outliers", () => {
  function failOn(test: TestUpstream, port: number, times: number): void {
    for (let i = 0; i < times; i++) {
      const others = test.upstream.endpoints.filter((one) => one !== test.endpoint(port));
      test.ask(others).fail();
    }
  }

  it("ejects an endpoint whose connections fail in a row, for longer each time, and lets it in again", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2), endpoint(3)], { outlier });
    failOn(test, 1, 2);
    assert.deepEqual(test.changes, ["ejection 1"]);
    assert.deepEqual(new Set(test.ports(4)), new Set([2, 3]));
    test.clock.advance(29_999);
    assert.equal(test.endpoint(1).available, false);
    test.clock.advance(1);
    assert.equal(test.endpoint(1).available, true);
    failOn(test, 1, 2);
    test.clock.advance(59_999);
    assert.equal(test.endpoint(1).available, false);
    test.clock.advance(1);
    assert.equal(test.endpoint(1).available, true);
    // A quiet time makes it short again.
    test.clock.advance(90_000);
    failOn(test, 1, 2);
    test.clock.advance(30_000);
    assert.equal(test.endpoint(1).available, true);
  });

  it("is not ejected when a success comes between", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { outlier });
    for (let i = 0; i < 5; i++) {
      failOn(test, 1, 1);
      test.ask([test.endpoint(2)]).succeed();
    }
    assert.deepEqual(test.changes, []);
  });

  it("ejects no more than the share, and never the last one", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2), endpoint(3)], { outlier });
    failOn(test, 1, 2);
    failOn(test, 2, 6);
    assert.deepEqual([test.endpoint(1).available, test.endpoint(2).available], [false, true]);
    const alone = new TestUpstream([endpoint(1)], { outlier });
    for (let i = 0; i < 5; i++) alone.ask().fail();
    assert.equal(alone.endpoint(1).available, true);
    const pair = new TestUpstream([endpoint(1), endpoint(2)], { outlier });
    pair.setHealth(2, false);
    for (let i = 0; i < 5; i++) pair.ask().fail();
    assert.equal(pair.endpoint(1).available, true);
  });

  it("yields when all others are gone: an ejected endpoint is better than none", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { outlier });
    failOn(test, 1, 2);
    test.setHealth(2, false);
    assert.deepEqual(test.changes, ["ejection 1", "health 2", "ejection 1"]);
    assert.equal(test.ask().got, 1);
    assert.equal(test.clock.pending, 0);
  });

  it("yields when the others are taken out", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { outlier });
    failOn(test, 1, 2);
    test.upstream.keeper.remove(test.endpoint(2));
    assert.equal(test.ask().got, 1);
    assert.deepEqual([test.upstream.keeper.outlier?.ejected, test.clock.pending], [0, 0]);
  });

  it("ends no more ejections than it takes to have one endpoint, however many there are", () => {
    const ports = Array.from({ length: 10_000 }, (_, index) => index + 1);
    const test = new TestUpstream(
      ports.map((port) => endpoint(port)),
      { outlier: { ...outlier, consecutiveFailures: 1 } },
    );
    for (let i = 0; i < 5000; i++) test.ask().fail();
    assert.equal(test.upstream.keeper.outlier?.ejected, 5000);
    const [ejected, others] = [true, false].map((out) =>
      test.upstream.endpoints.filter((one) => one.ejection?.active === out),
    );
    for (const one of [...(ejected ?? []), ...(others ?? [])]) {
      one.health.status = "unhealthy";
      test.upstream.keeper.healthChanged(one);
    }
    assert.equal(test.ask().got, "no-endpoint");
    const [first] = ejected ?? [];
    assert.ok(first !== undefined);
    first.health.status = "healthy";
    test.upstream.keeper.healthChanged(first);
    assert.equal(test.ask().attempt.endpoint, first);
  });

  it("lets an endpoint in again that the probes saw go down and come back", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { outlier });
    failOn(test, 1, 2);
    test.setHealth(1, false);
    test.setHealth(1, true);
    assert.equal(test.endpoint(1).available, true);
    assert.deepEqual(test.changes, ["ejection 1", "health 1", "ejection 1", "health 1"]);
  });

  it("neither ejects an endpoint that was taken out, nor opens its breaker", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2), endpoint(3)], { outlier, endpointBreaker: breaker });
    const clients = [test.ask(), test.ask(), test.ask(), test.ask(), test.ask(), test.ask()];
    const gone = test.endpoint(1);
    test.upstream.keeper.remove(gone);
    for (const client of clients) if (client.attempt.endpoint === gone) client.fail();
    assert.deepEqual(
      [test.upstream.keeper.outlier?.ejected, gone.breaker?.state, test.clock.pending],
      [0, "closed", 0],
    );
  });

  it("neither judges nor chooses an endpoint that is being taken out, when connects to it fail by that", () => {
    const named = endpoint(1, { address: { kind: "tcp", host: "one.test", port: 1 }, maxConnections: 1 });
    const test = new TestUpstream([named, endpoint(2, { maxConnections: 1 })], {
      outlier: { ...outlier, consecutiveFailures: 1 },
      endpointBreaker: { ...breaker, failures: 1 },
    });
    const gone = test.endpoint(1);
    const clients = [test.ask(), test.ask(), test.ask()];
    const waiting = clients[2];
    for (const client of clients.slice(0, 2)) {
      const options = { keepAliveMs: 0, highWaterMarkBytes: 1 };
      if (client.attempt.endpoint !== gone) continue;
      gone.dialer.connect(options, { onConnect() {}, onConnectError: () => client.fail() });
    }
    test.upstream.keeper.remove(gone);
    assert.deepEqual([gone.activeConnections, gone.failures.total, gone.breaker?.state], [0, 0, "closed"]);
    assert.deepEqual([test.upstream.keeper.outlier?.ejected, test.clock.pending], [0, 0]);
    assert.equal(waiting?.got, "queued");
  });

  it("forgets an ejection when a person resets the endpoint", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { outlier });
    failOn(test, 1, 2);
    test.upstream.keeper.resetEndpoint(test.endpoint(1));
    assert.deepEqual(
      [test.endpoint(1).available, test.upstream.keeper.outlier?.ejected, test.clock.pending],
      [true, 0, 0],
    );
  });
});

describe("Upstream: circuit breakers and slow start", () => {
  it("opens the breaker of an endpoint, and lets one probe through when it is half-open", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { endpointBreaker: breaker });
    const others = [test.endpoint(2)];
    test.ask(others).fail();
    test.ask(others).fail();
    assert.deepEqual(test.ports(3), [2, 2, 2]);
    test.clock.advance(30_000);
    const ports = test.ports(6);
    assert.equal(ports.filter((port) => port === 1).length, 1);
  });

  it("makes clients wait for a probe's result when there is nobody else, and serves them when it is good", () => {
    const test = new TestUpstream([endpoint(1)], { endpointBreaker: breaker });
    test.ask().fail();
    test.ask().fail();
    assert.equal(test.ask().got, "no-endpoint");
    test.clock.advance(30_000);
    const [probe, ...waiting] = [test.ask(), test.ask(), test.ask()];
    assert.deepEqual(
      waiting.map((one) => one.got),
      ["queued", "queued"],
    );
    probe.attempt.connected();
    probe.attempt.settle("success");
    assert.deepEqual(
      waiting.map((one) => one.got),
      [1, 1],
    );
  });

  it("lets the backups serve on while those before them are on trial", () => {
    const tiers = [endpoint(1), endpoint(2, { priority: 1, maxConnections: 3 })];
    const test = new TestUpstream(tiers, { endpointBreaker: breaker });
    test.ask().fail();
    test.ask().fail();
    assert.equal(test.ask().got, 2);
    test.clock.advance(30_000);
    const probe = test.ask();
    assert.deepEqual([probe.got, ...test.ports(2)], [1, 2, 2]);
    const waiting = test.ask();
    assert.equal(waiting.got, "queued");
    probe.attempt.connected();
    probe.attempt.settle("success");
    assert.deepEqual([waiting.got, test.ask().got], [1, 1]);
  });

  it("refuses at once while the breaker of the upstream is open", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { upstreamBreaker: breaker });
    test.ask().fail();
    test.ask().fail();
    assert.equal(test.ask().got, "breaker-open");
    test.clock.advance(30_000);
    const probe = test.ask();
    assert.deepEqual([test.ask().got, test.upstream.breaker?.state], ["breaker-open", "half-open"]);
    probe.succeed();
    assert.notEqual(test.ask().got, "breaker-open");
    assert.deepEqual(test.changes, ["breaker", "breaker", "breaker"]);
  });

  it("gives an endpoint that came back a share that grows", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], { slowStartMs: 10_000 });
    test.setHealth(1, false);
    test.setHealth(1, true);
    const share = (): number => test.ports(100).filter((port) => port === 1).length;
    const first = share();
    test.clock.advance(5000);
    const second = share();
    test.clock.advance(5000);
    const third = share();
    assert.ok(first >= 5 && first <= 15, `At first it got ${first} of 100`);
    assert.ok(second > 20 && second < 45, `Half way it got ${second} of 100`);
    assert.ok(third >= 49 && third <= 51, `At last it got ${third} of 100`);
    assert.equal(test.clock.pending, 0);
  });

  it("lets an endpoint that is added start slowly too", () => {
    const test = new TestUpstream([endpoint(1)], { slowStartMs: 10_000 });
    test.upstream.keeper.add(endpoint(2));
    const first = test.ports(100).filter((port) => port === 2).length;
    test.clock.advance(10_000);
    const later = test.ports(100).filter((port) => port === 2).length;
    assert.ok(first >= 5 && first <= 15, `At first it got ${first} of 100`);
    assert.ok(later >= 49 && later <= 51, `At last it got ${later} of 100`);
  });

  it("leaves no timer behind when it is stopped", () => {
    const test = new TestUpstream([endpoint(1), endpoint(2)], {
      outlier,
      endpointBreaker: breaker,
      upstreamBreaker: breaker,
      slowStartMs: 10_000,
    });
    const others = [test.endpoint(2)];
    test.ask(others).fail();
    test.ask(others).fail();
    test.setHealth(2, false);
    test.setHealth(2, true);
    assert.notEqual(test.clock.pending, 0);
    test.upstream.stop();
    test.upstream.keeper.stop();
    assert.equal(test.clock.pending, 0);
  });
});
