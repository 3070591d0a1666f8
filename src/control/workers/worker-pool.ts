import type { RecordOptions } from "../log/records.ts";
import type { RefusalReason } from "../../core/limits/refusals.ts";
import type { Bell } from "../../core/memory/bell.ts";
import { type Address, formatAddress } from "../../core/runtime/address.ts";
import {
  ListenError,
  inheritedSockets,
  type Listener,
  type ListenHandler,
  type ListenOptions,
  type Runtime,
} from "../../core/runtime/runtime.ts";
import type { DataPlane } from "../../core/server/data-plane.ts";
import type { Front } from "../../core/server/front.ts";
import type { WorkerFront } from "../../core/server/proxy-server.ts";
import type { ListenerSettings, ProxySettings } from "../../core/server/settings.ts";
import type { Endpoint } from "../../core/upstream/endpoint.ts";
import type { Upstream } from "../../core/upstream/upstream.ts";
import type { WorkerFacts } from "../stats/stats.ts";
import type { ToWorker, WorkerNotice } from "./messages.ts";
import { spawnOwned } from "./spawn-owned.ts";
import type { SpawnWorker } from "./thread.ts";
import { atomicWaits, type FlagWaits, makeBellBuffer, ThreadBell } from "./thread-bell.ts";
import { WorkerSeat } from "./worker-seat.ts";

/** So many ports of the kernel's choice are tried. */
const maxTries = 5;

/** What a pool is made of. */
export interface WorkerPoolOptions {
  /** How many workers: at least 2. */
  readonly workers: number;
  readonly settings: ProxySettings;
  readonly runtime: Runtime;
  readonly spawn: SpawnWorker;
  readonly log: RecordOptions;
  readonly events: WorkerPoolEvents;
  /** How the main thread waits for the bell; absent: `atomicWaits`. */
  readonly waits?: FlagWaits | undefined;
  /** Called before addresses are bound anew: makes room at those of unix sockets that a dead worker has left. */
  readonly prepare: () => Promise<void>;
}

/** What the pool tells. None of these may throw. */
export interface WorkerPoolEvents {
  onAcceptError(listener: string, code: string): void;
  onRefusals(listener: string, reason: RefusalReason, count: number): void;
  /** A worker is dead, and so are its connections; another takes its place unless the proxy drains. */
  onWorkerDied(worker: number, error: unknown): void;
  /** The one that took its place serves. */
  onWorkerReplaced(worker: number): void;
  /** The worker could not have the reactor, unlike the main thread: the runtime's own sockets serve in its place. */
  onNoReactor(worker: number, reason: string): void;
  /** Lines of a worker for the log. */
  onLog(bytes: Uint8Array): void;
}

/** The workers of a process: starts them, tells them what changes, and puts another in the place of one that dies. */
export class WorkerPool implements WorkerFront, Front {
  readonly workers: number;
  readonly bell: Bell;
  readonly #options: WorkerPoolOptions;
  readonly #ownBell: ThreadBell;
  readonly #bellBuffer: SharedArrayBuffer;
  #seats: readonly WorkerSeat[] = [];
  #plane: DataPlane | undefined;
  #wake: () => void = () => {};

  constructor(options: WorkerPoolOptions) {
    this.workers = options.workers;
    this.#options = options;
    this.#bellBuffer = makeBellBuffer(options.workers + 1);
    const { runtime, waits = atomicWaits } = options;
    this.#ownBell = new ThreadBell(this.#bellBuffer, options.workers, { clock: runtime.clock, waits });
    this.bell = this.#ownBell;
  }

  /** What each worker is, beside what it does. */
  get facts(): readonly WorkerFacts[] {
    const { io } = this.#options.runtime;
    return Array.from({ length: this.workers }, (_, index) => {
      const seat = this.#seats[index];
      return { io: seat?.io ?? io, restarts: seat?.restarts ?? 0 };
    });
  }

  /** Log lines that workers lost because the main thread did not keep up. */
  get logLinesDropped(): number {
    return this.#seats.reduce((sum, seat) => sum + seat.logLinesDropped, 0);
  }

  make(plane: DataPlane, wake: () => void): Front {
    this.#plane = plane;
    this.#wake = wake;
    return this;
  }

