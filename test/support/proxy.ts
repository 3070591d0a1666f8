/** A running data plane for tests, with its settings made from the few words a test cares about. */
import type { PolicyName } from "../../src/core/balancer/balancer.ts";
import type { ConnectionRecord } from "../../src/core/observe/connection-record.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { type ProxyEvents, ProxyServer } from "../../src/core/server/proxy-server.ts";
import type {
  EndpointSettings,
  HealthSettings,
  ListenerSettings,
  ProcessLimits,
  UpstreamSettings,
} from "../../src/core/server/settings.ts";

export interface TestProxyOptions {
  readonly listener?: Partial<ListenerSettings>;
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
        listeners: [
          {
            name: "test",
            address: { kind: "tcp", host: "127.0.0.1", port: 0 },
            protocol: "tcp",
            upstream: "origins",
            idleTimeoutMs: 60_000,
            finTimeoutMs: 30_000,
            bufferBytes: 64 * 1024,
            backlog: 511,
            keepAliveMs: 60_000,
            ipv6Only: false,
            ...options.listener,
          },
        ],
        upstreams: [
          {
            name: "origins",
            policy: options.policy ?? "round-robin",
            balanceFactor: 1.25,
            endpoints: ports.map((port) => ({
              address: { kind: "tcp", host: "127.0.0.1", port },
              weight: 1,
              priority: 0,
              adminState: "ready",
              ...options.endpoint,
            })),
            connectTimeoutMs: 3000,
            connectRetries: 2,
            retryBudget: { share: 0.2, minimum: 3 },
            maxPendingConnects: 1024,
            queue: { maxLength: 1024, timeoutMs: 5000 },
            slowStartMs: 0,
            resolve: { minTtlMs: 1000, maxTtlMs: 300_000, timeoutMs: 5000 },
            ...(options.health === undefined ? {} : { health: options.health }),
            ...options.upstream,
          },
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
