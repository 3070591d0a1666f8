/** An upstream and its clients for tests, without a network. */
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import type { EndpointSettings, UpstreamSettings } from "../../src/core/server/settings.ts";
import type { Attempt } from "../../src/core/upstream/attempt.ts";
import type { Endpoint } from "../../src/core/upstream/endpoint.ts";
import { type Client, type Refusal, Upstream } from "../../src/core/upstream/upstream.ts";
import { type KeptUpstream, keepUpstream } from "../../src/core/upstream/upstream-keeper.ts";
import { FakeClock, seededRandom } from "./fake-clock.ts";
import { withMemory } from "./memory.ts";
import { upstreamSettings } from "./settings.ts";

/** An upstream on a clock that the test turns; it never connects. */
export class TestUpstream {
  readonly clock: FakeClock = new FakeClock();
  readonly upstream: KeptUpstream;
  /** `what port`, in order. */
  readonly changes: string[] = [];

  constructor(endpoints: readonly EndpointSettings[], more: Partial<UpstreamSettings> = {}) {
    const runtime = {
      clock: this.clock,
      random: seededRandom(1),
      // No look-up is ever over.
      resolve: () => ({ cancel() {} }),
    } as unknown as Runtime;
    const upstream = withMemory(
      (memory) => new Upstream(upstreamSettings(endpoints, more), { runtime, memory, keeps: true }),
    );
    upstream.open();
    this.upstream = keepUpstream(upstream, runtime, (_upstream, change, endpoint) =>
      this.changes.push(endpoint === undefined ? change : `${change} ${portOf(endpoint)}`),
    );
  }

  endpoint(port: number): Endpoint {
    const found = this.upstream.endpoints.find((one) => portOf(one) === port);
    if (found === undefined) throw new Error(`There is no endpoint on port ${port}`);
    return found;
  }

  /** The probes found it `fall` times dead, or well. */
  setHealth(port: number, healthy: boolean): void {
    const { health } = this.endpoint(port);
    health.status = healthy ? "healthy" : "unhealthy";
    this.upstream.keeper.healthChanged(this.endpoint(port));
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
