/** A whole data plane on a clock that the test turns; its listeners are never called and its connects never end. */
import type { ConnectOptions, ListenOptions, Runtime } from "../../src/core/runtime/runtime.ts";
import { noBell } from "../../src/core/memory/bell.ts";
import { SharedMemory } from "../../src/core/memory/shared-memory.ts";
import { DataPlane } from "../../src/core/server/data-plane.ts";
import { ProxyServer } from "../../src/core/server/proxy-server.ts";
import type {
  EndpointSettings,
  TcpListenerSettings,
  ProcessLimits,
  ProxySettings,
  UpstreamSettings,
} from "../../src/core/server/settings.ts";
import type { Endpoint } from "../../src/core/upstream/endpoint.ts";
import type { KeptUpstream } from "../../src/core/upstream/upstream-keeper.ts";
import { FakeClock, seededRandom } from "./fake-clock.ts";
import { listenerSettings, upstreamSettings } from "./settings.ts";

export interface StandingProxyOptions {
  readonly listener?: Partial<TcpListenerSettings>;
  readonly limits?: ProcessLimits;
  readonly upstream?: Partial<UpstreamSettings>;
  /** How many serve, in this thread all the same; absent: the server itself. */
  readonly workers?: number;
}

/** One listener, `web` on port 4000, in front of one upstream, `origins`. */
export class StandingProxy {
  readonly clock: FakeClock = new FakeClock();
  readonly server: ProxyServer;
  /** The data plane of each worker; empty without `workers`. */
  readonly planes: DataPlane[] = [];

  static async start(
    endpoints: readonly EndpointSettings[],
    options: StandingProxyOptions = {},
  ): Promise<StandingProxy> {
    const proxy = new StandingProxy(endpoints, options);
    await proxy.server.start();
    return proxy;
  }

  private constructor(
    endpoints: readonly EndpointSettings[],
    { listener, limits, upstream, workers }: StandingProxyOptions,
  ) {
    const runtime = {
      clock: this.clock,
      random: seededRandom(1),
      listen: ({ address }: ListenOptions) => Promise.resolve({ address, close: () => Promise.resolve() }),
      connect: (_options: ConnectOptions) => ({ cancel() {} }),
      resolve: () => ({ cancel() {} }),
      resources: () => ({ openDescriptors: 564, maxDescriptors: 1128, memoryBytes: 1, maxMemoryBytes: 4 }),
    } as unknown as Runtime;
    const settings: ProxySettings = {
      listeners: [
        listenerSettings({ name: "web", address: { kind: "tcp", host: "127.0.0.1", port: 4000 }, ...listener }),
      ],
      routes: [],
      upstreams: [upstreamSettings(endpoints, upstream)],
      drainTimeoutMs: 30_000,
      limits: limits ?? { maxConnections: "auto" },
    };
    const makeFront = (plane: DataPlane): DataPlane => {
      const { buffer, workers: count } = plane.memory;
      for (let index = 0; index < count; index++) {
        const role = {
          memory: new SharedMemory(count, index),
          buffer,
          keeps: false,
          overload: "loop",
          bell: noBell,
        } as const;
        this.planes.push(new DataPlane(settings, runtime, role, {}));
      }
      return plane;
    };
    this.server = new ProxyServer(
      settings,
      runtime,
      {},
      workers === undefined ? undefined : { workers, bell: noBell, make: makeFront },
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
