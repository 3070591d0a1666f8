/** The workers of a process, with threads in which nothing runs: what they are told, and what is left of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FromWorker } from "../../../src/control/workers/messages.ts";
import { atomicWaits, ThreadBell } from "../../../src/control/workers/thread-bell.ts";
import { WorkerPool } from "../../../src/control/workers/worker-pool.ts";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import { DataPlane } from "../../../src/core/server/data-plane.ts";
import { ProxyServer } from "../../../src/core/server/proxy-server.ts";
import type { EndpointSettings, ListenerSettings, ProxySettings } from "../../../src/core/server/settings.ts";
import { chosenPort, FakeNetwork } from "../../support/fake-network.ts";
import { type FakeThread, FakeThreads, settled } from "../../support/fake-threads.ts";
import { endpointSettings as endpoint, listenerSettings, upstreamSettings } from "../../support/settings.ts";
import { until } from "../../support/sockets.ts";

class TestPool {
  readonly network = new FakeNetwork();
  readonly threads = new FakeThreads();
  readonly pool: WorkerPool;
  readonly server: ProxyServer;
  /** What the pool told, in order. */
  readonly told: unknown[][] = [];
  prepared = 0;

  constructor(
    endpoints: readonly EndpointSettings[] = [endpoint(1), endpoint(2)],
    listeners: readonly ListenerSettings[] = [listenerSettings()],
  ) {
    const settings: ProxySettings = {
      listeners,
      routes: [],
      upstreams: [upstreamSettings(endpoints)],
      drainTimeoutMs: 5000,
      limits: { maxConnections: "auto" },
    };
    const runtime = { ...this.network.runtime, io: "reactor" } as const;
    this.pool = new WorkerPool({
      workers: 3,
      settings,
      runtime,
      spawn: this.threads.spawn,
      log: { level: "info", format: "json", colours: false, access: { format: "auto", template: "", sample: 1 } },
      prepare: async () => void this.prepared++,
      events: {
        onAcceptError: (...event) => this.told.push(["accept-error", ...event]),
        onNoReactor: (...event) => this.told.push(["no-reactor", ...event]),
        onRefusals: (...event) => this.told.push(["refusals", ...event]),
        onWorkerDied: (worker) => this.told.push(["died", worker]),
        onWorkerReplaced: (worker) => this.told.push(["replaced", worker]),
        onLog: (bytes) => this.told.push(["log", new TextDecoder().decode(bytes)]),
      },
    });
    this.server = new ProxyServer(
      settings,
      runtime,
      {
        onUpstreamChange: (upstream, change, one) => {
          if (change === "endpoints" && one !== undefined) this.pool.endpointsChanged(upstream, one);
        },
      },
      this.pool,
    );
  }

  get upstream(): ProxyServer["upstreams"][number] {
    const [upstream] = this.server.upstreams;
    if (upstream === undefined) throw new Error("There is one");
    return upstream;
  }

  thread(worker: number): FakeThread {
    const thread = this.threads.running.find(({ init }) => init.index === worker);
    if (thread === undefined) throw new Error(`Worker ${worker} is dead`);
    return thread;
  }

  /** The data plane that a worker's thread would have. */
  plane(worker: number): DataPlane {
    const { settings, memory: buffer, workers } = this.thread(worker).init;
    const memory = new SharedMemory(workers, worker);
    const role = { memory, buffer, keeps: false, overload: "loop", bell: this.pool.bell } as const;
    return new DataPlane(settings, this.network.runtime, role, {});
  }

  async pass(ms: number): Promise<void> {
    this.network.clock.advance(ms);
    await settled();
  }

  /** Nothing runs, nothing is bound and nothing will happen. */
  assertOver(): void {
    assert.deepEqual([this.threads.running.length, this.network.bound.length], [0, 0]);
    assert.equal(this.network.clock.pending, 0, "no timer is left");
  }
}

async function startPool(endpoints?: readonly EndpointSettings[]): Promise<TestPool> {
  const test = new TestPool(endpoints);
  await test.server.start();
  return test;
}

