import { SharedMemory } from "../../core/memory/shared-memory.ts";
import type { ConnectionRecord } from "../../core/observe/connection-record.ts";
import type { ExchangeRecord } from "../../core/observe/exchange-record.ts";
import { ListenError, type Runtime } from "../../core/runtime/runtime.ts";
import { DataPlane } from "../../core/server/data-plane.ts";
import type { AddedEndpoint, RemovedEndpoint, ToWorker, WorkerInit } from "./messages.ts";
import type { MainThread } from "./thread.ts";
import { type FlagWaits, ThreadBell } from "./thread-bell.ts";
import type { WorkerClock } from "./worker-clock.ts";

/** What a worker's thread gives it. */
export interface WorkerContext {
  readonly runtime: Runtime;
  readonly clock: WorkerClock;
  readonly waits: FlagWaits;
}

/** Where a worker tells of its connections. */
export interface WorkerRecords {
  /** Absent: no record is made. */
  readonly onConnectionEnd?: ((record: ConnectionRecord) => void) | undefined;
  /** Likewise. */
  readonly onExchangeEnd?: ((record: ExchangeRecord) => void) | undefined;
  /** The main thread has taken what was last sent to it. */
  taken(): void;
  /** Resolves when all that was told is sent. */
  end(): Promise<void>;
}

/** What a worker does: what the main thread says, without ever waiting for it. */
export class WorkerDuty {
  readonly #init: WorkerInit;
  readonly #main: MainThread;
  readonly #clock: WorkerClock;
  readonly #bell: ThreadBell;
  readonly #records: WorkerRecords;
  readonly #plane: DataPlane;
  #opening: Promise<void> | undefined;
  #closing = false;

  /** Runs until its thread is ended. */
  static begin(init: WorkerInit, main: MainThread, context: WorkerContext, records: WorkerRecords): void {
    const duty = new WorkerDuty(init, main, context, records);
    main.listen((message) => void duty.#obey(message));
    main.beforeDeath?.(() => duty.#plane.drop());
    main.post({ type: "made" });
  }

  private constructor(init: WorkerInit, main: MainThread, context: WorkerContext, records: WorkerRecords) {
    const { index, workers, settings, memory: buffer } = init;
    const { runtime, clock, waits } = context;
    this.#init = init;
    this.#main = main;
    this.#clock = clock;
    this.#records = records;
    this.#bell = new ThreadBell(init.bell, index, { clock: runtime.clock, waits });
    const memory = new SharedMemory(workers, index);
    this.#plane = new DataPlane(
      settings,
      { ...runtime, clock },
      { memory, buffer, keeps: false, overload: "loop", bell: this.#bell },
      {
        onConnectionEnd: records.onConnectionEnd,
        onExchangeEnd: records.onExchangeEnd,
        onAcceptError: (listener, code) => main.post({ type: "accept-error", listener, code }),
        onRefusals: (listener, reason, count) => main.post({ type: "refusals", listener, reason, count }),
        onIdle: () => this.#tellIdle(),
      },
    );
  }

  async #obey(message: ToWorker): Promise<void> {
    switch (message.type) {
      case "open":
        this.#clock.set(message.nowMs);
        this.#bell.listen(() => this.#plane.wake());
        await (this.#opening = this.#open());
        return;
      case "add-endpoint":
        this.#addEndpoint(message.endpoint);
        return;
      case "remove-endpoint":
        this.#removeEndpoint(message.endpoint);
        return;
      case "close":
        this.#closing = true;
        // What is not bound yet cannot be closed.
        await this.#opening;
        await this.#plane.close();
        this.#main.post({ type: "closed" });
        // The last connection may have been over before this was read.
        this.#tellIdle();
        return;
      case "cut":
        await this.#opening;
        await this.#plane.cut();
        this.#bell.stop();
        await this.#records.end();
        this.#main.post({ type: "cut" });
        return;
      case "log-taken":
        this.#records.taken();
    }
  }

  async #open(): Promise<void> {
    try {
      await this.#plane.open();
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      this.#main.post({ type: "open-failed", address: error.address, code: error.code, message: error.message });
      return;
    }
    this.#plane.gate.overload?.start();
    this.#main.post({ type: "opened" });
  }

  #addEndpoint({ upstream: name, settings, memory: buffer }: AddedEndpoint): void {
    const upstream = this.#plane.upstreams.find((one) => one.settings.name === name);
    if (upstream === undefined) return;
    const memory = new SharedMemory(this.#init.workers, this.#init.index);
    const endpoint = upstream.makeEndpoint(settings, memory);
    memory.attach(buffer);
    upstream.insert(endpoint);
    upstream.wake();
  }

  #removeEndpoint({ upstream: name, name: endpointName }: RemovedEndpoint): void {
    const upstream = this.#plane.upstreams.find((one) => one.settings.name === name);
    const endpoint = upstream?.endpoints.find((one) => one.name === endpointName);
    if (upstream === undefined || endpoint === undefined) return;
    upstream.take(endpoint);
    endpoint.dialer.stop();
    upstream.wake();
  }

  /** Of a drain the main thread waits for the last connection of all. */
  #tellIdle(): void {
    if (this.#closing) this.#bell.ring();
  }
}
