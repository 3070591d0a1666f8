/** One upstream in several threads over one memory: what one of them does is seen by the others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EndpointSettings, UpstreamSettings } from "../../../src/core/server/settings.ts";
import {
  endpointSettings as endpoint,
  quickBreaker as breaker,
  quickOutlier as outlier,
} from "../../support/settings.ts";
import { type TestThread, TestThreads } from "../../support/upstream.ts";

/** Three workers, of which most tests need two. */
function make(
  endpoints: readonly EndpointSettings[],
  more: Partial<UpstreamSettings> = {},
): { test: TestThreads; main: TestThreads["main"]; a: TestThread; b: TestThread; c: TestThread } {
  const test = new TestThreads(3, endpoints, more);
  const [a, b, c] = test.workers;
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  return { test, main: test.main, a, b, c };
}

function sorted(got: readonly (number | string)[]): string {
  return got.map(String).toSorted().join(" ");
}

const busy = [endpoint(1, { maxConnections: 1 })];

describe("An upstream in several threads: the queue", () => {
  it("keeps one set of books", () => {
    const { main, a, b } = make([endpoint(1)]);
    const first = a.ask();
    const second = b.ask();
    for (const { upstream } of [main, a, b]) {
      assert.deepEqual([upstream.activeConnections, upstream.pendingConnects], [2, 2]);
    }
    first.attempt.connected();
    second.fail();
    for (const one of [main, a, b]) {
      assert.deepEqual([one.upstream.activeConnections, one.upstream.pendingConnects], [1, 0]);
      assert.equal(one.endpoint(1).activeConnections, 1);
    }
    first.attempt.end();
    assert.deepEqual([main.upstream.activeConnections, main.endpoint(1).active.of(0)], [0, 0]);
  });

  it("who waits in one is served when another has room again, and rings", () => {
    const { test, a, b } = make(busy);
    const holder = b.ask();
    const waiter = a.ask();
    assert.equal(waiter.got, "queued");
    holder.succeed();
    test.wake();
    assert.equal(waiter.got, 1);
    assert.deepEqual([a.upstream.queue.length, a.upstream.queue.total.total], [0, 1]);
  });

  it("who has just begun to wait looks once more by itself: the place may be free since before it could be seen", () => {
    const { test, a, b } = make(busy);
    const holder = b.ask();
    const waiter = a.ask();
    // As if it had been given back, and nobody rung for, before the waiter was in the queue.
    holder.succeed();
    assert.equal(waiter.got, "queued");
    test.clock.advance(0);
    assert.equal(waiter.got, 1);
  });

  it("is first come, first served over all threads", () => {
    const { test, a, b, c } = make(busy);
    let holder = c.ask();
    const waiters = [a, b, a, c, b, b, a].map((thread) => thread.ask());
    for (const [index, waiter] of waiters.entries()) {
      assert.deepEqual(
        waiters.map(({ got }) => got === 1),
        waiters.map((_, other) => other < index),
      );
      holder.succeed();
      test.wake();
      holder = waiter;
    }
    assert.equal(holder.got, 1);
  });

  it("a newcomer does not pass those who wait in another thread", () => {
    const { test, a, b } = make(busy);
    const holder = b.ask();
    const waiter = a.ask();
    holder.succeed();
    // Nobody has woken yet.
    const newcomer = b.ask();
    assert.deepEqual([waiter.got, newcomer.got], ["queued", "queued"]);
    test.wake();
    assert.deepEqual([waiter.got, newcomer.got], [1, "queued"]);
  });

  it("who does not wait passes nobody who does, in whichever thread", () => {
    const { test, a, b } = make(busy);
    const holder = b.ask();
    const waiter = a.ask();
    holder.succeed();
    const hedge = { isRetry: true, tried: [], clientHash: 0 };
    assert.equal(b.upstream.requestNow(hedge), undefined);
    test.wake();
    assert.equal(waiter.got, 1);
    waiter.succeed();
    b.upstream.requestNow(hedge)?.end();
    assert.deepEqual([b.upstream.retries.total, b.upstream.activeConnections, b.upstream.queue.total.total], [1, 0, 1]);
  });

  it("when the first one gives up it is the next one's turn, in whichever thread", () => {
    const { test, a, b } = make(busy);
    const holder = a.ask();
    const first = a.ask();
    const second = b.ask();
    holder.succeed();
    first.attempt.connected();
    const third = a.ask();
    second.leave();
    first.succeed();
    test.wake();
    assert.equal(third.got, 1);
    assert.equal(b.upstream.queue.length, 0);
  });

  it("who waited in a worker that died holds nobody up, and its places are free", () => {
    const { test, a, b } = make([endpoint(1, { maxConnections: 2 })]);
    assert.deepEqual([a.ask().got, b.ask().got], [1, 1]);
    assert.equal(a.ask().got, "queued");
    const waiter = b.ask();
    test.die(0);
    test.wake();
    assert.equal(waiter.got, 1);
    const { queue, activeConnections, pendingConnects } = b.upstream;
    assert.deepEqual([queue.length, activeConnections, pendingConnects], [0, 2, 2]);
  });

  it("its length, pending connects and retries are bounded over all threads", () => {
    const bounded = make(busy, { queue: { maxLength: 2, timeoutMs: 5000 } });
    assert.deepEqual([bounded.a.ask().got, bounded.a.ask().got, bounded.b.ask().got], [1, "queued", "queued"]);
    assert.equal(bounded.c.ask().got, "queue-full");

    const pending = make([endpoint(1)], { maxPendingConnects: 2 });
    const [first, second, third] = [pending.a.ask(), pending.b.ask(), pending.c.ask()];
    assert.deepEqual([first.got, second.got, third.got], [1, 1, "queued"]);
    second.attempt.connected();
    pending.test.wake();
    assert.equal(third.got, 1);

    const retries = make([endpoint(1), endpoint(2)], { retryBudget: { share: 0, minimum: 1 } });
    const retry = retries.a.ask([retries.a.endpoint(1)]);
    const later = retries.b.ask([retries.b.endpoint(1)]);
    assert.deepEqual([retry.got, later.got], [2, "queued"]);
    retry.attempt.connected();
    retries.test.wake();
    assert.equal(later.got, 2);
  });
});

