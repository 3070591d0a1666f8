/** Several workers in threads of their own: what is bounded and counted is exact over all of them, and one that dies is replaced. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { outcomeCodes } from "../../src/core/observe/outcome.ts";
import { needs } from "../contract/needs.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { GreetingEndpoint, HeldClient } from "../support/held-client.ts";
import { endpointSettings } from "../support/settings.ts";
import { until } from "../support/sockets.ts";
import { WorkerProxy, type WorkerProxyOptions } from "../support/worker-proxy.ts";

const runtime = await currentRuntime();

interface Stage {
  readonly endpoints: readonly GreetingEndpoint[];
  readonly proxy: WorkerProxy;
}

/** Endpoints a, b, ... behind four workers. */
async function stage(
  stack: AsyncDisposableStack,
  count: number,
  { maxConnections, ...options }: Partial<WorkerProxyOptions> & { readonly maxConnections?: number } = {},
): Promise<Stage> {
  const names = Array.from({ length: count }, (_, index) => String.fromCodePoint(97 + index));
  const endpoints: GreetingEndpoint[] = [];
  for (const name of names) endpoints.push(stack.use(await GreetingEndpoint.open(name)));
  const settings = endpoints.map(({ port }) =>
    endpointSettings(port, maxConnections === undefined ? {} : { maxConnections }),
  );
  const proxy = stack.use(await WorkerProxy.start(runtime, settings, { workers: 4, ...options }));
  return { endpoints, proxy };
}