describe("WorkerPool: start", () => {
  it("binds each address for a moment alone, and tells all workers the port that came of it", async () => {
    const test = await startPool();
    assert.deepEqual(
      test.network.listeners.map(({ options, closed }) => [options.reusePort, closed]),
      [[false, true]],
    );
    const address = { kind: "tcp", host: "127.0.0.1", port: chosenPort } as const;
    assert.deepEqual(
      test.threads.all.map(({ init }) => [init.index, init.workers, init.settings.listeners[0]?.address]),
      [0, 1, 2].map((index) => [index, 3, address]),
    );
    assert.deepEqual(test.server.listeners[0]?.address, address);
    // Each would make something else of `auto`: the bound is the process's.
    assert.equal(test.thread(0).init.settings.limits.maxConnections, 400);
    assert.equal(test.server.phase, "ready");
    await test.server.stop();
    test.assertOver();
  });

  it("knows which sockets each worker has: what the main thread has, unless the worker says otherwise", async () => {
    const test = new TestPool();
    test.threads.arrive = false;
    const started = test.server.start();
    await settled();
    const ios = (): string[] => test.pool.facts.map(({ io }) => io);
    for (const thread of test.threads.all) {
      assert.equal(thread.init.io, "reactor");
      if (thread.init.index === 1) thread.say({ type: "no-reactor", reason: "libc is on holiday" });
      thread.say({ type: "made" });
    }
    await started;
    assert.deepEqual(ios(), ["reactor", "runtime", "reactor"]);
    assert.deepEqual(test.told, [["no-reactor", 1, "libc is on holiday"]]);
    test.threads.arrive = true;
    test.thread(1).die();
    await test.pass(1000);
    assert.deepEqual(ios(), ["reactor", "reactor", "reactor"], "the one that took its place tried for itself");
    await test.server.stop();
    test.assertOver();
  });

  it("leaves a unix socket to the worker that will have it", async () => {
    const address = { kind: "unix", path: "/run/geryon-test.sock" } as const;
    const test = new TestPool([endpoint(1)], [listenerSettings({ address })]);
    await test.server.start();
    assert.deepEqual(test.network.listeners, []);
    assert.deepEqual(test.server.listeners[0]?.address, address);
    await test.server.stop();
  });

  it("an address that is in use starts no thread", async () => {
    const taken = listenerSettings({ name: "taken", address: { kind: "tcp", host: "127.0.0.1", port: 80 } });
    const test = new TestPool([endpoint(1)], [listenerSettings(), taken]);
    test.network.portsInUse.add(80);
    await assert.rejects(test.server.start(), { name: "ListenError", code: "EADDRINUSE" });
    assert.equal(test.threads.all.length, 0);
    test.assertOver();
  });

  it("one worker that cannot bind ends all: those that serve, and those that have not begun", async () => {
    const test = new TestPool();
    const address = { kind: "tcp", host: "127.0.0.1", port: chosenPort } as const;
    test.threads.arrive = false;
    const started = test.server.start();
    await settled();
    const [first, second] = test.threads.all;
    first?.say({ type: "made" });
    await settled();
    second?.say({ type: "open-failed", address, code: "EACCES", message: "not allowed" });
    await assert.rejects(started, { name: "ListenError", code: "EACCES" });
    assert.deepEqual(first?.orders, ["open", "cut"]);
    assert.deepEqual([test.threads.all.length, test.told.length], [3, 0]);
    test.assertOver();
  });

  it("one worker that cannot bind ends those that are about to open, and they do not come back", async () => {
    const test = new TestPool();
    const address = { kind: "tcp", host: "127.0.0.1", port: chosenPort } as const;
    test.threads.answers = { cut: { type: "cut" } };
    const started = test.server.start();
    await settled();
    const [first, second, third] = test.threads.all;
    first?.say({ type: "open-failed", address, code: "EACCES", message: "not allowed" });
    second?.say({ type: "opened" });
    queueMicrotask(() => third?.say({ type: "opened" }));
    await assert.rejects(started, { name: "ListenError", code: "EACCES" });
    await test.pass(60_000);
    assert.equal(test.threads.all.length, 3);
    test.assertOver();
  });

  for (const [what, port, tries] of [
    ["a port of the kernel's choice that somebody takes before the workers bind it is another one then", 0, 2],
    ["a port that is asked for is that one", 80, 1],
  ] as const) {
    it(what, async () => {
      const test = new TestPool(
        [endpoint(1)],
        [listenerSettings({ address: { kind: "tcp", host: "127.0.0.1", port } })],
      );
      const address = { kind: "tcp", host: "127.0.0.1", port: chosenPort } as const;
      const fine = { open: { type: "opened" }, close: { type: "closed" }, cut: { type: "cut" } } as const;
      const failing = {
        ...fine,
        open: { type: "open-failed", address, code: "EADDRINUSE", message: "in use" },
      } as const;
      // Of the first threads none can bind.
      Object.defineProperty(test.threads, "answers", { get: () => (test.threads.all.length < 3 ? failing : fine) });
      const started = test.server.start().then(
        () => "started",
        (error: unknown) => (error as Error).name,
      );
      assert.equal(await started, tries === 1 ? "ListenError" : "started");
      assert.equal(test.threads.all.length, 3 * tries);
      await test.server.stop();
      test.assertOver();
    });
  }

  it("one worker that dies while it starts ends all, with what it died of", async () => {
    const test = new TestPool();
    test.threads.arrive = false;
    const started = test.server.start();
    await settled();
    test.thread(2).die(new Error("no memory"));
    await assert.rejects(started, /no memory/);
    await test.pass(60_000);
    assert.equal(test.threads.all.length, 3);
    test.assertOver();
  });
});

