import { validateConfig } from "../../config/validate-config.ts";
import { type Address, formatAddress } from "../../core/runtime/address.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { ProxyServer } from "../../core/server/proxy-server.ts";
import type { ProxySettings } from "../../core/server/settings.ts";
import type { Endpoint } from "../../core/upstream/endpoint.ts";
import { delay, waitUntil } from "./delay.ts";
import { DemoEndpoint } from "./demo-endpoint.ts";
import type { DemoEvent, DemoEventKind } from "./demo-event.ts";
import { type DemoPlan, planDemo } from "./demo-plan.ts";
import { DemoTraffic } from "./demo-traffic.ts";

const endpointCount = 3;
/** Far more than a probe or a connect on loopback takes, even on a busy machine. */
const patienceMs = 10_000;

/** How to run a demo. */
export interface DemoOptions {
  /** Where the proxy listens. */
  readonly listen: Address;
  /** How long; undefined: until it is stopped. */
  readonly seconds: number | undefined;
  readonly onEvent: (event: DemoEvent) => void;
}

/** The main job on something real: endpoints, the proxy in front, and clients, in one process. */
export class DemoRun {
  readonly plan: DemoPlan;
  readonly server: ProxyServer;
  readonly endpoints: readonly DemoEndpoint[];
  readonly traffic: DemoTraffic;
  /** Where clients connect. */
  readonly address: Address;
  /** How often an endpoint was seen to go and a client was seen to reach it again. */
  returns = 0;
  kills = 0;
  /** Connections that the drain reset. */
  cut = 0;
  /** Connections that ran when the drain began. */
  drained = 0;
  readonly #runtime: Runtime;
  readonly #options: DemoOptions;
  readonly #startedMs: number;

  /** Binds everything; nothing moves before `run`. Rejects with a `ListenError`. */
  static async start(options: DemoOptions, runtime: Runtime): Promise<DemoRun> {
    const endpoints = await Promise.all(Array.from({ length: endpointCount }, () => DemoEndpoint.start(runtime)));
    const plan = planDemo(options.seconds);
    const server = new ProxyServer(settingsFor(options.listen, endpoints, plan), runtime, {});
    try {
      await server.start();
    } catch (error) {
      for (const endpoint of endpoints) await endpoint.stop();
      throw error;
    }
    return new DemoRun(options, runtime, plan, server, endpoints);
  }

  private constructor(
    options: DemoOptions,
    runtime: Runtime,
    plan: DemoPlan,
    server: ProxyServer,
    endpoints: readonly DemoEndpoint[],
  ) {
    this.#options = options;
    this.#runtime = runtime;
    this.#startedMs = runtime.clock.now();
    this.plan = plan;
    this.server = server;
    this.endpoints = endpoints;
    this.address = server.listeners[0]?.address ?? options.listen;
    this.traffic = new DemoTraffic(this.address, runtime);
  }

  /** Since the start. */
  get elapsedMs(): number {
    return this.#runtime.clock.now() - this.#startedMs;
  }

  /** Connects that were tried again on another endpoint. */
  get retries(): number {
    return this.server.upstreams[0]?.retries.total ?? 0;
  }

  /** What the proxy knows about an endpoint. */
  upstreamEndpoint(index: number): Endpoint | undefined {
    return this.server.upstreams[0]?.endpoints[index];
  }

  /** Runs the cycles until they are over or `stopped` is aborted; then drains. */
  async run(stopped: AbortSignal): Promise<void> {
    this.traffic.start();
    try {
      for (let cycle = 0; cycle < this.plan.cycles && !stopped.aborted; cycle++) await this.#cycle(cycle, stopped);
      await this.#drain();
    } finally {
      this.traffic.abort();
      await this.server.stop();
      for (const endpoint of this.endpoints) await endpoint.stop();
    }
  }

