import { Admission, type ProcessGate } from "../limits/admission.ts";
import { ConnectionCount, maxConnectionsFor } from "../limits/connection-count.ts";
import { type OverloadCause, OverloadMonitor, type OverloadScope } from "../limits/overload-monitor.ts";
import type { RefusalReason } from "../limits/refusals.ts";
import type { Bell } from "../memory/bell.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { ConnectionRecord } from "../observe/connection-record.ts";
import type { Address } from "../runtime/address.ts";
import { inheritedSockets, type Listener, type ListenHandler, type Runtime } from "../runtime/runtime.ts";
import { TimerWheel } from "../runtime/timer-wheel.ts";
import { TcpService } from "../tcp/tcp-service.ts";
import { HttpPlane } from "../http/http-plane.ts";
import { HttpService } from "../http/http-service.ts";
import type { ExchangeRecord } from "../observe/exchange-record.ts";
import type { RouteSettings } from "./http-settings.ts";
import { AutoService } from "./auto-service.ts";
import { ServiceCounters } from "../observe/service-counters.ts";
import { Upstream } from "../upstream/upstream.ts";
import type { Front } from "./front.ts";
import type { ListenerSettings, ProxySettings } from "./settings.ts";

/** What serves the clients of a listener. */
export type Service = TcpService | HttpService | AutoService;

/** What the data plane of a thread tells; what is absent, nobody wants to know. None of these may throw. */
export interface DataPlaneEvents {
  /** A connection is over. Absent: no record is made. */
  readonly onConnectionEnd?: ((record: ConnectionRecord) => void) | undefined;
  /** The same of an exchange. */
  readonly onExchangeEnd?: ((record: ExchangeRecord) => void) | undefined;
  /** A listener could not accept for now; `code` is the system's name, such as `EMFILE`. */
  onAcceptError?(listener: string, code: string): void;
  /** Clients were refused: so many since this was last told of the listener and the reason. */
  onRefusals?(listener: string, reason: RefusalReason, count: number): void;
  /** New connections are shed from now on for a cause, or not any more. */
  onOverload?(cause: OverloadCause | undefined): void;
  /** The last connection of a listener in this thread is over. */
  onIdle?(): void;
}

/** The part that a thread has in the data plane. */
export interface DataPlaneRole {
  /** Its row in there decides which worker it is. */
  readonly memory: SharedMemory;
  /** The memory that another thread has made for the same settings; absent: this thread makes it. */
  readonly buffer?: SharedArrayBuffer | undefined;
  /** Keepers follow in this thread. */
  readonly keeps: boolean;
  /** What of an overload it measures. */
  readonly overload: OverloadScope;
  /** Absent: there is no other thread. */
  readonly bell?: Bell | undefined;
}

/**
 * The data plane as one thread has it: the listeners and upstreams of the settings, over the shared memory, and the
 * connections that run in this thread.
 */
export class DataPlane implements Front {
  readonly upstreams: readonly Upstream[];
  readonly services: readonly Service[];
  /** What the http listeners of this thread share. */
  readonly http: HttpPlane;
  /** What holds for all listeners together. */
  readonly gate: ProcessGate;
  readonly memory: SharedMemory;
  readonly #runtime: Runtime;
  readonly #events: DataPlaneEvents;
  readonly #shared: boolean;
  readonly #wheel: TimerWheel;
  readonly #listeners: Listener[] = [];
  #cut = false;