describe("WorkerPool: a death", () => {
  it("gives back what the worker held, wakes who waits for it, and puts another in its place", async () => {
    const test = await startPool([endpoint(1, { maxConnections: 2 })]);
    const plane = test.plane(1);
    const [endpointOf1] = plane.upstreams[0]?.endpoints ?? [];
    assert.ok(
      endpointOf1?.active.enter(2) === true && plane.gate.connections.enter() && plane.gate.connections.enter(),
    );
    endpointOf1.connections.add(7);
    assert.deepEqual([test.server.activeConnections, test.upstream.endpoints[0]?.activeConnections], [2, 1]);
    await test.pass(5000);
    test.thread(1).die();
    assert.deepEqual([test.server.activeConnections, test.upstream.endpoints[0]?.activeConnections], [0, 0]);
    assert.equal(test.upstream.endpoints[0]?.connections.total, 7, "what it counted stays");
    const flags = new Int32Array(test.thread(0).init.bell);
    assert.deepEqual([flags[0], flags[2]], [1, 1], "the bell has rung");
    await test.pass(0);
    assert.deepEqual(test.told, [
      ["died", 1],
      ["replaced", 1],
    ]);
    assert.deepEqual([test.pool.facts.map(({ restarts }) => restarts), test.prepared], [[0, 1, 0], 1]);
    assert.equal(test.thread(1).init.memory, test.thread(0).init.memory);
    await test.server.stop();
    test.assertOver();
  });

  it("in a drain it ends what waits for its connections, and nobody takes its place", async () => {
    const test = await startPool();
    assert.ok(test.plane(1).gate.connections.enter());
    const drained = test.server.drain();
    await settled();
    assert.equal(test.server.phase, "draining");
    test.thread(1).die();
    assert.equal(await drained, 0);
    await test.pass(60_000);
    assert.equal(test.threads.all.length, 3);
    test.assertOver();
  });

  it("a drain ends while another takes the place of a dead one", async () => {
    const test = await startPool();
    await test.pass(5000);
    test.threads.arrive = false;
    test.thread(0).die();
    await test.pass(0);
    assert.equal(test.threads.running.length, 3);
    assert.equal(await test.server.drain(), 0);
    assert.deepEqual(test.threads.last.orders, []);
    await test.pass(60_000);
    test.assertOver();
  });

  it("a worker that hangs holds no drain up: the deadline ends it", async () => {
    const test = new TestPool();
    test.threads.answers = { open: { type: "opened" } };
    await test.server.start();
    assert.ok(test.plane(1).gate.connections.enter());
    const drained = test.server.drain();
    for (const ms of [1000, 5000, 1000]) await test.pass(ms);
    assert.equal(await drained, 1);
    assert.equal(test.server.activeConnections, 0, "what it held is given back");
    test.assertOver();
  });
});

