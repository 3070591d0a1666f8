/** What a worker leaves behind when it dies, in the upstream that it shared with others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import type { Runtime } from "../../../src/core/runtime/runtime.ts";
import type { EndpointSettings, UpstreamSettings } from "../../../src/core/server/settings.ts";
import { Upstream } from "../../../src/core/upstream/upstream.ts";
import { type KeptUpstream, keepUpstream } from "../../../src/core/upstream/upstream-keeper.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";
import { endpointSettings, upstreamSettings } from "../../support/settings.ts";
import { TestClient } from "../../support/upstream.ts";

/** One upstream as two workers and the main thread have it; who is rung wakes when `wake` is called. */
class SharedUpstream {
  readonly clock: FakeClock = new FakeClock();
  readonly workers: readonly Upstream[];
  readonly main: KeptUpstream;
  readonly #memory: SharedMemory;
  #rung = false;

  constructor(endpoints: readonly EndpointSettings[], more: Partial<UpstreamSettings>) {
    const runtime = {
      clock: this.clock,
      random: seededRandom(1),
      resolve: () => ({ cancel() {} }),
    } as unknown as Runtime;
    const settings = upstreamSettings(endpoints, more);
    const bell = { ring: () => void (this.#rung = true) };
    const make = (memory: SharedMemory, keeps: boolean): Upstream =>
      new Upstream(settings, { runtime, memory, keeps, bell });
    this.#memory = new SharedMemory(2, -1);
    const main = make(this.#memory, true);
    this.#memory.allocate();
    const { buffer } = this.#memory;
    assert.ok(buffer);
    this.workers = [0, 1].map((worker) => {
      const memory = new SharedMemory(2, worker);
      const upstream = make(memory, false);
      memory.attach(buffer);
      return upstream;
    });
    for (const upstream of [main, ...this.workers]) upstream.open();
    this.main = keepUpstream(main, runtime, () => {});
  }

  /** A client of a worker. */
  ask(worker: 0 | 1): TestClient {
    const upstream = this.workers[worker];
    assert.ok(upstream);
    const client = new TestClient(upstream, []);
    client.ask();
    return client;
  }

  /** Wakes all threads, as often as they ring. */
  wake(): void {
    while (this.#rung) {
      this.#rung = false;
      for (const upstream of [this.main, ...this.workers]) upstream.wake();
    }
  }

  /** The breaker of the endpoint lets probes through. */
  halfOpen(): void {
    this.ask(1).fail();
    this.wake();
    this.clock.advance(breaker.openMs);
    this.wake();
  }

  /** The first worker dies: what `DataPlane.reclaim` and the pool do. */
  die(): void {
    this.#memory.reclaim(0);
    this.main.reclaim(0);
    this.#rung = true;
    this.main.wake();
    this.wake();
  }
}

const breaker = { failures: 1, windowMs: 1000, openMs: 1000, halfOpenProbes: 1, successes: 1 };

describe("a worker's death", () => {
  for (const policy of ["round-robin", "least-connections", "maglev", "ring-hash"] as const) {
    it(`leaves room at an endpoint that its connections had filled: ${policy}`, () => {
      const shared = new SharedUpstream([{ ...endpointSettings(1), maxConnections: 2 }], { policy });
      assert.deepEqual([shared.ask(0).got, shared.ask(0).got], [1, 1]);
      const waiter = shared.ask(1);
      assert.equal(waiter.got, "queued");
      shared.die();
      assert.equal(waiter.got, 1);
      assert.equal(shared.ask(1).got, 1);
    });
  }

  it("leaves no breaker half-open for ever", () => {
    const shared = new SharedUpstream([endpointSettings(1)], { endpointBreaker: breaker });
    shared.halfOpen();
    assert.equal(shared.ask(0).got, 1);
    const waiter = shared.ask(1);
    assert.equal(waiter.got, "queued");
    shared.die();
    shared.clock.advance(breaker.openMs);
    shared.wake();
    assert.equal(waiter.got, 1);
  });

  it("leaves no breaker open for ever, though it came before the worker could tell", () => {
    const shared = new SharedUpstream([endpointSettings(1)], { endpointBreaker: breaker });
    const [dying] = shared.workers;
    assert.ok(dying);
    dying.stateChanged = () => {};
    shared.ask(0).fail();
    shared.die();
    shared.clock.advance(breaker.openMs);
    shared.wake();
    assert.equal(shared.ask(1).got, 1);
  });
});

describe("an upstream of several workers", () => {
  it("gives the place of a probe that tells nothing to another, as one alone does", () => {
    const shared = new SharedUpstream([endpointSettings(1)], { endpointBreaker: breaker });
    shared.halfOpen();
    assert.equal(shared.ask(0).got, 1);
    shared.wake();
    const waiter = shared.ask(1);
    assert.equal(waiter.got, "queued");
    shared.clock.advance(breaker.openMs);
    shared.wake();
    assert.equal(waiter.got, 1);
  });

  it("takes an endpoint for full no longer than it is, though its state changed meanwhile", () => {
    const shared = new SharedUpstream([{ ...endpointSettings(1), maxConnections: 1 }], {});
    const client = shared.ask(0);
    const [endpoint] = shared.main.endpoints;
    assert.ok(endpoint);
    shared.main.keeper.setWeight(endpoint, 2);
    shared.wake();
    client.succeed();
    assert.equal(shared.ask(1).got, 1);
  });
});
