/** What clients see through the proxy while endpoints misbehave, over real sockets. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HealthSettings, OutlierSettings } from "../../src/core/server/settings.ts";
import { BlackHole } from "../support/black-hole.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { TestProxy } from "../support/proxy.ts";
import { until } from "../support/sockets.ts";
import { endpointSettings } from "../support/settings.ts";
import { askOnce, StageCrowd, StageEndpoint } from "../support/stage.ts";

const runtime = await currentRuntime();
const health: HealthSettings = {
  type: "tcp",
  intervalMs: 100,
  fastIntervalMs: 50,
  timeoutMs: 100,
  rise: 2,
  fall: 2,
};
const outlier: OutlierSettings = {
  consecutiveFailures: 5,
  windowMs: 10_000,
  ejectionMs: 60_000,
  maxEjectionMs: 300_000,
  maxEjectedShare: 0.5,
};

/** Three endpoints; the first is the one that misbehaves. */
async function three(stack: AsyncDisposableStack): Promise<[StageEndpoint, StageEndpoint, StageEndpoint]> {
  const endpoints = await Promise.all([StageEndpoint.open(), StageEndpoint.open(), StageEndpoint.open()]);
  for (const endpoint of endpoints) stack.use(endpoint);
  return endpoints;
}

function portsOf(endpoints: readonly StageEndpoint[]): number[] {
  return endpoints.map((one) => one.port);
}