describe("An upstream in several threads: who is chosen", () => {
  for (const policy of ["p2c", "least-connections", "round-robin", "random", "ip-hash"] as const) {
    it(`an endpoint that another thread has filled is not chosen (${policy})`, () => {
      const endpoints = [1, 2, 3].map((port) => endpoint(port, { maxConnections: 2 }));
      const { a, b, c } = make(endpoints, { policy });
      const got = [a, b, c, a, b, c].map((thread) => thread.ask().got);
      assert.equal(sorted(got), "1 1 2 2 3 3");
      assert.deepEqual([a.ask().got, b.ask().got], ["queued", "queued"]);
    });
  }

  it("least-connections knows what the others have connected, and what they have ended", () => {
    const { a, b, c } = make([endpoint(1), endpoint(2)], { policy: "least-connections" });
    const clients = [a, a, b, b, c, c].map((thread) => thread.ask());
    assert.equal(sorted(clients.map(({ got }) => got)), "1 1 1 2 2 2");
    for (const client of clients) if (client.got === 2) client.succeed();
    assert.deepEqual([b.ask().got, c.ask().got, a.ask().got], [2, 2, 2]);
  });

  it("health, admin state and weight are as the main thread says", () => {
    const { test, main, a, b } = make([endpoint(1), endpoint(2), endpoint(3)]);
    main.setHealth(1, false);
    main.upstream.keeper.setAdminState(main.endpoint(2), "draining");
    // A client need not wait for the bell.
    assert.deepEqual([...a.ports(2), ...b.ports(2)], [3, 3, 3, 3]);
    main.setHealth(1, true);
    main.upstream.keeper.setWeight(main.endpoint(1), 3);
    assert.equal(a.ports(8).filter((port) => port === 1).length, 6);
    main.setHealth(1, false);
    main.setHealth(3, false);
    test.wake();
    assert.deepEqual([a.ask().got, b.ask().got], ["no-endpoint", "no-endpoint"]);
  });

  it("who waits is served when the main thread lets an endpoint in", () => {
    const { test, main, a } = make([endpoint(1, { maxConnections: 1 }), endpoint(2)]);
    main.setHealth(2, false);
    assert.equal(a.ask().got, 1);
    const waiter = a.ask();
    assert.equal(waiter.got, "queued");
    main.setHealth(2, true);
    test.wake();
    assert.equal(waiter.got, 2);
  });

  it("a backup serves in all threads while the first tier cannot", () => {
    const { main, a, b } = make([endpoint(1), endpoint(9, { priority: 1 })]);
    main.setHealth(1, false);
    assert.deepEqual([a.ask().got, b.ask().got], [9, 9]);
    main.setHealth(1, true);
    assert.deepEqual([a.ask().got, b.ask().got], [1, 1]);
  });

  it("slow start: the share that the main thread lets grow is seen by all", () => {
    const { test, main, a, b } = make([endpoint(1), endpoint(2)], { slowStartMs: 20_000 });
    main.setHealth(1, false);
    test.wake();
    main.setHealth(1, true);
    test.wake();
    assert.deepEqual(
      [a, b].map((one) => one.endpoint(1).slowStart.share),
      [0.1, 0.1],
    );
    assert.ok(a.ports(44).filter((port) => port === 1).length <= 5, "a tenth of the weight");
    test.pass(10_000);
    assert.deepEqual(
      [a, b].map((one) => one.endpoint(1).effectiveWeight.toFixed(2)),
      ["0.55", "0.55"],
    );
    test.pass(10_000);
    assert.equal(b.ports(20).filter((port) => port === 1).length, 10);
    assert.equal(test.clock.pending, 0);
  });

  it("failing open is decided once, and seen by all", () => {
    const { main, a, b } = make([endpoint(1), endpoint(2)], { failOpenBelow: 0.8 });
    main.setHealth(1, false);
    assert.equal(main.upstream.keeper.failOpen, true);
    assert.equal(sorted(a.ports(2)), "1 2");
    main.setHealth(1, true);
    assert.deepEqual(
      [a, b].map((one) => one.endpoint(1).failOpen),
      [false, false],
    );
    assert.deepEqual(main.changes.filter((change) => change === "fail-open").length, 2);
  });
});