describe("WorkerPool: what it tells and is told", () => {
  it("workers learn of endpoints that come and go, in order; one that comes later of all that is left", async () => {
    const test = await startPool();
    const { keeper } = test.upstream;
    const [first] = test.upstream.endpoints;
    assert.ok(first !== undefined);
    const third = keeper.add(endpoint(3));
    keeper.remove(first);
    const fourth = keeper.add(endpoint(4));
    assert.ok(third !== undefined && fourth !== undefined);
    keeper.remove(third);
    const again = keeper.add(endpoint(1));
    const changes = (thread: FakeThread): string[] =>
      thread.told.flatMap((one) => {
        if (one.type === "add-endpoint" && one.endpoint.settings.address.kind === "tcp") {
          return [`+${one.endpoint.settings.address.port}`];
        }
        return one.type === "remove-endpoint" ? [`-${one.endpoint.name.split(":")[1]}`] : [];
      });
    assert.deepEqual(changes(test.thread(0)), ["+3", "-1", "+4", "-3", "+1"]);
    await test.pass(5000);
    test.thread(0).die();
    await test.pass(0);
    assert.deepEqual(changes(test.thread(0)), ["-1", "+4", "+1"]);
    assert.equal(test.thread(0).orders.at(-1), "open", "before it serves");
    const added = test.thread(0).told.filter((one) => one.type === "add-endpoint");
    assert.deepEqual(
      added.map((one) => one.endpoint.memory),
      [fourth.memory.buffer, again?.memory.buffer],
    );
    await test.server.stop();
  });

  it("takes log lines and says so; counts those that were lost", async () => {
    const test = await startPool();
    const log = (worker: number, text: string, dropped: number): void => {
      const message: FromWorker = { type: "log", bytes: new TextEncoder().encode(text), dropped };
      test.thread(worker).say(message);
    };
    log(0, "one\n", 0);
    log(2, "two\n", 3);
    log(2, "three\n", 1);
    assert.deepEqual(test.told, [
      ["log", "one\n"],
      ["log", "two\n"],
      ["log", "three\n"],
    ]);
    assert.deepEqual(test.thread(0).orders, ["open", "log-taken"]);
    assert.deepEqual(test.thread(2).orders, ["open", "log-taken", "log-taken"]);
    assert.equal(test.pool.logLinesDropped, 4);
    await test.server.stop();
  });

  it("passes on what workers tell by themselves", async () => {
    const test = await startPool();
    test.thread(1).say({ type: "accept-error", listener: "test", code: "EMFILE" });
    test.thread(2).say({ type: "refusals", listener: "test", reason: "limit-rate", count: 5 });
    assert.deepEqual(test.told, [
      ["accept-error", "test", "EMFILE"],
      ["refusals", "test", "limit-rate", 5],
    ]);
    await test.server.stop();
  });

  it("a drain is over when the last connection of a worker is, and the worker rings", async () => {
    const test = await startPool();
    const { connections } = test.plane(0).gate;
    const bell = new ThreadBell(test.thread(0).init.bell, 0, { clock: test.network.clock, waits: atomicWaits });
    assert.ok(connections.enter());
    const drained = test.server.drain();
    await settled();
    connections.leave();
    bell.ring();
    await until(() => test.server.phase === "stopped", "it is over");
    assert.equal(await drained, 0);
    test.assertOver();
  });

  it("a drain cuts at its deadline what is left", async () => {
    const test = await startPool();
    const { connections } = test.plane(0).gate;
    assert.ok(connections.enter() && connections.enter());
    const drained = test.server.drain();
    await settled();
    await test.pass(4999);
    assert.deepEqual(test.thread(0).orders, ["open", "close"]);
    await test.pass(1);
    assert.equal(await drained, 2);
    assert.deepEqual(test.threads.all[0]?.orders, ["open", "close", "cut"]);
    test.assertOver();
  });
});
