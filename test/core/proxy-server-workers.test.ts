/** The server's own part when several workers serve. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noBell } from "../../src/core/memory/bell.ts";
import { SharedMemory } from "../../src/core/memory/shared-memory.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { DataPlane } from "../../src/core/server/data-plane.ts";
import { ProxyServer, type WorkerFront } from "../../src/core/server/proxy-server.ts";
import type { ProxySettings } from "../../src/core/server/settings.ts";
import { FakeClock, seededRandom } from "../support/fake-clock.ts";
import { endpointSettings, listenerSettings, quickBreaker, upstreamSettings } from "../support/settings.ts";
import { TestClient } from "../support/upstream.ts";

describe("ProxyServer, with workers", () => {
  it("leaves no timer behind when a worker's last news come while it stops", async () => {
    const clock = new FakeClock();
    const runtime = {
      clock,
      random: seededRandom(1),
      resources: () => ({ openDescriptors: 0, maxDescriptors: Infinity, memoryBytes: 0, maxMemoryBytes: Infinity }),
    } as unknown as Runtime;
    const settings: ProxySettings = {
      listeners: [listenerSettings()],
      routes: [],
      upstreams: [upstreamSettings([endpointSettings(1)], { endpointBreaker: { ...quickBreaker, failures: 1 } })],
      drainTimeoutMs: 1000,
      limits: { maxConnections: "auto" },
    };
    const front: WorkerFront = {
      workers: 1,
      bell: noBell,
      make(plane, wake) {
        const role = { keeps: false, overload: "loop", bell: noBell } as const;
        const memory = new SharedMemory(1, 0);
        const worker = new DataPlane(settings, runtime, { ...role, memory, buffer: plane.memory.buffer }, {});
        return {
          open: () => Promise.resolve([]),
          close: () => Promise.resolve(),
          async cut() {
            await Promise.resolve();
            const [upstream] = worker.upstreams;
            assert.ok(upstream !== undefined);
            const client = new TestClient(upstream, []);
            client.ask();
            client.fail();
            assert.equal(upstream.endpoints[0]?.breaker?.state, "open");
            wake();
          },
        };
      },
    };
    const server = new ProxyServer(settings, runtime, {}, front);
    await server.start();
    await server.stop();
    assert.equal(clock.pending, 0);
  });
});