describe("An upstream in several threads: breakers and ejections", () => {
  it("a breaker opens with failures of several threads, is open for all, and is counted once", () => {
    const { test, main, a, b, c } = make([endpoint(1), endpoint(2)], { endpointBreaker: breaker });
    for (const thread of [a, b]) {
      const client = thread.ask([thread.endpoint(2)]);
      assert.equal(client.got, 1);
      client.fail();
    }
    for (const one of [main, a, b, c]) assert.equal(one.endpoint(1).breaker?.state, "open");
    // C has not woken.
    assert.deepEqual(c.ports(3), [2, 2, 2]);
    test.wake();
    assert.deepEqual(main.changes, ["breaker 1"]);
    assert.equal(main.endpoint(1).breaker?.trips, 1);
  });

  it("the keeper alone half-opens it, and probes are bounded over all threads", () => {
    const { test, main, a, b, c } = make([endpoint(1), endpoint(2)], {
      endpointBreaker: { ...breaker, halfOpenProbes: 2, successes: 2 },
    });
    for (let i = 0; i < 2; i++) a.ask([a.endpoint(2)]).fail();
    assert.equal(test.clock.pending, 0, "a worker watches no time");
    test.wake();
    assert.equal(test.clock.pending, 1);
    test.pass(29_999);
    assert.equal(a.endpoint(1).breaker?.state, "open");
    test.pass(1);
    for (const one of [main, a, b, c]) assert.equal(one.endpoint(1).breaker?.state, "half-open");
    const clients = [a, b, c, a, b, c].map((thread) => thread.ask());
    const probes = clients.filter(({ got }) => got === 1);
    assert.deepEqual([probes.length, main.endpoint(1).breaker?.probes], [2, 2]);
    assert.equal(clients.filter(({ got }) => got === 2).length, 4);
    for (const probe of probes) probe.succeed();
    for (const one of [main, a, b, c]) assert.equal(one.endpoint(1).breaker?.state, "closed");
    test.wake();
    assert.deepEqual(main.changes, ["breaker 1", "breaker 1", "breaker 1"]);
    assert.equal(test.clock.pending, 0);
  });

  it("a probe that fails in one thread opens it for all, and a place of one that tells nothing is free again", () => {
    const { test, main, a, b } = make([endpoint(1)], { endpointBreaker: breaker });
    a.ask().fail();
    b.ask().fail();
    test.wake();
    test.pass(30_000);
    const probe = b.ask();
    const waiter = a.ask();
    assert.deepEqual([probe.got, waiter.got], [1, "queued"]);
    test.wake();
    // Nothing happens on it for as long as the breaker was open: the keeper lets another try.
    test.pass(30_000);
    assert.equal(waiter.got, 1);
    waiter.fail();
    assert.equal(b.endpoint(1).breaker?.state, "open");
    test.wake();
    assert.equal(main.endpoint(1).breaker?.trips, 2);
  });

  it("who waits in one thread for another's probe is served when that succeeds", () => {
    const { test, a, b } = make([endpoint(1)], { endpointBreaker: breaker });
    for (let i = 0; i < 2; i++) a.ask().fail();
    test.wake();
    test.pass(30_000);
    const probe = a.ask();
    const waiter = b.ask();
    assert.equal(waiter.got, "queued");
    probe.attempt.connected();
    probe.attempt.settle("success");
    test.wake();
    assert.equal(waiter.got, 1);
  });

  it("the upstream's own breaker is one for all threads too", () => {
    const { test, main, a, b, c } = make([endpoint(1), endpoint(2)], { upstreamBreaker: breaker });
    a.ask().fail();
    b.ask().fail();
    assert.equal(c.ask().got, "breaker-open");
    test.wake();
    assert.deepEqual(main.changes, ["breaker"]);
    test.pass(30_000);
    const probe = c.ask();
    assert.equal(typeof probe.got, "number");
    assert.equal(a.ask().got, "breaker-open");
    probe.succeed();
    test.wake();
    assert.deepEqual([typeof a.ask().got, main.changes.length, test.clock.pending], ["number", 3, 0]);
  });

  it("an ejection is asked for by a worker, decided by the keeper, and holds for all until its time is over", () => {
    const { test, main, a, b, c } = make([endpoint(1), endpoint(2)], { outlier });
    a.ask([a.endpoint(2)]).fail();
    b.ask([b.endpoint(2)]).fail();
    assert.equal(c.endpoint(1).ejected, false, "nobody else decides");
    test.wake();
    assert.deepEqual(main.changes, ["ejection 1"]);
    assert.deepEqual([main.endpoint(1).ejection?.total, main.upstream.keeper.outlier?.ejected], [1, 1]);
    for (const one of [a, b, c]) assert.deepEqual(one.ports(2), [2, 2]);
    test.pass(30_000);
    assert.deepEqual(new Set(c.ports(4)), new Set([1, 2]));
    assert.equal(test.clock.pending, 0);
  });

  it("the last usable endpoint stays, whoever asks", () => {
    const { test, main, a, b } = make([endpoint(1), endpoint(2)], { outlier });
    for (const port of [1, 2]) {
      const other = 3 - port;
      for (const thread of [a, b]) thread.ask([thread.endpoint(other)]).fail();
    }
    test.wake();
    assert.equal([1, 2].filter((port) => main.endpoint(port).ejected).length, 1);
    assert.equal(typeof a.ask().got, "number");
  });
});

