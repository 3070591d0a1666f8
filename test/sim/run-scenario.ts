import type { ConnectionRecord } from "../../src/core/observe/connection-record.ts";
import type { ExchangeRecord } from "../../src/core/observe/exchange-record.ts";
import type { ProxyEvents, ProxyServer } from "../../src/core/server/proxy-server.ts";
import { EventQueue } from "./event-queue.ts";
import { applyFault } from "./faults.ts";
import { checkExchange } from "./exchange-truth.ts";
import { checkHttpAtEnd, checkHttpWhenQuiet, checkHttpWhenSettled } from "./http-invariants.ts";
import { lateHttpClient } from "./http-late.ts";
import { checkBounds, checkBreakers, checkEjection, checkHealth, checkNoEndpoint } from "./bounds.ts";
import { checkAtEnd, checkDrain, checkWhenStopped, checkWhenSettled } from "./invariants.ts";
import { KernelView } from "./kernel-view.ts";
import type { Core } from "./load-core.ts";
import { checkRecord } from "./outcome-truth.ts";
import type { Scenario } from "./scenario.ts";
import type { SimSocket } from "./sim-socket.ts";
import { makeWorkers, type SimWorkers } from "./sim-workers.ts";
import { type ClientRun, World } from "./world.ts";

/** A run that does not come to rest within so many events is stuck. */
const maxSteps = 2_000_000;
/** So much virtual time after the end is enough for every kernel to give up. */
const restMs = 600_000;
/** How long a client that comes after all faults may take. */
const lateClientMs = 10_000;

