import { DataPlane } from "../../core/server/data-plane.ts";
import { SharedMemory } from "../../core/memory/shared-memory.ts";
import { ListenError, type Runtime } from "../../core/runtime/runtime.ts";
import { accessLog } from "../log/access-log.ts";
import { LineWriter } from "../log/line-writer.ts";
import type { AddedEndpoint, FromWorker, RemovedEndpoint, ToWorker, WorkerInit } from "./messages.ts";
import type { MainThread } from "./thread.ts";
import { ThreadBell } from "./thread-bell.ts";
import { WorkerClock } from "./worker-clock.ts";
import { WorkerLogOutput } from "./worker-log.ts";

/** A worker: the data plane in a thread of its own. It does what the main thread says, and never waits for it. */
export class Worker {
  readonly #init: WorkerInit;
  readonly #main: MainThread;
  readonly #runtime: Runtime;
  readonly #clock: WorkerClock;
  readonly #bell: ThreadBell;
  readonly #logOutput: WorkerLogOutput;
  readonly #writer: LineWriter;
  readonly #plane: DataPlane;
  #closing = false;

  /** Runs until its thread is ended. */
  static run(init: WorkerInit, main: MainThread, runtime: Runtime): void {
    const worker = new Worker(init, main, runtime);
    main.listen((message) => void worker.#obey(message));
    main.beforeDeath?.(() => worker.#plane.drop());
    main.post({ type: "made" });
  }

  private constructor(init: WorkerInit, main: MainThread, runtime: Runtime) {
    const { index, workers, settings, memory: buffer, log } = init;
    this.#init = init;
    this.#main = main;
    this.#clock = new WorkerClock(runtime.clock);
    this.#runtime = { ...runtime, clock: this.#clock };
    this.#bell = new ThreadBell(init.bell, index, runtime.clock);
    this.#logOutput = new WorkerLogOutput(main, () => this.#writer.dropped);
    this.#writer = new LineWriter(this.#logOutput, runtime.clock);
    const memory = new SharedMemory(workers, index);
    this.#plane = new DataPlane(
      settings,
      this.#runtime,
      { memory, buffer, keeps: false, overload: "loop", bell: this.#bell },
      {
        onConnectionEnd: log.access ? accessLog(log, this.#writer, this.#clock) : undefined,
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
        this.#main.post(await this.#open());
        return;
      case "add-endpoint":
        this.#addEndpoint(message.endpoint);
        return;
      case "remove-endpoint":
        this.#removeEndpoint(message.endpoint);
        return;
      case "close":
        this.#closing = true;
        await this.#plane.close();
        this.#main.post({ type: "closed" });
        // The last connection may have been over before this was read.
        this.#tellIdle();
        return;
      case "cut":
        await this.#plane.cut();
        this.#bell.stop();
        await this.#writer.end();
        this.#main.post({ type: "cut" });
        return;
      case "log-taken":
        this.#logOutput.taken();
    }
  }

  async #open(): Promise<FromWorker> {
    try {
      await this.#plane.open();
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      return { type: "open-failed", address: error.address, code: error.code, message: error.message };
    }
    this.#plane.gate.overload?.start();
    return { type: "opened" };
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