  /** Binds nothing yet: see `open`. Throws when a listener names an upstream that the settings do not have. */
  constructor(settings: ProxySettings, runtime: Runtime, role: DataPlaneRole, events: DataPlaneEvents) {
    const { memory, buffer, keeps, bell } = role;
    this.memory = memory;
    this.#runtime = runtime;
    this.#events = events;
    this.#shared = bell !== undefined;
    this.#wheel = new TimerWheel(runtime.clock);
    const { maxConnections, overload } = settings.limits;
    const mostConnections = maxConnectionsFor(maxConnections, runtime.resources().maxDescriptors, {
      workers: memory.workers,
      listeners: settings.listeners.length,
    });
    this.gate = {
      connections: new ConnectionCount(mostConnections, memory),
      overload:
        overload === undefined
          ? undefined
          : new OverloadMonitor(overload, { runtime, memory, scope: role.overload }, (cause) =>
              events.onOverload?.(cause),
            ),
    };
    this.upstreams = settings.upstreams.map((one) => new Upstream(one, { runtime, memory, keeps, bell }));
    this.http = new HttpPlane(runtime, this.#wheel);
    this.services = settings.listeners.map((one) => this.#makeService(one, settings.routes));
    if (buffer === undefined) memory.allocate();
    else memory.attach(buffer);
    for (const upstream of this.upstreams) upstream.open();
  }

  /** Binds all listeners, or none: rejects with the `ListenError` of the first that could not be bound. */
  async open(): Promise<readonly Address[]> {
    try {
      for (const service of this.services) if (this.#binds(service)) this.#listeners.push(await this.#bind(service));
    } catch (error) {
      await this.close();
      throw error;
    }
    return this.#listeners.map(({ address }) => address);
  }

  async close(): Promise<void> {
    for (const service of this.services) if (!(service instanceof TcpService)) service.drain();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  cut(): Promise<void> {
    this.#cut = true;
    this.gate.overload?.stop();
    // What a cut connection held shall go to nobody; and none shall still wait for a look-up when those are given up.
    for (const upstream of this.upstreams) upstream.halt();
    for (const service of this.services) {
      service.admission.refusals.stop();
      for (const connection of service.connections) connection.abort("drain-timeout");
    }
    this.http.pools.close();
    for (const upstream of this.upstreams) upstream.stop();
    return this.close();
  }

  /**
   * This thread dies of an error. What the system closes for it ends with FIN, and what is cut would look complete: so
   * its connections are reset.
   */
  drop(): void {
    for (const service of this.services) {
      for (const connection of service.connections) {
        try {
          connection.drop();
        } catch {
          // What threw may have left this one in any state; the others are to be reset all the same.
        }
      }
    }
  }

  /** Another thread has changed something, and rang. */
  wake(): void {
    for (const upstream of this.upstreams) upstream.wake();
  }

  /** A worker is dead: gives back what its connections held. The bell rings for those who wait for it. */
  reclaim(worker: number): void {
    for (const { admission, counters } of this.services) {
      counters.outcomes["worker-died"].addFor(worker, admission.connections.of(worker));
    }
    this.memory.reclaim(worker);
    this.gate.overload?.reclaim(worker);
    for (const upstream of this.upstreams) upstream.reclaim(worker);
  }

  #makeService(settings: ListenerSettings, routes: readonly RouteSettings[]): Service {
    const { memory } = this;
    const { clock, random } = this.#runtime;
    const context = {
      runtime: this.#runtime,
      memory,
      wheel: this.#wheel,
      admission: new Admission(settings, this.gate, { clock, random, memory }, (reason, count) =>
        this.#events.onRefusals?.(settings.name, reason, count),
      ),
      plane: this.http,
      upstreams: this.upstreams,
      onConnectionEnd: this.#events.onConnectionEnd,
      onExchangeEnd: this.#events.onExchangeEnd,
      onIdle: () => this.#events.onIdle?.(),
    };
    if (settings.protocol === "http") return new HttpService(settings, routes, context);
    const upstream = this.upstreams.find((one) => one.settings.name === settings.upstream);
    if (upstream === undefined)
      throw new Error(`Listener '${settings.name}' names no upstream: '${settings.upstream}'`);
    if (settings.protocol === "tcp") return new TcpService(settings, upstream, context);
    const shared = { ...context, counters: new ServiceCounters(memory) };
    const services = {
      tcp: new TcpService(settings, upstream, shared),
      http: new HttpService(settings, routes, shared),
    };
    return new AutoService(settings, services, shared);
  }

  /** The path of a unix socket cannot be shared: the first worker has it. */
  #binds({ settings }: Service): boolean {
    return settings.address.kind !== "unix" || this.memory.worker <= 0;
  }

  async #bind(service: Service): Promise<Listener> {
    const { address, backlog, ipv6Only, keepAliveMs, bufferBytes: highWaterMarkBytes } = service.settings;
    const handler = this.#handlerFor(service);
    if (address.kind !== "inherited") {
      const reusePort = this.#shared && address.kind === "tcp";
      const options = { address, backlog, ipv6Only, keepAliveMs, highWaterMarkBytes, reusePort };
      return await this.#runtime.listen(options, handler);
    }
    const inherited = inheritedSockets(this.#runtime, address);
    return inherited.listen({ socket: address, keepAliveMs, highWaterMarkBytes }, handler);
  }

  #handlerFor(service: Service): ListenHandler {
    return {
      onAccept: (socket) => {
        // A client that was accepted in the same turn as the stop.
        if (this.#cut) socket.reset();
        else service.serve(socket);
      },
      onAcceptError: (code) => {
        service.counters.acceptErrors.add(1);
        this.#events.onAcceptError?.(service.settings.name, code);
      },
    };
  }
}
