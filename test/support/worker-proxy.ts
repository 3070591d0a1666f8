import { spawnThread, type Thread } from "../../src/adapters/compat/threads.ts";
import type { FromWorker, ToWorker } from "../../src/control/workers/messages.ts";
import { WorkerPool } from "../../src/control/workers/worker-pool.ts";
import type { RefusalReason } from "../../src/core/limits/refusals.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { ProxyServer } from "../../src/core/server/proxy-server.ts";
import type {
  EndpointSettings,
  TcpListenerSettings,
  ProcessLimits,
  UpstreamSettings,
} from "../../src/core/server/settings.ts";
import { listenerSettings, upstreamSettings } from "./settings.ts";
import { until } from "./sockets.ts";
import { busyLine, type Trouble } from "./worker-entry.ts";

/** What a test says of its proxy with workers. */
export interface WorkerProxyOptions {
  readonly workers: number;
  readonly listener?: Partial<TcpListenerSettings>;
  readonly upstream?: Partial<UpstreamSettings>;
  readonly limits?: ProcessLimits;
  readonly drainTimeoutMs?: number;
}

/** A proxy with real worker threads, whose main thread is the test's. */
export class WorkerProxy implements AsyncDisposable {
  readonly server: ProxyServer;
  readonly pool: WorkerPool;
  /** What the pool told, in order. */
  readonly deaths: number[] = [];
  readonly replacements: number[] = [];
  readonly refusals: [RefusalReason, number][] = [];
  /** The log lines of the workers. */
  log = "";
  readonly #threads = new Map<number, Thread<ToWorker | Trouble>>();

  static async start(
    runtime: Runtime,
    endpoints: readonly EndpointSettings[],
    options: WorkerProxyOptions,
  ): Promise<WorkerProxy> {
    const proxy = new WorkerProxy(runtime, endpoints, options);
    await proxy.server.start();
    return proxy;
  }

  private constructor(runtime: Runtime, endpoints: readonly EndpointSettings[], options: WorkerProxyOptions) {
    const settings = {
      listeners: [listenerSettings(options.listener)],
      routes: [],
      upstreams: [upstreamSettings(endpoints, options.upstream)],
      drainTimeoutMs: options.drainTimeoutMs ?? 30_000,
      limits: options.limits ?? { maxConnections: "auto" as const },
    };
    this.pool = new WorkerPool({
      workers: options.workers,
      settings,
      runtime,
      log: { level: "info", format: "json", colours: false, access: { format: "auto", template: "", sample: 1 } },
      spawn: (init, handler) => {
        const entry = new URL("./worker-entry.ts", import.meta.url);
        const thread = spawnThread<ToWorker | Trouble, FromWorker>(entry, init, handler);
        this.#threads.set(init.index, thread);
        return thread;
      },
      prepare: () => Promise.resolve(),
      events: {
        onAcceptError() {},
        onNoReactor() {},
        onRefusals: (_listener, reason, count) => void this.refusals.push([reason, count]),
        onWorkerDied: (worker) => void this.deaths.push(worker),
        onWorkerReplaced: (worker) => void this.replacements.push(worker),
        onLog: (bytes) => void (this.log += new TextDecoder().decode(bytes)),
      },
    });
    this.server = new ProxyServer(
      settings,
      runtime,
      {
        onUpstreamChange: (upstream, change, endpoint) => {
          if (change === "endpoints" && endpoint !== undefined) this.pool.endpointsChanged(upstream, endpoint);
        },
      },
      this.pool,
    );
  }

  get port(): number {
    const address = this.server.listeners[0]?.address;
    if (address?.kind !== "tcp") throw new Error("Not a TCP listener");
    return address.port;
  }

  /** Connections that run in each worker. */
  get spread(): readonly number[] {
    return Array.from({ length: this.pool.workers }, (_, worker) => this.server.gate.connections.of(worker));
  }

  /** Makes a worker throw. */
  crash(worker: number): void {
    this.#threads.get(worker)?.post("crash");
  }

  /** Lets a worker end by itself. */
  exit(worker: number): void {
    this.#threads.get(worker)?.post("exit");
  }

  /** Makes a worker busy, for `busyMs`. Resolves when it is. */
  async spin(worker: number): Promise<void> {
    this.#threads.get(worker)?.post("spin");
    await until(() => this.log.includes(busyLine), "it is busy");
  }

  /** Ends a worker by force. Resolves when it is said to be gone. */
  async terminate(worker: number): Promise<void> {
    await this.#threads.get(worker)?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}