describe("scenarios", { timeout: 60_000 }, () => {
  it("an endpoint that flaps costs only what runs on it when it goes", async () => {
    await using stack = new AsyncDisposableStack();
    const endpoints = await three(stack);
    const proxy = stack.use(await TestProxy.start(runtime, portsOf(endpoints), { policy: "p2c", health }));
    const [flapping] = endpoints;
    const crowd = new StageCrowd(proxy.port, 10);
    for (let round = 0; round < 4; round++) {
      const before = crowd.answered;
      await until(() => crowd.answered > before + 100, "it goes on with three");
      await flapping.down();
      const after = crowd.answered;
      await until(() => crowd.answered > after + 100, "it goes on with two");
      await flapping.up();
    }
    await crowd.stop();
    // Each time it went, at most the ten clients were on it.
    assert.ok(crowd.failures.length <= 40, `${crowd.failures.length} failed: ${crowd.failures.slice(0, 5).join()}`);
    const outcomes = new Set(proxy.records.map((one) => one.outcome));
    outcomes.delete("ok");
    outcomes.delete("endpoint-reset");
    assert.deepEqual([...outcomes], [], "no client was told of a failed connect");
  });

  it("a blackholed endpoint costs a connect timeout until the probes find it, and never a failure", async () => {
    await using stack = new AsyncDisposableStack();
    const endpoints = await three(stack);
    const hole = stack.use(await BlackHole.open());
    const proxy = stack.use(
      await TestProxy.start(runtime, [hole.port, ...portsOf(endpoints)], {
        health,
        upstream: { connectTimeoutMs: 200 },
      }),
    );
    const crowd = new StageCrowd(proxy.port, 10);
    const endpoint = proxy.server.upstreams[0]?.endpoints[0];
    await until(() => endpoint?.health.status === "unhealthy", "the probes have found it");
    assert.equal(endpoint?.health.lastProbe, "timeout");
    const before = crowd.asked.length;
    await until(() => crowd.asked.length > before + 200, "it goes on");
    await crowd.stop();
    assert.deepEqual(crowd.failures, []);
  });

  it("all endpoints go, and come back: clients are told at once, and served again", async () => {
    await using stack = new AsyncDisposableStack();
    const endpoints = await three(stack);
    const proxy = stack.use(await TestProxy.start(runtime, portsOf(endpoints), { health }));
    for (const endpoint of endpoints) await endpoint.down();
    const all = proxy.server.upstreams[0]?.endpoints ?? [];
    await until(() => all.every((one) => one.health.status === "unhealthy"), "the probes have found them");
    await askOnce(proxy.port);
    assert.equal(proxy.records.at(-1)?.outcome, "no-endpoint");
    for (const endpoint of endpoints) await endpoint.up();
    await until(() => all.every((one) => one.health.status === "healthy"), "the probes have found them again");
    for (let i = 0; i < 6; i++) assert.equal((await askOnce(proxy.port)).result, "ok");
    assert.ok(endpoints.every((one) => one.served > 0));
  });

  it("failing open, the first endpoint that is back serves before a probe has seen it", async () => {
    await using stack = new AsyncDisposableStack();
    const endpoints = await three(stack);
    const slowProbes = { ...health, intervalMs: 60_000, fastIntervalMs: 60_000, fall: 1 };
    for (const endpoint of endpoints) await endpoint.down();
    const proxy = stack.use(
      await TestProxy.start(runtime, portsOf(endpoints), { health: slowProbes, upstream: { failOpenBelow: 0.3 } }),
    );
    const [upstream] = proxy.server.upstreams;
    await until(() => upstream?.keeper.failOpen === true, "it fails open");
    await endpoints[1].up();
    assert.equal((await askOnce(proxy.port)).result, "ok");
  });

  for (const mode of ["close", "reset"] as const) {
    it(`an endpoint that accepts and does ${mode} is ejected, though its health check is content`, async () => {
      await using stack = new AsyncDisposableStack();
      const endpoints = await three(stack);
      const [bad] = endpoints;
      const proxy = stack.use(
        await TestProxy.start(runtime, portsOf(endpoints), { policy: "p2c", health, upstream: { outlier } }),
      );
      const endpoint = proxy.server.upstreams[0]?.endpoints[0];
      await until(() => endpoint?.health.status === "healthy", "it is found healthy");
      bad.mode = mode;
      const crowd = new StageCrowd(proxy.port, 10);
      await until(() => endpoint?.ejection?.active === true, "it is ejected");
      const before = crowd.asked.length;
      await until(() => crowd.asked.length > before + 200, "it goes on");
      await crowd.stop();
      assert.equal(endpoint?.health.status, "healthy");
      assert.ok(endpoint.ejection?.active);
      // Five in a row, and what else was on its way to it.
      assert.ok(crowd.failures.length <= 30, `${crowd.failures.length} failed`);
      for (let i = 0; i < 20; i++) assert.equal((await askOnce(proxy.port)).result, "ok");
    });
  }

  it("bounded endpoints make clients wait, and all are served", async () => {
    await using stack = new AsyncDisposableStack();
    const endpoint = stack.use(await StageEndpoint.open({ delayMs: 5 }));
    const proxy = stack.use(
      await TestProxy.start(runtime, [endpoint.port], {
        upstream: {
          endpoints: [endpointSettings(endpoint.port, { maxConnections: 2 })],
          queue: { maxLength: 100, timeoutMs: 20_000 },
        },
      }),
    );
    const results = await Promise.all(Array.from({ length: 60 }, () => askOnce(proxy.port)));
    assert.ok(results.every((one) => one.result === "ok"));
    const [upstream] = proxy.server.upstreams;
    assert.equal(upstream?.queue.length, 0);
    assert.ok((upstream?.queue.total.total ?? 0) >= 50, `${upstream?.queue.total.total} waited`);
  });

  it("who waits too long, or finds the queue full, is told why in the record", async () => {
    await using stack = new AsyncDisposableStack();
    const endpoint = stack.use(await StageEndpoint.open({ mode: "silent" }));
    const proxy = stack.use(
      await TestProxy.start(runtime, [endpoint.port], {
        upstream: {
          endpoints: [endpointSettings(endpoint.port, { maxConnections: 1 })],
          queue: { maxLength: 1, timeoutMs: 100 },
        },
      }),
    );
    const only = proxy.server.upstreams[0]?.endpoints[0];
    void askOnce(proxy.port);
    await until(() => only?.connections.total === 1, "the first is connected");
    await Promise.all([askOnce(proxy.port), askOnce(proxy.port)]);
    await until(() => proxy.records.length === 2, "both have a record");
    assert.deepEqual(proxy.records.map((one) => one.outcome).toSorted(), ["queue-full", "queue-timeout"]);
  });
});
