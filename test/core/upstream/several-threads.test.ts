/** An upstream that several threads have, over one memory: what one does the others see, and the keeper decides. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import type { Runtime } from "../../../src/core/runtime/runtime.ts";
import type { EndpointSettings, UpstreamSettings } from "../../../src/core/server/settings.ts";
import { Upstream } from "../../../src/core/upstream/upstream.ts";
import { type KeptUpstream, keepUpstream } from "../../../src/core/upstream/upstream-keeper.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";
import { endpointSettings as endpoint, quickBreaker as breaker, upstreamSettings } from "../../support/settings.ts";
import { TestClient } from "../../support/upstream.ts";

describe("Upstream, in several threads", () => {
  it("gives up a worker's probe that tells nothing, so that another may try", () => {
    const threads = new Threads(2, [endpoint(1)], { endpointBreaker: { ...breaker, failures: 1 } });
    threads.ask(0).fail();
    threads.hear();
    threads.clock.advance(breaker.openMs);
    threads.hear();
    const silent = threads.ask(0);
    silent.attempt.connected();
    threads.hear();
    const waiting = threads.ask(1);
    assert.equal(waiting.got, "queued");
    threads.clock.advance(breaker.openMs);
    threads.hear();
    assert.equal(waiting.got, 1);
  });

  it("rings no bell when nobody waits and nothing but loads has changed", () => {
    const threads = new Threads(2, [endpoint(1), endpoint(2)]);
    for (let count = 0; count < 3; count++) threads.ask(count % 2).succeed();
    assert.equal(threads.rings, 0);
  });
});

/** A keeper and some workers; who rings is heard when the test says so. */
class Threads {
  readonly clock: FakeClock = new FakeClock();
  readonly kept: KeptUpstream;
  readonly workers: readonly Upstream[];
  rings = 0;
  readonly #rung = new Set<Upstream>();

  constructor(count: number, endpoints: readonly EndpointSettings[], more: Partial<UpstreamSettings> = {}) {
    const runtime = {
      clock: this.clock,
      random: seededRandom(1),
      resolve: () => ({ cancel() {} }),
    } as unknown as Runtime;
    const make = (worker: number): Upstream => {
      const memory = new SharedMemory(count, worker);
      const upstream: Upstream = new Upstream(upstreamSettings(endpoints, more), {
        runtime,
        memory,
        keeps: worker < 0,
        bell: { ring: () => this.#ring(upstream) },
      });
      return upstream;
    };
    const main = make(-1);
    main.memory.allocate();
    main.open();
    this.kept = keepUpstream(main, runtime, () => {});
    this.workers = Array.from({ length: count }, (_, index) => make(index));
    for (const worker of this.workers) {
      if (main.memory.buffer !== undefined) worker.memory.attach(main.memory.buffer);
      worker.open();
    }
  }

  ask(worker: number): TestClient {
    const upstream = this.workers[worker];
    if (upstream === undefined) throw new Error(`There is no worker ${worker}`);
    const client = new TestClient(upstream, []);
    client.ask();
    return client;
  }

  /** All who were rung wake, and all whom they ring. */
  hear(): void {
    for (const upstream of this.#rung) {
      this.#rung.delete(upstream);
      upstream.wake();
    }
  }

  #ring(by: Upstream): void {
    this.rings++;
    for (const upstream of [this.kept, ...this.workers]) if (upstream !== by) this.#rung.add(upstream);
  }
}