/** Clients that are connected through to an endpoint, one after the other. */
async function hold(port: number, count: number): Promise<HeldClient[]> {
  const clients: HeldClient[] = [];
  for (let i = 0; i < count; i++) {
    const client = new HeldClient(port);
    assert.notEqual(await client.greeting, "");
    clients.push(client);
  }
  return clients;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

describe("workers", needs(runtime, "reusePort"), () => {
  it("least-connections knows the connections of all workers", async () => {
    await using stack = new AsyncDisposableStack();
    const { endpoints, proxy } = await stage(stack, 3, { upstream: { policy: "least-connections" } });
    const clients = await hold(proxy.port, 60);
    assert.deepEqual(
      endpoints.map(({ active }) => active),
      [20, 20, 20],
    );
    assert.deepEqual([sum(proxy.spread), proxy.server.activeConnections], [60, 60]);
    assert.ok(proxy.spread.filter((count) => count > 0).length >= 3, `the kernel spreads them: ${proxy.spread.join()}`);
    // Room in one endpoint is seen by all workers.
    const onFirst: HeldClient[] = [];
    for (const client of clients) if ((await client.greeting) === "a!") onFirst.push(client);
    await Promise.all(onFirst.slice(0, 12).map((client) => client.end()));
    await until(() => proxy.server.activeConnections === 48, "they are over");
    for (const client of await hold(proxy.port, 12)) assert.equal(await client.greeting, "a!");
  });

  it("an endpoint never gets more connections than it may have, and who waits in another worker is served", async () => {
    await using stack = new AsyncDisposableStack();
    const { endpoints, proxy } = await stage(stack, 2, {
      maxConnections: 5,
      upstream: { policy: "least-connections", queue: { maxLength: 1000, timeoutMs: 30_000 } },
    });
    const visits = Array.from({ length: 400 }, async () => {
      const client = new HeldClient(proxy.port);
      assert.notEqual(await client.greeting, "");
      assert.equal(await client.ask("hello"), "hello\n");
      await client.end();
    });
    await Promise.all(visits);
    assert.deepEqual(
      endpoints.map(({ peak }) => peak),
      [5, 5],
    );
    assert.equal(sum(endpoints.map(({ total }) => total)), 400);
    const [upstream] = proxy.server.upstreams;
    assert.ok((upstream?.queue.total.total ?? 0) > 0, "some waited");
    assert.equal(upstream?.queue.length, 0);
  });

  it("a client gets as many connections as it may have, over all workers", async () => {
    await using stack = new AsyncDisposableStack();
    const { proxy } = await stage(stack, 1, { listener: { maxConnectionsPerClient: 7 } });
    for (const address of ["127.0.0.1", "127.0.0.2"]) {
      const clients = Array.from({ length: 40 }, () => new HeldClient(proxy.port, address));
      const greetings = await Promise.all(clients.map((client) => client.greeting));
      assert.equal(greetings.filter((greeting) => greeting === "a!").length, 7, address);
    }
    const [listener] = proxy.server.listeners;
    assert.equal(listener?.service.admission.refusals.counts["limit-client"], 66);
    assert.equal(listener?.service.admission.clients?.highest, 7);
    await until(() => sum(proxy.refusals.map(([, count]) => count)) > 0, "the workers tell of it");
  });

  it("the bounds of listener and process hold over all workers", async () => {
    await using stack = new AsyncDisposableStack();
    const { proxy } = await stage(stack, 1, { listener: { maxConnections: 11 }, limits: { maxConnections: 9 } });
    const clients = Array.from({ length: 60 }, () => new HeldClient(proxy.port));
    const greetings = await Promise.all(clients.map((client) => client.greeting));
    assert.equal(greetings.filter((greeting) => greeting === "a!").length, 9);
    assert.deepEqual([proxy.server.gate.connections.active, proxy.server.gate.connections.peak], [9, 9]);
  });

  it("counts every connection and every byte once", async () => {
    await using stack = new AsyncDisposableStack();
    const { endpoints, proxy } = await stage(stack, 3, { upstream: { policy: "least-connections" } });
    let left = 1000;
    const visitor = async (): Promise<void> => {
      while (left-- > 0) {
        const client = new HeldClient(proxy.port);
        await client.greeting;
        await client.ask("0123456789");
        await client.end();
      }
    };
    await Promise.all(Array.from({ length: 32 }, visitor));
    await until(() => proxy.server.activeConnections === 0, "all are over");
    const service = proxy.server.listeners[0]?.service;
    assert.ok(service !== undefined && "durations" in service);
    assert.deepEqual([service.counters.clients.total, service.counters.outcomes.ok.total], [1000, 1000]);
    assert.equal(sum(outcomeCodes.map((code) => service.counters.outcomes[code].total)), 1000);
    assert.deepEqual([service.counters.up.total, service.counters.down.total], [11_000, 13_000]);
    assert.equal(sum(service.durations.counts), 1000);
    const [upstream] = proxy.server.upstreams;
    assert.equal(sum((upstream?.endpoints ?? []).map((one) => one.connections.total)), 1000);
    assert.equal(sum((upstream?.endpoints ?? []).map((one) => one.up.total)), 11_000);
    assert.equal(sum(upstream?.connectTimes.counts ?? []), 1000);
    assert.deepEqual([upstream?.activeConnections, upstream?.pendingConnects], [0, 0]);
    assert.equal(sum(endpoints.map(({ total }) => total)), 1000);
    const perWorker = [0, 1, 2, 3].map((worker) => service.counters.clients.of(worker));
    assert.ok(
      perWorker.every((count) => count > 150),
      `each has its share: ${perWorker.join()}`,
    );
    await until(() => proxy.log.split("\n").length === 1001, "each connection leaves a record");
  });

  it("replaces a worker that dies; the others' connections do not notice, and what it held is given back", async () => {
    await using stack = new AsyncDisposableStack();
    const { proxy } = await stage(stack, 1, {
      maxConnections: 40,
      upstream: { policy: "least-connections", queue: { maxLength: 0, timeoutMs: 1000 } },
    });
    const clients = await hold(proxy.port, 40);
    const { spread } = proxy;
    const worker = spread.findIndex((count) => count > 0);
    let closed = 0;
    for (const client of clients) void client.closed.then(() => closed++);
    const diedMs = performance.now();
    proxy.crash(worker);
    await until(() => proxy.replacements.length === 1, "another takes its place");
    const tookMs = performance.now() - diedMs;
    assert.deepEqual([proxy.deaths, proxy.replacements, proxy.pool.facts[worker]?.restarts], [[worker], [worker], 1]);
    console.log(`replaced after ${tookMs.toFixed(0)} ms`);
    await until(() => closed === spread[worker], "its clients are told");
    const alive = clients.filter(({ socket }) => !socket.destroyed);
    assert.equal(alive.length, 40 - (spread[worker] ?? 0));
    for (const client of alive) assert.equal(await client.ask("still here?"), "still here?\n");
    // The places of the dead are free again, no more and no less.
    assert.equal(proxy.server.activeConnections, alive.length);
    const again = Array.from({ length: 60 }, () => new HeldClient(proxy.port));
    const greetings = await Promise.all(again.map((client) => client.greeting));
    assert.equal(greetings.filter((greeting) => greeting === "a!").length, spread[worker]);
    assert.equal(proxy.server.upstreams[0]?.endpoints[0]?.activeConnections, 40);
    assert.equal(closed, spread[worker], "nobody else was cut");
    assert.equal(proxy.server.listeners[0]?.service.counters.outcomes["worker-died"].total, spread[worker]);
  });

  it("what happens to an endpoint holds for all workers: taken out, added, failing", async () => {
    await using stack = new AsyncDisposableStack();
    const { endpoints, proxy } = await stage(stack, 2);
    const late = stack.use(await GreetingEndpoint.open("late"));
    const [upstream] = proxy.server.upstreams;
    const [first, second] = upstream?.endpoints ?? [];
    assert.ok(upstream !== undefined && first !== undefined && second !== undefined);
    const names = async (): Promise<string> => {
      const clients = await hold(proxy.port, 24);
      const greetings = await Promise.all(clients.map((client) => client.greeting));
      await Promise.all(clients.map((client) => client.end()));
      return [...new Set(greetings)].toSorted().join("");
    };
    assert.equal(await names(), "a!b!");
    upstream.keeper.setAdminState(first, "draining");
    assert.equal(await names(), "b!");
    assert.ok(upstream.keeper.add(endpointSettings(late.port)) !== undefined);
    upstream.keeper.remove(second);
    let seen = "";
    // Workers learn of a new list by message.
    await until(async () => (seen = await names()) === "late!", "they use the new list");
    assert.equal(seen, "late!");
    // A worker that comes later has it too.
    proxy.crash(2);
    await until(() => proxy.replacements.length === 1, "another takes its place");
    assert.equal(await names(), "late!");
    assert.equal(endpoints[0]?.active, 0);
  });

  it("an endpoint that fails in one worker after another is ejected for all, and an open breaker is open for all", async () => {
    await using stack = new AsyncDisposableStack();
    const window = { windowMs: 60_000 };
    const { endpoints, proxy } = await stage(stack, 2, {
      upstream: {
        connectRetries: 1,
        outlier: { ...window, consecutiveFailures: 6, ejectionMs: 60_000, maxEjectionMs: 60_000, maxEjectedShare: 0.5 },
        endpointBreaker: { ...window, failures: 6, openMs: 60_000, halfOpenProbes: 1, successes: 1 },
      },
    });
    await endpoints[0]?.[Symbol.asyncDispose]();
    const bad = proxy.server.upstreams[0]?.endpoints[0];
    assert.ok(bad !== undefined);
    await until(async () => {
      const client = new HeldClient(proxy.port);
      assert.equal(await client.greeting, "b!", "no client notices");
      await client.end();
      return bad.ejected && bad.breaker?.state === "open";
    }, "it is out");
    assert.equal(bad.breaker?.trips, 1);
    assert.equal(bad.ejection?.total, 1);
    const failures = bad.failures.total;
    assert.ok(failures >= 6 && failures <= 10, `${failures} failures until it was out`);
    for (const client of await hold(proxy.port, 24)) assert.equal(await client.greeting, "b!");
    assert.equal(bad.failures.total, failures, "nobody is sent there any more");
  });

  it("drains: running connections end, then all is over; at the deadline the rest is cut and counted", async () => {
    await using stack = new AsyncDisposableStack();
    const { proxy } = await stage(stack, 1);
    const clients = await hold(proxy.port, 12);
    const drained = proxy.server.drain();
    await until(async () => {
      const late = new HeldClient(proxy.port);
      const greeting = await late.greeting;
      late.socket.destroy();
      return greeting === "";
    }, "nobody listens any more");
    for (const client of clients) assert.equal(await client.ask("on we go"), "on we go\n");
    await Promise.all(clients.map((client) => client.end()));
    assert.equal(await drained, 0);

    const { proxy: second } = await stage(stack, 1, { drainTimeoutMs: 300 });
    const held = await hold(second.port, 12);
    assert.equal(await second.server.drain(), 12);
    await Promise.all(held.map((client) => client.closed));
    assert.equal(second.server.listeners[0]?.service.counters.outcomes["drain-timeout"].total, 12);
  });

  it("an address that is in use is told, and nothing is left running", async () => {
    await using stack = new AsyncDisposableStack();
    const { proxy } = await stage(stack, 1);
    const address = { kind: "tcp", host: "127.0.0.1", port: proxy.port } as const;
    await assert.rejects(
      WorkerProxy.start(runtime, [endpointSettings(1)], { workers: 2, listener: { address } }),
      (error: Error & { code?: string }) => error.name === "ListenError" && error.code === "EADDRINUSE",
    );
  });
});