describe("An upstream in several threads: endpoints that come and go", () => {
  it("one that is added has its bounds over all threads", () => {
    const { test, main, a, b, c } = make([endpoint(1, { adminState: "draining" })]);
    assert.equal(a.ask().got, "no-endpoint");
    const added = main.upstream.keeper.add(endpoint(2, { maxConnections: 2 }));
    test.wake();
    const [first, second, third] = [a.ask(), b.ask(), c.ask()];
    assert.deepEqual([first.got, second.got, third.got], [2, 2, "queued"]);
    assert.equal(added?.activeConnections, 2);
    first.succeed();
    test.wake();
    assert.equal(third.got, 2);
    assert.deepEqual([added.active.of(0), added.active.of(1), added.active.of(2)], [0, 1, 1]);
  });

  it("one that is added serves who waits, and its health is seen by all", () => {
    const { test, main, a, b } = make(busy);
    a.ask();
    const waiter = b.ask();
    main.upstream.keeper.add(endpoint(2));
    test.wake();
    assert.equal(waiter.got, 2);
    main.setHealth(2, false);
    assert.deepEqual([a.ask().got, b.ask().got], ["queued", "queued"]);
  });

  it("a worker that dies gives back what it held of one that was added", () => {
    const { test, main, a, b } = make([endpoint(1, { adminState: "disabled" })]);
    const added = main.upstream.keeper.add(endpoint(2, { maxConnections: 2 }));
    test.wake();
    assert.deepEqual([a.ask().got, a.ask().got], [2, 2]);
    const waiter = b.ask();
    test.die(0);
    test.wake();
    assert.equal(waiter.got, 2);
    assert.equal(added?.activeConnections, 1);
  });

  it("of one that is removed connections go on, and nobody gets it any more", () => {
    const { test, main, a, b } = make([endpoint(1), endpoint(2)], { outlier, endpointBreaker: breaker });
    const client = a.ask([a.endpoint(2)]);
    main.upstream.keeper.remove(main.endpoint(1));
    test.wake();
    assert.deepEqual([...a.ports(2), ...b.ports(2)], [2, 2, 2, 2]);
    client.attempt.connected();
    client.fail();
    test.wake();
    assert.deepEqual(main.changes, ["endpoints 1"]);
    assert.equal(main.upstream.activeConnections, 4);
    assert.equal(test.clock.pending, 0);
  });
});
