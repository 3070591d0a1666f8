import { Admission, type ProcessGate } from "../limits/admission.ts";
import { ConnectionCount, maxConnectionsFor } from "../limits/connection-count.ts";
import { type OverloadCause, OverloadMonitor } from "../limits/overload-monitor.ts";
import type { RefusalReason } from "../limits/refusals.ts";
import type { ConnectionRecord } from "../observe/connection-record.ts";
import type { Address } from "../runtime/address.ts";
import type { Timer } from "../runtime/clock.ts";
import type { Listener, Runtime } from "../runtime/runtime.ts";
import { TimerWheel } from "../runtime/timer-wheel.ts";
import { TcpService } from "../tcp/tcp-service.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import { Upstream, type UpstreamChange } from "../upstream/upstream.ts";
import type { ListenerSettings, ProxySettings } from "./settings.ts";

/** What the data plane tells the control plane; what is absent, nobody wants to know. None of these may throw. */
export interface ProxyEvents {
  /** A connection is over. Absent: no record is made. */
  readonly onConnectionEnd?: ((record: ConnectionRecord) => void) | undefined;
  /** Something about an upstream has changed, or about one of its endpoints. */
  onUpstreamChange?(upstream: Upstream, change: UpstreamChange, endpoint: Endpoint | undefined): void;
  /** A listener could not accept for now; `code` is the system's name, such as `EMFILE`. */
  onAcceptError?(listener: string, code: string): void;
  /** Clients were refused: so many since this was last told of the listener and the reason. */
  onRefusals?(listener: string, reason: RefusalReason, count: number): void;
  /** New connections are shed from now on for a cause, or not any more. */
  onOverload?(cause: OverloadCause | undefined): void;
}

/** Where the process is in its life. */
export type ProxyPhase = "starting" | "ready" | "draining" | "stopped";

/** A listener that is bound. */
export interface BoundListener {
  readonly service: TcpService;
  /** With the port that the kernel chose. */
  readonly address: Address;
}

/** The data plane: its listeners, its upstreams and their connections. */
export class ProxyServer {
  readonly upstreams: readonly Upstream[];
  readonly #settings: ProxySettings;
  readonly #runtime: Runtime;
  readonly #events: ProxyEvents;
  readonly #wheel: TimerWheel;
  /** What holds for all listeners together. */
  readonly gate: ProcessGate;
  readonly #bound: { readonly service: TcpService; readonly listener: Listener }[] = [];
  #phase: ProxyPhase = "starting";
  #drained: (() => void) | undefined;
  #draining: Promise<number> | undefined;

  /** Binds nothing yet: see `start`. Throws when a listener names an upstream that the settings do not have. */
  constructor(settings: ProxySettings, runtime: Runtime, events: ProxyEvents) {
    this.#settings = settings;
    this.#runtime = runtime;
    this.#events = events;
    this.#wheel = new TimerWheel(runtime.clock);
    const { maxConnections, overload } = settings.limits;
    this.gate = {
      connections: new ConnectionCount(maxConnectionsFor(maxConnections, runtime.resources().maxDescriptors)),
      overload:
        overload === undefined
          ? undefined
          : new OverloadMonitor(overload, runtime, (cause) => events.onOverload?.(cause)),
    };
    this.upstreams = settings.upstreams.map((one) => {
      const upstream: Upstream = new Upstream(one, runtime, (change, endpoint) =>
        events.onUpstreamChange?.(upstream, change, endpoint),
      );
      return upstream;
    });
  }

  get phase(): ProxyPhase {
    return this.#phase;
  }

  /** The bound listeners, in the order of the settings. */
  get listeners(): readonly BoundListener[] {
    return this.#bound.map(({ service, listener }) => ({ service, address: listener.address }));
  }

  /** Connections that run. */
  get activeConnections(): number {
    let count = 0;
    for (const { service } of this.#bound) count += service.connections.size;
    return count;
  }

  /** Binds all listeners, or none: rejects with the `ListenError` of the first that could not be bound. */
  async start(): Promise<void> {
    try {
      for (const settings of this.#settings.listeners) await this.#bind(settings);
    } catch (error) {
      await this.stop();
      throw error;
    }
    for (const upstream of this.upstreams) upstream.start();
    this.gate.overload?.start();
    this.#phase = "ready";
  }

  /**
   * Stops accepting and lets the running connections end, until the settings' `drainTimeoutMs` is over; then resets
   * what is left. Resolves with how many were reset. A second call waits for the first.
   */
  drain(): Promise<number> {
    return (this.#draining ??= this.#drain());
  }

  async #drain(): Promise<number> {
    this.#phase = "draining";
    await this.#closeListeners();
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

  /** Ends everything now: listeners, connections, health checks. */
  async stop(): Promise<void> {
    this.#phase = "stopped";
    this.gate.overload?.stop();
    // What a cut connection held shall go to nobody; and none shall still wait for a look-up when those are given up.
    for (const upstream of this.upstreams) upstream.halt();
    for (const { service } of this.#bound) {
      service.admission.refusals.stop();
      for (const connection of service.connections) connection.abort("drain-timeout");
    }
    for (const upstream of this.upstreams) upstream.stop();
    await this.#closeListeners();
  }

  async #bind(settings: ListenerSettings): Promise<void> {
    const upstream = this.upstreams.find((one) => one.settings.name === settings.upstream);
    if (upstream === undefined)
      throw new Error(`Listener '${settings.name}' names no upstream: '${settings.upstream}'`);
    const service = new TcpService(settings, upstream, {
      runtime: this.#runtime,
      wheel: this.#wheel,
      admission: new Admission(settings, this.gate, this.#runtime.clock, this.#runtime.random, (reason, count) =>
        this.#events.onRefusals?.(settings.name, reason, count),
      ),
      onConnectionEnd: this.#events.onConnectionEnd,
      onIdle: () => this.#serviceIdle(),
    });
    const listener = await this.#runtime.listen(
      {
        address: settings.address,
        backlog: settings.backlog,
        ipv6Only: settings.ipv6Only,
        keepAliveMs: settings.keepAliveMs,
        highWaterMarkBytes: settings.bufferBytes,
      },
      {
        onAccept: (socket) => {
          // A client that was accepted in the same turn as the stop.
          if (this.#phase === "stopped") socket.reset();
          else service.serve(socket);
        },
        onAcceptError: (code) => {
          service.acceptErrors++;
          this.#events.onAcceptError?.(settings.name, code);
        },
      },
    );
    this.#bound.push({ service, listener });
  }

  /** A service has no connection left: the last one to say so ends a drain. */
  #serviceIdle(): void {
    if (this.#drained !== undefined && this.activeConnections === 0) this.#drained();
  }

  async #closeListeners(): Promise<void> {
    await Promise.all(this.#bound.map(({ listener }) => listener.close()));
  }
}
