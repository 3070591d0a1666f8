/** An upstream and its clients for tests, without a network. */
import { SharedMemory } from "../../src/core/memory/shared-memory.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import type { EndpointSettings, UpstreamSettings } from "../../src/core/server/settings.ts";
import type { Attempt } from "../../src/core/upstream/attempt.ts";
import type { Endpoint } from "../../src/core/upstream/endpoint.ts";
import { type Client, type Refusal, Upstream } from "../../src/core/upstream/upstream.ts";
import { type KeptUpstream, keepUpstream } from "../../src/core/upstream/upstream-keeper.ts";
import { FakeClock, seededRandom } from "./fake-clock.ts";
import { inThreads, withMemory } from "./memory.ts";
import { upstreamSettings } from "./settings.ts";

/** An upstream as one thread has it; it never connects. */
export class TestThread<U extends Upstream = Upstream> {
  readonly upstream: U;

  constructor(upstream: U) {
    this.upstream = upstream;
  }

  endpoint(port: number): Endpoint {
    const found = this.upstream.endpoints.find((one) => portOf(one) === port);
    if (found === undefined) throw new Error(`There is no endpoint on port ${port}`);
    return found;
  }

  /** One client asks; what it got, or what it waits for. */
  ask(tried: readonly Endpoint[] = []): TestClient {
    const client = new TestClient(this.upstream, tried);
    client.ask();
    return client;
  }

  /** The ports that so many clients get, in order; all of them stay connected. */
  ports(count: number): (number | string)[] {
    return Array.from({ length: count }, () => this.ask().got);
  }
}

/** An upstream in the thread that decides about it. */
export class TestKeeper extends TestThread<KeptUpstream> {
  /** `what port`, in order. */
  readonly changes: string[];

  constructor(
    upstream: Upstream,
    runtime: Runtime,
    onEndpoints: (upstream: KeptUpstream, endpoint: Endpoint) => void = () => {},
  ) {
    const changes: string[] = [];
    super(
      keepUpstream(upstream, runtime, (kept, change, endpoint) => {
        changes.push(endpoint === undefined ? change : `${change} ${portOf(endpoint)}`);
        if (change === "endpoints" && endpoint !== undefined) onEndpoints(kept, endpoint);
      }),
    );
    this.changes = changes;
  }

  /** The probes found it `fall` times dead, or well. */
  setHealth(port: number, healthy: boolean): void {
    const { health } = this.endpoint(port);
    health.status = healthy ? "healthy" : "unhealthy";
    this.upstream.keeper.healthChanged(this.endpoint(port));
  }
}

/** An upstream in a thread that is alone, on a clock that the test turns. */
export class TestUpstream extends TestKeeper {
  readonly clock: FakeClock;

  constructor(endpoints: readonly EndpointSettings[], more: Partial<UpstreamSettings> = {}) {
    const clock = new FakeClock();
    const runtime = runtimeOn(clock);
    const upstream = withMemory(
      (memory) => new Upstream(upstreamSettings(endpoints, more), { runtime, memory, keeps: true }),
    );
    upstream.open();
    super(upstream, runtime);
    this.clock = clock;
  }
}

/**
 * An upstream in several threads over one memory, workers and a main thread that decides: all in this one, on one clock.
 * Who was rung for wakes when the test says so.
 */
export class TestThreads {
  readonly clock = new FakeClock();
  readonly workers: readonly TestThread[];
  readonly main: TestKeeper;
  /** Those who have been rung for and did not wake yet. */
  readonly #rung = new Set<Upstream>();