/** What went wrong first. */
export interface Violation {
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

/** How a run went. */
export interface RunResult {
  readonly violation: Violation | undefined;
  readonly steps: number;
  readonly endMs: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** A run under way, as the checks see it. */
export interface Run {
  readonly scenario: Scenario;
  readonly world: World;
  readonly server: ProxyServer;
  /** What the proxy said about each client's connection, by `host:port` of the client. */
  readonly records: Map<string, ConnectionRecord>;
  /** The proxy's ends towards clients, by the same. */
  readonly accepted: Map<string, SimSocket>;
  /** Connections made after all faults, one for each listener. */
  readonly lateClients: readonly ClientRun[];
  /** When the last connection ended. */
  readonly lastEndMs: number;
  /** When the proxy was told to end. */
  readonly finishMs: number;
  /** Undefined when the proxy runs in one thread. */
  readonly workers: SimWorkers | undefined;
  readonly report: (invariant: string, message: string) => void;
}

/** What a run may be told besides the scenario. */
export interface RunOptions {
  readonly core: Core;
  readonly trace?: ((atMs: number, who: string, what: string) => void) | undefined;
}

/** Plays a scenario from its start to the last event, and says what was violated first. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const player = new Player(scenario, options);
  await player.play();
  return player.result;
}

class Player implements Run {
  readonly scenario: Scenario;
  readonly world: World;
  readonly server: ProxyServer;
  readonly workers: SimWorkers | undefined;
  readonly records: Map<string, ConnectionRecord> = new Map<string, ConnectionRecord>();
  readonly accepted: Map<string, SimSocket> = new Map<string, SimSocket>();
  readonly lateClients: ClientRun[] = [];
  finishMs = 0;
  #lastRecordMs = 0;
  readonly #kernel: KernelView = new KernelView(this);
  readonly #queue = new EventQueue();
  readonly #outcomes: Record<string, number> = {};
  #violation: Violation | undefined = undefined;

  constructor(scenario: Scenario, options: RunOptions) {
    this.scenario = scenario;
    const { trace } = options;
    const { report } = this;
    const line = trace && ((who: string, what: string): void => trace(this.#queue.nowMs, who, what));
    this.world = new World(scenario, this.#queue, report, line);
    this.world.proxy.onOpen = (socket) => {
      if (socket.accepted) this.#accept(socket);
    };
    const named = new Set(Object.values(scenario.names).flatMap(({ hosts }) => hosts.map((host) => `${host}:80`)));
    let tried = new WeakMap<object, Set<string>>();
    this.world.proxy.onConnected = (socket, handler) => {
      this.#kernel.connected(socket, handler);
      this.world.http?.connected(socket);
    };
    this.world.proxy.onConnect = (connectOptions, handler, connect) => {
      this.#kernel.connect(connectOptions, handler, connect);
      const { address } = connectOptions;
      const before = tried.get(handler) ?? new Set<string>();
      tried.set(handler, before);
      const key = address.kind === "tcp" ? `${address.host}:${address.port}` : address.path;
      // Two endpoints may lead to one address, when one of them is a name.
      if (before.has(key) && !named.has(key)) report("tried-once", `${key} is tried again by the same connection`);
      before.add(key);
    };
    const { core } = options;
    const events: ProxyEvents = {
      onConnectionEnd: (record) => this.#ended(record),
      onExchangeEnd: (record) => {
        // Who asks for connections for one exchange does so for another then. Which one it was, nobody can see from outside.
        tried = new WeakMap();
        this.#exchangeEnded(record);
      },
      onUpstreamChange: (upstream, change, endpoint) => {
        line?.(upstream.settings.name, `${change} ${endpoint?.name} ${endpoint?.health.status}`);
        if (change === "health" && endpoint !== undefined) checkHealth(this, upstream, endpoint);
        if (change === "ejection" && endpoint !== undefined) checkEjection(this, upstream, endpoint);
      },
      onOverload: (cause) => line?.("proxy", `overload ${cause}`),
    };
    if (scenario.workers !== undefined)
      this.workers = makeWorkers(scenario.workers, this.world, core, events, () => this.server);
    this.world.threads = this.workers?.threads;
    this.server = new core.ProxyServer(
      scenario.settings,
      this.world.runtime,
      this.workers?.events ?? events,
      this.workers?.front,
    );
  }

  get result(): RunResult {
    const { steps, nowMs } = this.#queue;
    return { violation: this.#violation, steps, endMs: nowMs, outcomes: this.#outcomes };
  }

  readonly report = (invariant: string, message: string): void => {
    this.#violation ??= { invariant, message, atMs: this.#queue.nowMs };
  };

  async play(): Promise<void> {
    const { scenario, world } = this;
    world.startEndpoints();
    await this.#settle(this.server.start());
    const startMs = this.#queue.nowMs;
    for (const client of world.clients) this.#queue.at(startMs + client.plan.startMs, () => world.startClient(client));
    for (const plan of scenario.http?.clients ?? [])
      this.#queue.at(startMs + plan.startMs, () => world.startHttpClient(plan));
    for (const { atMs, fault } of scenario.events)
      this.#queue.at(startMs + atMs, () => applyFault(fault, world, this.server));
    await this.#runUntil(startMs + scenario.playMs);
    if (scenario.settleMs > 0) {
      world.endFaults();
      await this.#runUntil(startMs + scenario.playMs + scenario.settleMs);
      if (this.#violation === undefined) checkHttpWhenQuiet(this);
      for (const listener of scenario.settings.listeners.keys()) {
        if (world.http !== undefined) await this.#playLateHttpClient(listener);
        if (scenario.settings.listeners[listener]?.protocol === "http") continue;
        const client = world.startLateClient(listener);
        this.lateClients.push(client);
        await this.#runUntil(this.#queue.nowMs + lateClientMs, () => this.#isOver(client));
      }
      if (this.#violation === undefined) checkWhenSettled(this);
      if (this.#violation === undefined) checkHttpWhenSettled(this);
    }
    await this.#finish();
    if (this.#violation === undefined) checkWhenStopped(this);
    await this.#runUntil(this.#queue.nowMs + restMs);
    if (this.#violation === undefined) checkAtEnd(this);
    if (this.#violation === undefined) checkHttpAtEnd(this);
    this.#kernel.checkOrder();
  }

  get lastEndMs(): number {
    if (this.world.http === undefined) return this.#lastRecordMs;
    return this.accepted.values().reduce((ms, { goneMs }) => Math.max(ms, goneMs), 0);
  }

  async #playLateHttpClient(listener: number): Promise<void> {
    const { http } = this.world;
    const plan = lateHttpClient(this.scenario, listener);
    if (http === undefined || plan === undefined) return;
    http.add(plan);
    this.world.startHttpClient(plan);
    const isOver = (): boolean =>
      http.failed.has(plan.id) || http.clients.some((one) => one.plan === plan && one.closeReason !== undefined);
    await this.#runUntil(this.#queue.nowMs + lateClientMs, isOver);
  }

  #accept(socket: SimSocket): void {
    if (this.workers?.closed === true) this.report("closed-is-closed", `${socket.name} is accepted after the close`);
    this.accepted.set(socket.remoteName, socket);
    this.#kernel.accept(socket);
    if (this.server.phase !== "stopped") checkBreakers(this);
  }

  async #finish(): Promise<void> {
    const { server, scenario } = this;
    this.finishMs = this.#queue.nowMs;
    if (scenario.finish === "stop") return await this.#settle(server.stop());
    let stopped: Promise<void> | undefined;
    if (scenario.finish === "drain-stop")
      this.#queue.after(scenario.stopAfterMs, () => {
        stopped = server.stop();
      });
    const startMs = this.#queue.nowMs;
    await this.#settle(server.drain());
    checkDrain(this, startMs);
    if (stopped !== undefined) await this.#settle(stopped);
  }

  #ended(record: ConnectionRecord): void {
    this.#lastRecordMs = this.#queue.nowMs;
    this.#outcomes[record.outcome] = (this.#outcomes[record.outcome] ?? 0) + 1;
    const { client } = record;
    if (client.kind !== "tcp") return;
    const key = `${client.host}:${client.port}`;
    this.world.network.trace?.("record", `${key} ${record.outcome}`);
    if (this.records.has(key)) this.report("one-record", `a second record for ${key}: ${record.outcome}`);
    this.records.set(key, record);
    checkRecord(this, record, this.accepted.get(key));
    this.#checkBooks(record, true);
  }

  #exchangeEnded(record: ExchangeRecord): void {
    this.#outcomes[record.outcome] = (this.#outcomes[record.outcome] ?? 0) + 1;
    this.world.network.trace?.("record", `${record.target} ${record.status} ${record.outcome} ${record.reason}`);
    checkExchange(this, record);
    // Its body may still have come for a while after it was refused.
    this.#checkBooks(record, record.bytesUp === 0);
  }

  /** `prompt`: the record is made in the moment in which it was refused, if it was. */
  #checkBooks(record: Pick<ExchangeRecord, "upstream" | "attempts" | "outcome">, prompt: boolean): void {
    // After a stop nobody gives anything back to anybody.
    if (this.server.phase === "stopped") return;
    checkBounds(this);
    this.#kernel.checkClients();
    const upstream = this.server.upstreams.find(({ settings }) => settings.name === record.upstream);
    if (upstream !== undefined && record.attempts === 0 && prompt) checkNoEndpoint(this, upstream, record.outcome);
  }

