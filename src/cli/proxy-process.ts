import type { Logger } from "@logtape/logtape";
import { type HttpServer, serveHttp } from "../adapters/compat/http-server.ts";
import { readMachine } from "../adapters/compat/machine.ts";
import { removeStaleSocket } from "../adapters/compat/stale-socket.ts";
import { spawnThread } from "../adapters/compat/threads.ts";
import type { Config } from "../config/config.ts";
import { adminApp, isLoopbackHost } from "../control/admin/admin-app.ts";
import type { LineWriter } from "../control/log/line-writer.ts";
import { type RecordOptions, writeRecords } from "../control/log/records.ts";
import { logEvents } from "../control/log/log-events.ts";
import type { LogOptions } from "../control/log/log.ts";
import { listenerIo, readStats, type Stats, type WorkerFacts } from "../control/stats/stats.ts";
import { statsText } from "../control/stats/stats-text.ts";
import type { FromWorker, ToWorker } from "../control/workers/messages.ts";
import { workersFor } from "../control/workers/count.ts";
import { WorkerPool } from "../control/workers/worker-pool.ts";
import { formatAddress } from "../core/runtime/address.ts";
import { type ProxyEvents, ProxyServer } from "../core/server/proxy-server.ts";
import type { CommandContext } from "./command.ts";
import { version } from "./version.ts";

/** How long the last answer of the admin address may take to go out. */
const answerMs = 100;

/** Where the process tells what it does. */
export interface ProxyOutput {
  readonly log: Logger;
  /** What the log was opened with: workers do the same. */
  readonly logOptions: LogOptions;
  readonly writer: LineWriter;
}

/** The whole process behind `geryon proxy`: data plane, admin address and log, from start to drain. */
export class ProxyProcess {
  readonly #config: Config;
  readonly #context: CommandContext;
  readonly #log: Logger;
  readonly #writer: LineWriter;
  /** Undefined when all runs in this thread. */
  readonly #pool: WorkerPool | undefined;
  readonly #server: ProxyServer;
  readonly #startedMs: number;
  readonly #drainAsked = new AbortController();
  #admin: HttpServer | undefined;
  /** Resolves when an answer that was just made has gone out. */
  #answered: Promise<void> = Promise.resolve();

  constructor(config: Config, context: CommandContext, output: ProxyOutput) {
    const { runtime } = context;
    this.#config = config;
    this.#context = context;
    this.#log = output.log;
    this.#writer = output.writer;
    this.#startedMs = runtime.clock.now();
    // Made before a line is written: a record that no level lets through is not even made.
    const access = output.log.isEnabledFor("info") ? config.log.access : false;
    const logOptions = { ...output.logOptions, access };
    const events: ProxyEvents = {
      ...logEvents(output.log, runtime.clock),
      ...writeRecords(logOptions, output.writer, runtime.clock, runtime.random),
    };
    const workers = workersFor(config.workers, readMachine().cores, runtime.capabilities);
    this.#pool = workers === 1 ? undefined : this.#makePool(workers, events, logOptions);
    this.#server = new ProxyServer(config, runtime, this.#tellingPool(events), this.#pool);
  }