  constructor(workers: number, endpoints: readonly EndpointSettings[], more: Partial<UpstreamSettings> = {}) {
    const runtime = runtimeOn(this.clock);
    const settings = upstreamSettings(endpoints, more);
    const made = inThreads(workers, (memory) => {
      const bell = { ring: () => this.#ring(upstream) };
      const upstream: Upstream = new Upstream(settings, { runtime, memory, keeps: memory.worker < 0, bell });
      return upstream;
    });
    for (const upstream of [...made.workers, made.main]) upstream.open();
    this.workers = made.workers.map((upstream) => new TestThread(upstream));
    this.main = new TestKeeper(made.main, runtime, (upstream, endpoint) => this.#endpointsChanged(upstream, endpoint));
  }

  /** Whoever was rung for wakes, until nobody rings any more. */
  wake(): void {
    for (let rounds = 0; this.#rung.size > 0; rounds++) {
      if (rounds > 100) throw new Error("They ring for ever");
      for (const upstream of [...this.#rung]) {
        this.#rung.delete(upstream);
        upstream.wake();
      }
    }
  }

  /** Time goes by; who is rung for meanwhile wakes at its end. */
  pass(ms: number): void {
    this.clock.advance(ms);
    this.wake();
  }

  /** A worker is dead. */
  die(worker: number): void {
    const upstream = this.workers[worker]?.upstream;
    if (upstream === undefined) throw new Error(`There is no worker ${worker}`);
    upstream.halt();
    this.#rung.delete(upstream);
    this.main.upstream.memory.reclaim(worker);
    this.main.upstream.reclaim(worker);
    this.#ring(this.main.upstream);
    this.#rung.add(this.main.upstream);
  }

  #ring(by: Upstream): void {
    for (const { upstream } of [...this.workers, this.main]) if (upstream !== by) this.#rung.add(upstream);
  }

  /** Workers are told: see `WorkerPool.endpointsChanged`. */
  #endpointsChanged(upstream: KeptUpstream, changed: Endpoint): void {
    const isThere = upstream.endpoints.includes(changed);
    for (const { upstream: own } of this.workers) {
      if (isThere) {
        const memory = new SharedMemory(own.memory.workers, own.memory.worker);
        const endpoint = own.makeEndpoint(changed.settings, memory);
        memory.attach(changed.memory.buffer ?? new SharedArrayBuffer(0));
        own.insert(endpoint);
      } else {
        const endpoint = own.endpoints.find(({ name }) => name === changed.name);
        if (endpoint !== undefined) own.take(endpoint);
      }
      own.wake();
    }
  }
}

function runtimeOn(clock: FakeClock): Runtime {
  // No look-up is ever over.
  return { clock, random: seededRandom(1), resolve: () => ({ cancel() {} }) } as unknown as Runtime;
}

/** A client of an upstream. */
export class TestClient implements Client {
  readonly tried: readonly Endpoint[];
  readonly clientHash = 0;
  /** A port, `queued`, or why there was none. */
  got: number | "queued" | Refusal = "queued";
  readonly #upstream: Upstream;
  #attempt: Attempt | undefined;

  constructor(upstream: Upstream, tried: readonly Endpoint[]) {
    this.#upstream = upstream;
    this.tried = tried;
  }

  get isRetry(): boolean {
    return this.tried.length > 0;
  }

  get attempt(): Attempt {
    if (this.#attempt === undefined) throw new Error(`It has no attempt but: ${this.got}`);
    return this.#attempt;
  }

  ask(): void {
    const result = this.#upstream.request(this);
    if (typeof result === "string") this.got = result;
    else this.proceed(result);
  }

  proceed(attempt: Attempt): void {
    this.#attempt = attempt;
    this.got = portOf(attempt.endpoint);
  }

  refuse(reason: Refusal): void {
    this.got = reason;
  }

  leave(): void {
    this.#upstream.leave(this);
  }

  /** Connected, answered, and over. */
  succeed(): void {
    this.attempt.connected();
    this.attempt.settle("success");
    this.attempt.end();
  }

  /** The connect failed. */
  fail(): void {
    this.attempt.settle("failure");
    this.attempt.end();
  }
}

function portOf(endpoint: Endpoint): number {
  if (endpoint.address.kind !== "tcp") throw new Error("Not a TCP endpoint");
  return endpoint.address.port;
}