  /** Time goes on until a promise of the core is settled. */
  async #settle(promise: Promise<unknown>): Promise<void> {
    let done = false;
    promise.then(
      () => (done = true),
      (error: unknown) => {
        done = true;
        this.report("core-threw", String(error));
      },
    );
    while (true) {
      await this.#settlePromises();
      if (done || this.#violation !== undefined) return;
      if (!this.#step(Infinity)) return this.report("settles", "a promise of the core is never settled");
    }
  }

  /** More turns than any chain of promises is long, in the core or in the pool of workers. */
  async #settlePromises(): Promise<void> {
    for (let turn = this.workers === undefined ? 8 : 24; turn > 0; turn--) await Promise.resolve();
  }

  /** A client has seen the end of its connection, and the proxy has told of it. */
  #isOver({ peer, failed, address }: ClientRun): boolean {
    return failed || (peer?.closeReason !== undefined && address !== undefined && this.records.has(address));
  }

  async #runUntil(untilMs: number, isEnough: () => boolean = () => false): Promise<void> {
    let { promises } = this.#queue;
    while (this.#violation === undefined && !isEnough() && this.#step(untilMs)) {
      if (this.#queue.promises === promises || this.workers === undefined) continue;
      ({ promises } = this.#queue);
      await this.#settlePromises();
    }
    if (this.#violation === undefined && untilMs !== Infinity && !isEnough())
      this.#queue.nowMs = Math.max(this.#queue.nowMs, untilMs);
  }

  #step(untilMs: number): boolean {
    if (this.#queue.steps > maxSteps) this.report("comes-to-rest", `still busy after ${maxSteps} events`);
    const wakes = this.workers?.threads.wakes ?? 0;
    // Two that wake each other without end are awake nearly all the time; else it is one event of fourteen at most.
    if (wakes > 50 + 0.2 * this.#queue.steps)
      this.report("bells-are-few", `${wakes} of ${this.#queue.steps} events are bells`);
    try {
      return this.#queue.step(untilMs);
    } catch (error) {
      this.report("core-threw", error instanceof Error ? (error.stack ?? error.message) : String(error));
      return false;
    }
  }
}