  /** Binds the admin address, then all listeners. Rejects with a `ListenError`, and nothing is bound. */
  async start(): Promise<void> {
    const { runtime } = this.#context;
    this.#log.info("starting", { version, runtime: `${runtime.name} ${runtime.version}` });
    await this.#removeStaleSockets();
    await this.#startAdmin();
    try {
      await this.#server.start();
    } catch (error) {
      await this.#admin?.close();
      throw error;
    }
    for (const listener of this.#server.listeners) {
      const { settings } = listener.service;
      const { name } = settings;
      const upstream = settings.protocol === "http" ? undefined : settings.upstream;
      const io = listenerIo(listener, this.#workers);
      this.#log.info("listening", { listener: name, address: formatAddress(listener.address), io, upstream });
    }
    this.#log.info("ready");
  }

  /** Aborted when the admin API asks for a drain; to begin it is the caller's matter. */
  get drainAsked(): AbortSignal {
    return this.#drainAsked.signal;
  }

  /** Drains, and resolves with how many connections the deadline cut. */
  async drain(reason: string): Promise<number> {
    const connections = this.#server.activeConnections;
    this.#log.info("draining", { reason, connections, timeout_ms: this.#config.drainTimeoutMs });
    const cut = await this.#server.drain();
    await this.#answered;
    await this.#admin?.close();
    if (cut === 0) this.#log.info("drained");
    else this.#log.warning("drain deadline", { cut });
    await this.#writer.end();
    return cut;
  }

  /** The counters for people. */
  statsText(): string {
    return statsText(this.#stats());
  }

  #makePool(workers: number, events: ProxyEvents, log: RecordOptions): WorkerPool {
    const { runtime, entry } = this.#context;
    return new WorkerPool({
      workers,
      settings: this.#config,
      runtime,
      log,
      spawn: (init, handler) => spawnThread<ToWorker, FromWorker>(entry, init, handler),
      prepare: () => this.#removeStaleSockets(),
      events: {
        onAcceptError: (listener, code) => events.onAcceptError?.(listener, code),
        onRefusals: (listener, reason, count) => events.onRefusals?.(listener, reason, count),
        onWorkerDied: (worker, error) => this.#log.error("a worker died, and its connections", { worker, error }),
        onWorkerReplaced: (worker) => this.#log.info("the worker is replaced", { worker }),
        onNoReactor: (worker, reason) =>
          this.#log.warning("no reactor in a worker: the runtime's own sockets carry its bytes", { worker, reason }),
        onLog: (bytes) => this.#writer.write(new TextDecoder().decode(bytes)),
      },
    });
  }

  /** Workers have their own list of endpoints. */
  #tellingPool(events: ProxyEvents): ProxyEvents {
    return {
      ...events,
      onUpstreamChange: (upstream, change, endpoint) => {
        events.onUpstreamChange?.(upstream, change, endpoint);
        if (change === "endpoints" && endpoint !== undefined) this.#pool?.endpointsChanged(upstream, endpoint);
      },
    };
  }

  get #workers(): readonly WorkerFacts[] {
    return this.#pool?.facts ?? [{ io: this.#context.runtime.io, restarts: 0 }];
  }

  #stats(): Stats {
    const { runtime } = this.#context;
    const facts = {
      version,
      runtime: runtime.name,
      runtimeVersion: runtime.version,
      uptimeSeconds: (runtime.clock.now() - this.#startedMs) / 1000,
      logLinesDropped: this.#writer.dropped + (this.#pool?.logLinesDropped ?? 0),
    };
    return readStats(this.#server, facts, {
      clock: runtime.clock,
      overload: this.#config.limits.overload,
      workers: this.#workers,
    });
  }

  async #removeStaleSockets(): Promise<void> {
    const { listeners, admin } = this.#config;
    for (const address of [...listeners.map((one) => one.address), admin?.address]) {
      if (address?.kind !== "unix" || !(await removeStaleSocket(address.path))) continue;
      this.#log.warning("removed a socket that no process listens on", { path: address.path });
    }
  }

  async #startAdmin(): Promise<void> {
    const address = this.#config.admin?.address;
    if (address === undefined) return;
    const app = adminApp({
      address,
      clock: this.#context.runtime.clock,
      server: this.#server,
      stats: () => this.#stats(),
      drain: () => this.#askDrain(),
      onAction: (fields) => this.#log.info("admin action", fields),
    });
    this.#admin = await serveHttp(address, app);
    this.#log.info("admin", { address: formatAddress(this.#admin.address) });
    if (address.kind === "tcp" && !isLoopbackHost(address.host)) {
      this.#log.warning("the admin address can be reached from other machines", { address: formatAddress(address) });
    }
  }

  #askDrain(): { drainTimeoutMs: number } {
    const { clock } = this.#context.runtime;
    // With no connection left a drain is over at once, and would close the admin address before it has answered.
    this.#answered = new Promise((resolve) => void clock.after(answerMs, resolve));
    this.#drainAsked.abort("admin");
    return { drainTimeoutMs: this.#config.drainTimeoutMs };
  }
}