  async #cycle(cycle: number, stopped: AbortSignal): Promise<void> {
    const { plan } = this;
    const { clock } = this.#runtime;
    const beganMs = clock.now();
    const until = (ms: number): Promise<void> => delay(clock, Math.max(0, beganMs + ms - clock.now()), stopped);
    const wait = (condition: () => boolean): Promise<boolean> =>
      waitUntil(condition, { clock, timeoutMs: patienceMs, stopped });
    const index = (cycle + 1) % endpointCount;
    const endpoint = this.endpoints[index];
    const seen = this.upstreamEndpoint(index);
    if (endpoint === undefined || seen === undefined) return;
    await until(plan.killAtMs);
    if (stopped.aborted) return;
    await this.#kill(endpoint, seen, wait);
    await until(plan.returnAtMs);
    if (stopped.aborted) return;
    await this.#bringBack(endpoint, seen, { wait, stopped });
    await until(plan.cycleMs);
  }

  /**
   * A process that closes its listener resets what the kernel has connected for it but it has not accepted yet. No
   * proxy can hide that: the connect had succeeded. So clients hold their connects until nothing of the kind is left.
   */
  async #kill(endpoint: DemoEndpoint, seen: Endpoint, wait: Wait): Promise<void> {
    await this.traffic.hold();
    await endpoint.kill();
    this.traffic.release();
    this.kills++;
    const { retries } = this;
    const killedMs = this.elapsedMs;
    this.#tell(
      "killed",
      `${endpoint.name} is killed: it stops listening`,
      "Connect retry hides it: who is refused there goes to another endpoint",
    );
    if (!(await wait(() => seen.health.status === "unhealthy"))) return;
    const tookMs = this.elapsedMs - killedMs;
    this.#tell(
      "out",
      `${endpoint.name} is unhealthy, ${(tookMs / 1000).toFixed(2)} s later: it is out`,
      `${this.retries - retries} connects were retried until the health checker knew; none since`,
    );
  }

  async #bringBack(
    endpoint: DemoEndpoint,
    seen: Endpoint,
    { wait, stopped }: { wait: Wait; stopped: AbortSignal },
  ): Promise<void> {
    if (!(await endpoint.comeBack(stopped))) {
      if (!stopped.aborted)
        this.#tell("failed", `${endpoint.name} cannot listen again`, "Another program took its port");
      return;
    }
    const returnedMs = this.elapsedMs;
    this.#tell(
      "returned",
      `${endpoint.name} listens again`,
      "No client is sent there until two probes in a row have succeeded",
    );
    if (!(await wait(() => seen.health.status === "healthy"))) return;
    const served = seen.connections.total;
    const tookMs = this.elapsedMs - returnedMs;
    this.#tell(
      "in",
      `${endpoint.name} is healthy, ${(tookMs / 1000).toFixed(2)} s later: it is in again`,
      "It may be chosen for new connections",
    );
    if (!(await wait(() => seen.connections.total > served))) return;
    this.returns++;
    this.#tell("serves", `${endpoint.name} serves clients again`, "It gets its share of the traffic");
  }

  /** New clients are refused, the running connections end by themselves: what a SIGTERM does to `geryon proxy`. */
  async #drain(): Promise<void> {
    await this.traffic.hold();
    this.drained = this.server.activeConnections;
    const clientsEnd = this.traffic.stop();
    this.cut = await this.server.drain();
    await clientsEnd;
  }

  #tell(kind: DemoEventKind, what: string, why: string): void {
    this.#options.onEvent({ kind, atMs: this.elapsedMs, what, why });
  }
}

type Wait = (condition: () => boolean) => Promise<boolean>;

function settingsFor(listen: Address, endpoints: readonly DemoEndpoint[], plan: DemoPlan): ProxySettings {
  const interval = `${Math.round(plan.healthIntervalMs)}ms`;
  const result = validateConfig({
    listeners: { demo: { address: formatAddress(listen), upstream: "echoes", idleTimeout: "60s", finTimeout: "10s" } },
    upstreams: {
      echoes: {
        endpoints: endpoints.map(({ address }) => formatAddress(address)),
        health: { interval, timeout: interval, fastInterval: interval, rise: 2, fall: 2 },
        // It kills endpoints for a moment: that is what the health checks shall show.
        outlier: "off",
      },
    },
    drainTimeout: "5s",
  });
  if (!result.ok) throw new Error(result.errors[0]?.what);
  return result.config;
}
