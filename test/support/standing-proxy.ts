/** A whole data plane on a clock that the test turns; its listeners are never called and its connects never end. */
import type { ConnectOptions, ListenOptions, Runtime } from "../../src/core/runtime/runtime.ts";
import { ProxyServer } from "../../src/core/server/proxy-server.ts";
import type {
  EndpointSettings,
  ListenerSettings,
  ProcessLimits,
  UpstreamSettings,
} from "../../src/core/server/settings.ts";
import type { Endpoint } from "../../src/core/upstream/endpoint.ts";
import type { KeptUpstream } from "../../src/core/upstream/upstream-keeper.ts";
import { FakeClock, seededRandom } from "./fake-clock.ts";
import { listenerSettings, upstreamSettings } from "./settings.ts";

export interface StandingProxyOptions {
  readonly listener?: Partial<ListenerSettings>;
  readonly limits?: ProcessLimits;
  readonly upstream?: Partial<UpstreamSettings>;
}

/** One listener, `web` on port 4000, in front of one upstream, `origins`. */
export class StandingProxy {
  readonly clock: FakeClock = new FakeClock();
  readonly server: ProxyServer;

  static async start(
    endpoints: readonly EndpointSettings[],
    options: StandingProxyOptions = {},
  ): Promise<StandingProxy> {
    const proxy = new StandingProxy(endpoints, options);
    await proxy.server.start();
    return proxy;
  }

  private constructor(endpoints: readonly EndpointSettings[], { listener, limits, upstream }: StandingProxyOptions) {
    const runtime = {
      clock: this.clock,
      random: seededRandom(1),
      listen: ({ address }: ListenOptions) => Promise.resolve({ address, close: () => Promise.resolve() }),
      connect: (_options: ConnectOptions) => ({ cancel() {} }),
      resolve: () => ({ cancel() {} }),
      resources: () => ({ openDescriptors: 564, maxDescriptors: 1128, memoryBytes: 1, maxMemoryBytes: 4 }),
    } as unknown as Runtime;
    this.server = new ProxyServer(
      {
        listeners: [
          listenerSettings({ name: "web", address: { kind: "tcp", host: "127.0.0.1", port: 4000 }, ...listener }),
        ],
        upstreams: [upstreamSettings(endpoints, upstream)],
        drainTimeoutMs: 30_000,
        limits: limits ?? { maxConnections: "auto" },
      },
      runtime,
      {},
    );
  }

  get upstream(): KeptUpstream {
    const [first] = this.server.upstreams;
    if (first === undefined) throw new Error("There is no upstream");
    return first;
  }

  endpoint(name: string): Endpoint {
    const found = this.upstream.endpoints.find((one) => one.name === name);
    if (found === undefined) throw new Error(`There is no endpoint ${name}`);
    return found;
  }
}
