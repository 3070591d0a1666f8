/** A running data plane for tests, with its settings made from the few words a test cares about. */
import type { PolicyName } from "../../src/core/balancer/balancer.ts";
import type { ConnectionRecord } from "../../src/core/observe/connection-record.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { type ProxyEvents, ProxyServer } from "../../src/core/server/proxy-server.ts";
import type {
  EndpointSettings,
  HealthSettings,
  TcpListenerSettings,
  ProcessLimits,
  UpstreamSettings,
} from "../../src/core/server/settings.ts";
import { endpointSettings, listenerSettings, upstreamSettings } from "./settings.ts";

export interface TestProxyOptions {
  readonly listener?: Partial<TcpListenerSettings>;
  readonly upstream?: Partial<UpstreamSettings>;
  readonly policy?: PolicyName;
  readonly health?: HealthSettings;
  readonly limits?: ProcessLimits;
  /** What each endpoint has more than its address. */
  readonly endpoint?: Partial<EndpointSettings>;
  readonly drainTimeoutMs?: number;
}

/** One listener on a free port of the loopback address in front of endpoints on the given ports. */
export class TestProxy {
  readonly server: ProxyServer;
  /** The access records so far. */
  readonly records: ConnectionRecord[] = [];
  /** `upstream endpoint status`, in order. */
  readonly healthChanges: string[] = [];

  static async start(runtime: Runtime, ports: readonly number[], options: TestProxyOptions = {}): Promise<TestProxy> {
    const proxy = new TestProxy(runtime, ports, options);
    await proxy.server.start();
    return proxy;
  }

  private constructor(runtime: Runtime, ports: readonly number[], options: TestProxyOptions) {
    const events: ProxyEvents = {
      onConnectionEnd: (record) => this.records.push(record),
      onUpstreamChange: (upstream, change, endpoint) => {
        if (change !== "health" || endpoint === undefined) return;
        this.healthChanges.push(`${upstream.settings.name} ${endpoint.name} ${endpoint.health.status}`);
      },
    };
    this.server = new ProxyServer(
      {
        listeners: [listenerSettings(options.listener)],
        routes: [],
        upstreams: [
          upstreamSettings(
            ports.map((port) => endpointSettings(port, options.endpoint)),
            {
              policy: options.policy ?? "round-robin",
              ...(options.health === undefined ? {} : { health: options.health }),
              ...options.upstream,
            },
          ),
        ],
        drainTimeoutMs: options.drainTimeoutMs ?? 30_000,
        limits: options.limits ?? { maxConnections: "auto" },
      },
      runtime,
      events,
    );
  }

  get port(): number {
    const address = this.server.listeners[0]?.address;
    if (address?.kind !== "tcp") throw new Error("Not a TCP listener");
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}
