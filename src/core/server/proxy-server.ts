import type { ProcessGate } from "../limits/admission.ts";
import type { Bell } from "../memory/bell.ts";
import { SharedMemory } from "../memory/shared-memory.ts";
import type { Address } from "../runtime/address.ts";
import type { Timer } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import { type KeptUpstream, keepUpstream, type UpstreamChange } from "../upstream/upstream-keeper.ts";
import { DataPlane, type DataPlaneEvents, type Service } from "./data-plane.ts";
import type { Front } from "./front.ts";
import type { ProxySettings } from "./settings.ts";

/** What the proxy tells the control plane; what is absent, nobody wants to know. None of these may throw. */
export interface ProxyEvents extends Omit<DataPlaneEvents, "onIdle"> {
  /** Something about an upstream has changed, or about one of its endpoints. */
  onUpstreamChange?(upstream: KeptUpstream, change: UpstreamChange, endpoint: Endpoint | undefined): void;
}

/** Workers that serve in place of the server's own thread. */
export interface WorkerFront {
  /** How many there are: more than 1. */
  readonly workers: number;
  readonly bell: Bell;
  /** Makes the front of all workers, which share the memory of the plane. `wake` is to be called when one has rung. */
  make(plane: DataPlane, wake: () => void): Front;
}

/** Where the process is in its life. */
export type ProxyPhase = "starting" | "ready" | "draining" | "stopped";

/** A listener with what serves it. */
export interface BoundListener {
  readonly service: Service;
  /** With the port that the kernel chose. */
  readonly address: Address;
}

/** The proxy: its data plane with the keepers of the upstreams, from start to drain. */
export class ProxyServer {
  readonly plane: DataPlane;
  readonly upstreams: readonly KeptUpstream[];
  readonly #settings: ProxySettings;
  readonly #runtime: Runtime;
  readonly #front: Front;
  #addresses: readonly Address[] = [];
  #phase: ProxyPhase = "starting";
  #drained: (() => void) | undefined;
  #draining: Promise<number> | undefined;
  /** Ends the time before a drain. */
  #hurry: (() => void) | undefined;

  /**
   * Binds nothing yet: see `start`. Throws when a listener names an upstream that the settings do not have. Without
   * `workers` everything runs in this thread.
   */
  constructor(settings: ProxySettings, runtime: Runtime, events: ProxyEvents, workers?: WorkerFront) {
    this.#settings = settings;
    this.#runtime = runtime;
    this.plane = new DataPlane(
      settings,
      runtime,
      workers === undefined
        ? { memory: new SharedMemory(1, 0), keeps: true, overload: "all" }
        : { memory: new SharedMemory(workers.workers, -1), keeps: true, overload: "resources", bell: workers.bell },
      { ...events, onIdle: () => this.#checkIdle() },
    );
    this.#front = workers?.make(this.plane, () => this.#wakeUp()) ?? this.plane;
    this.upstreams = this.plane.upstreams.map((one) =>
      keepUpstream(one, runtime, (upstream, change, endpoint) => events.onUpstreamChange?.(upstream, change, endpoint)),
    );
  }

  get phase(): ProxyPhase {
    return this.#phase;
  }

  /** What holds for all listeners together. */
  get gate(): ProcessGate {
    return this.plane.gate;
  }

  /** The bound listeners, in the order of the settings. */
  get listeners(): readonly BoundListener[] {
    return this.#addresses.flatMap((address, index) => {
      const service = this.plane.services[index];
      return service === undefined ? [] : [{ service, address }];
    });
  }

  /** Connections that run. */
  get activeConnections(): number {
    return this.gate.connections.active;
  }

  /** Binds all listeners, or none: rejects with the `ListenError` of the first that could not be bound. */
  async start(): Promise<void> {
    try {
      this.#addresses = await this.#front.open();
    } catch (error) {
      await this.stop();
      throw error;
    }
    for (const { keeper } of this.upstreams) keeper.start();
    this.gate.overload?.start();
    this.#phase = "ready";
  }

  /**
   * Waits for the settings' `preStopMs`, stops accepting and lets the running connections end, until the settings' `drainTimeoutMs` is over; then resets
   * what is left. Resolves with how many were reset. A second call waits for the first.
   */
  drain(): Promise<number> {
    return (this.#draining ??= this.#drain());
  }

  /** A worker has changed something, and rang. */
  #wakeUp(): void {
    // What workers have seen at the last moment must not set timers anew.
    if (this.#phase !== "stopped") this.plane.wake();
    this.#checkIdle();
  }

  async #drain(): Promise<number> {
    this.#phase = "draining";
    const { preStopMs } = this.#settings;
    if (preStopMs !== undefined) await this.#preStop(preStopMs);
    await this.#front.close();
    this.#leaveInherited();
    let timer: Timer | undefined;
    if (this.activeConnections > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        timer = this.#runtime.clock.after(this.#settings.drainTimeoutMs, resolve);
      });
    }
    timer?.cancel();
    const cut = this.activeConnections;
    await this.stop();
    return cut;
  }

  /** Goes on serving while whoever sends clients here learns that there shall be no more. */
  async #preStop(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#runtime.clock.after(delayMs, resolve);
      this.#hurry = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Ends everything now: listeners, connections, health checks. */
  async stop(): Promise<void> {
    this.#phase = "stopped";
    this.#hurry?.();
    // An endpoint is not to blame for what is cut here.
    for (const { keeper } of this.upstreams) keeper.halt();
    const cut = this.#front.cut();
    for (const { keeper } of this.upstreams) keeper.stop();
    await cut;
    if (this.#front !== this.plane) await this.plane.cut();
  }

  /** While this process held a socket open on which nobody accepts, clients would wait there in vain. */
  #leaveInherited(): void {
    for (const { address } of this.#settings.listeners) {
      if (address.kind === "inherited") this.#runtime.inherited?.close(address);
    }
  }

  /** The last connection to end ends a drain. */
  #checkIdle(): void {
    if (this.#drained !== undefined && this.activeConnections === 0) this.#drained();
  }
}
