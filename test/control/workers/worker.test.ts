/** A worker in this thread: what it does when the main thread says so. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FromWorker, ToWorker } from "../../../src/control/workers/messages.ts";
import { atomicWaits, makeBellBuffer, ThreadBell } from "../../../src/control/workers/thread-bell.ts";
import { Worker } from "../../../src/control/workers/worker.ts";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import { DataPlane } from "../../../src/core/server/data-plane.ts";
import type { EndpointSettings, ProxySettings } from "../../../src/core/server/settings.ts";
import { type KeptUpstream, keepUpstream } from "../../../src/core/upstream/upstream-keeper.ts";
import { FakeNetwork, FakeSocket } from "../../support/fake-network.ts";
import { settled } from "../../support/fake-threads.ts";
import { endpointSettings as endpoint, listenerSettings, upstreamSettings } from "../../support/settings.ts";
import { until } from "../../support/sockets.ts";
import { TestClient } from "../../support/upstream.ts";

class TestWorker {
  readonly network = new FakeNetwork();
  readonly said: FromWorker[] = [];
  /** What the main thread has over the same memory. */
  readonly plane: DataPlane;
  readonly upstream: KeptUpstream;
  readonly settings: ProxySettings;
  readonly bell: SharedArrayBuffer = makeBellBuffer(3);
  #obey: (message: ToWorker) => void = () => {};

  constructor(ports: readonly number[] = [80], endpoints: readonly EndpointSettings[] = [endpoint(1)]) {
    const settings: ProxySettings = {
      listeners: ports.map((port) =>
        listenerSettings({ name: `l${port}`, address: { kind: "tcp", host: "127.0.0.1", port } }),
      ),
      routes: [],
      upstreams: [upstreamSettings(endpoints)],
      drainTimeoutMs: 5000,
      limits: { maxConnections: 100 },
    };
    this.settings = settings;
    const { runtime } = this.network;
    const bell = new ThreadBell(this.bell, 2, { clock: runtime.clock, waits: atomicWaits });
    this.plane = new DataPlane(
      settings,
      runtime,
      { memory: new SharedMemory(2, -1), keeps: true, overload: "resources", bell },
      {},
    );
    const [upstream] = this.plane.upstreams;
    const memory = this.plane.memory.buffer;
    assert.ok(upstream !== undefined && memory !== undefined);
    this.upstream = keepUpstream(upstream, runtime, () => {});
    Worker.run(
      {
        index: 0,
        workers: 2,
        settings,
        memory,
        bell: this.bell,
        log: { level: "info", format: "json", colours: false, access: { format: "auto", template: "", sample: 1 } },
        io: "runtime",
      },
      {
        post: (message) => this.said.push(message),
        listen: (onMessage) => (this.#obey = onMessage),
      },
      runtime,
    );
  }

  /** What it said, but for its log. */
  get answers(): string[] {
    return this.said.map(({ type }) => type).filter((type) => type !== "log");
  }

  async tell(message: ToWorker): Promise<void> {
    this.#obey(message);
    await settled();
  }

  async open(): Promise<void> {
    await this.tell({ type: "open", nowMs: this.network.clock.now() });
  }

  /** A client comes; where it is connected to, if anywhere. */
  connect(): string | undefined {
    const before = this.network.connects.length;
    this.network.bound[0]?.handler.onAccept(new FakeSocket());
    return this.network.targets[before];
  }
}

describe("Worker", () => {
  it("says that it is there, serves when it is told to, on sockets that others share, and ends", async () => {
    const test = new TestWorker();
    assert.deepEqual(test.answers, ["made"]);
    await test.open();
    assert.deepEqual(
      test.network.bound.map(({ options }) => options.reusePort),
      [true],
    );
    assert.equal(test.connect(), "127.0.0.1:1");
    assert.equal(test.plane.gate.connections.active, 1);
    await test.tell({ type: "close" });
    assert.deepEqual([test.network.bound.length, test.plane.gate.connections.active], [0, 1]);
    await test.tell({ type: "cut" });
    assert.equal(test.plane.gate.connections.active, 0);
    // The record of the connection that was cut goes out first.
    assert.deepEqual(test.answers, ["made", "opened", "closed"]);
    assert.equal(test.said.at(-1)?.type, "log");
    await test.tell({ type: "log-taken" });
    assert.deepEqual(test.answers, ["made", "opened", "closed", "cut"]);
    assert.equal(test.network.clock.pending, 0, "no timer is left");
  });

  it("says which address it could not bind, and has none then", async () => {
    const test = new TestWorker([80, 81]);
    test.network.portsInUse.add(81);
    await test.open();
    const [, failed] = test.said;
    const address = { kind: "tcp", host: "127.0.0.1", port: 81 } as const;
    assert.deepEqual(failed, { type: "open-failed", address, code: "EADDRINUSE", message: "in use" });
    assert.deepEqual(test.network.bound, []);
    await test.tell({ type: "cut" });
  });

  for (const how of ["close", "cut"] as const) {
    it(`told to ${how} while it binds, it keeps no listener`, async () => {
      const test = new TestWorker([80, 81]);
      const { promise, resolve } = Promise.withResolvers<void>();
      test.network.binding = promise;
      await test.open();
      await test.tell({ type: how });
      resolve();
      await settled();
      assert.deepEqual(test.answers, ["made", "opened", how === "close" ? "closed" : "cut"]);
      assert.deepEqual(test.network.bound, []);
      await test.tell({ type: "cut" });
    });
  }

  it("has the endpoints that were added, over their memory, and not those that were removed", async () => {
    const test = new TestWorker();
    await test.open();
    const added = test.upstream.keeper.add(endpoint(2));
    assert.ok(added?.memory.buffer !== undefined);
    const { settings } = added;
    const memory = added.memory.buffer;
    await test.tell({ type: "add-endpoint", endpoint: { upstream: "origins", settings, memory } });
    await test.tell({ type: "remove-endpoint", endpoint: { upstream: "origins", name: "127.0.0.1:1" } });
    assert.deepEqual([test.connect(), test.connect()], ["127.0.0.1:2", "127.0.0.1:2"]);
    assert.equal(added.activeConnections, 2);
    await test.tell({ type: "remove-endpoint", endpoint: { upstream: "origins", name: "127.0.0.1:9" } });
    await test.tell({ type: "remove-endpoint", endpoint: { upstream: "elsewhere", name: "127.0.0.1:2" } });
    await test.tell({ type: "cut" });
    await test.tell({ type: "log-taken" });
  });

  it("serves who waits in it when another thread has given a place back, and rung", async () => {
    const test = new TestWorker([80], [endpoint(1, { maxConnections: 1 })]);
    await test.open();
    const { runtime, clock } = test.network;
    const memory = new SharedMemory(2, 1);
    const bell = new ThreadBell(test.bell, 1, { clock, waits: atomicWaits });
    const role = { memory, buffer: test.plane.memory.buffer, keeps: false, overload: "loop", bell } as const;
    const [upstream] = new DataPlane(test.settings, runtime, role, {}).upstreams;
    assert.ok(upstream !== undefined);
    const holder = new TestClient(upstream, []);
    holder.ask();
    assert.deepEqual([holder.got, test.connect()], [1, undefined]);
    holder.succeed();
    await until(() => test.network.connects.length === 1, "it is served");
    await test.tell({ type: "cut" });
    await test.tell({ type: "log-taken" });
  });
});