  async open(): Promise<readonly Address[]> {
    for (let tries = 1; ; tries++) {
      const addresses = await this.#reserve();
      const settings = this.#settingsFor(addresses);
      this.#seats = Array.from({ length: this.workers }, (_, index) => this.#makeSeat(index, settings));
      try {
        await Promise.all(this.#seats.map((seat) => seat.open()));
        this.#ownBell.listen(this.#wake);
        return addresses;
      } catch (error) {
        if (tries === maxTries || !this.#isPassing(error)) throw error;
        await Promise.all(this.#seats.map((seat) => seat.cut()));
      }
    }
  }

  /** A port that the kernel chose was taken by somebody else before the workers could bind it: another one may be free. */
  #isPassing(error: unknown): boolean {
    if (!(error instanceof ListenError) || error.code !== "EADDRINUSE") return false;
    return this.#options.settings.listeners.some(({ address }) => address.kind === "tcp" && address.port === 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.close()));
  }

  async cut(): Promise<void> {
    this.#ownBell.stop();
    await Promise.all(this.#seats.map((seat) => seat.cut()));
  }

  /** An endpoint was added to an upstream, or taken out. */
  endpointsChanged(upstream: Upstream, endpoint: Endpoint): void {
    const message = upstream.endpoints.includes(endpoint)
      ? added(upstream, endpoint)
      : removed(upstream, endpoint.name);
    for (const seat of this.#seats) seat.post(message);
  }

  /**
   * Binds each address for a moment, alone: workers share theirs, so another process that shares the same ones would not
   * be noticed. It also finds the port where the settings leave it to the kernel.
   */
  async #reserve(): Promise<readonly Address[]> {
    const { settings, runtime } = this.#options;
    const listeners: Listener[] = [];
    try {
      const addresses: Address[] = [];
      for (const one of settings.listeners) {
        const { address } = one;
        if (address.kind === "tcp") {
          const listener = await runtime.listen(aloneOn(address, one), refuseAll);
          listeners.push(listener);
          addresses.push(listener.address);
        } else if (address.kind === "inherited") {
          addresses.push(inheritedSockets(runtime, address).addressOf(address));
        } else {
          addresses.push(address);
        }
      }
      return addresses;
    } finally {
      await Promise.all(listeners.map((listener) => listener.close()));
    }
  }

  /** What is decided once is decided here: the ports, and how many connections the process may have. */
  #settingsFor(addresses: readonly Address[]): ProxySettings {
    const { listeners, upstreams, routes, drainTimeoutMs, limits } = this.#options.settings;
    const maxConnections = this.#plane?.gate.connections.limit ?? limits.maxConnections;
    return {
      listeners: listeners.map((one, index) => ({
        ...one,
        address: one.address.kind === "inherited" ? one.address : (addresses[index] ?? one.address),
      })),
      upstreams,
      routes,
      drainTimeoutMs,
      limits: { ...limits, maxConnections },
    };
  }

  #makeSeat(index: number, settings: ProxySettings): WorkerSeat {
    const { runtime, spawn, log, events, prepare } = this.#options;
    const plane = this.#plane;
    if (plane?.memory.buffer === undefined) throw new Error("A pool opens when the data plane is made");
    const init = {
      index,
      workers: this.workers,
      settings,
      memory: plane.memory.buffer,
      bell: this.#bellBuffer,
      log,
      io: runtime.io,
    };
    const seat: WorkerSeat = new WorkerSeat(
      init,
      { runtime, spawn: spawnOwned(spawn, runtime.ownership) },
      {
        changes: () => this.#changesSince(settings),
        prepare,
        onNotice: (notice) => this.#heard(index, seat, notice),
        onGone: () => {
          plane.reclaim(index);
          // Others may have waited for what it held.
          this.bell.ring();
          this.#wake();
        },
        onDied: (error) => events.onWorkerDied(index, error),
        onReplaced: () => events.onWorkerReplaced(index),
      },
    );
    return seat;
  }

  #heard(index: number, seat: WorkerSeat, notice: WorkerNotice): void {
    const { events } = this.#options;
    switch (notice.type) {
      case "accept-error":
        events.onAcceptError(notice.listener, notice.code);
        return;
      case "refusals":
        events.onRefusals(notice.listener, notice.reason, notice.count);
        return;
      case "no-reactor":
        seat.io = "runtime";
        events.onNoReactor(index, notice.reason);
        return;
      case "log":
        seat.logLinesDropped += notice.dropped;
        events.onLog(notice.bytes);
        seat.post({ type: "log-taken" });
    }
  }

  /** What has become of the endpoints of the settings. */
  #changesSince({ upstreams }: ProxySettings): readonly ToWorker[] {
    return (this.#plane?.upstreams ?? []).flatMap((upstream) => {
      const { endpoints, memory } = upstream;
      const original = upstreams.find(({ name }) => name === upstream.settings.name)?.endpoints ?? [];
      const left = new Set(endpoints.filter((one) => one.memory === memory).map(({ name }) => name));
      return [
        ...original
          .map(({ address }) => formatAddress(address))
          .filter((name) => !left.has(name))
          .map((name) => removed(upstream, name)),
        ...endpoints.filter((one) => one.memory !== memory).map((one) => added(upstream, one)),
      ];
    });
  }
}

function added({ settings: { name } }: Upstream, { settings, memory }: Endpoint): ToWorker {
  if (memory.buffer === undefined) throw new Error("An endpoint that was added has a memory");
  return { type: "add-endpoint", endpoint: { upstream: name, settings, memory: memory.buffer } };
}

function removed({ settings: { name: upstream } }: Upstream, name: string): ToWorker {
  return { type: "remove-endpoint", endpoint: { upstream, name } };
}

function aloneOn(address: Address, { backlog, ipv6Only, keepAliveMs, bufferBytes }: ListenerSettings): ListenOptions {
  return { address, backlog, ipv6Only, keepAliveMs, highWaterMarkBytes: bufferBytes, reusePort: false };
}

/** For the moment in which an address is bound and nobody serves there. */
const refuseAll: ListenHandler = {
  onAccept: (socket) => socket.reset(),
  onAcceptError() {},
};
