import type { ConnectionRecord } from "../../src/core/observe/connection-record.ts";
import type { ProxyServer } from "../../src/core/server/proxy-server.ts";
import { EventQueue } from "./event-queue.ts";
import { applyFault } from "./faults.ts";
import { checkBounds, checkEjection, checkHealth, checkNoEndpoint } from "./bounds.ts";
import { checkAtEnd, checkWhenStopped, checkWhenSettled } from "./invariants.ts";
import type { Core } from "./load-core.ts";
import { checkRecord } from "./outcome-truth.ts";
import type { Scenario } from "./scenario.ts";
import type { SimSocket } from "./sim-socket.ts";
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
  readonly records: Map<string, ConnectionRecord> = new Map<string, ConnectionRecord>();
  readonly accepted: Map<string, SimSocket> = new Map<string, SimSocket>();
  readonly lateClients: ClientRun[] = [];
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
      if (socket.accepted) this.accepted.set(socket.remoteName, socket);
    };
    const named = new Set(Object.values(scenario.names).flatMap(({ hosts }) => hosts.map((host) => `${host}:80`)));
    const tried = new WeakMap<object, Set<string>>();
    this.world.proxy.onConnect = ({ address }, handler) => {
      const before = tried.get(handler) ?? new Set<string>();
      tried.set(handler, before);
      const key = address.kind === "tcp" ? `${address.host}:${address.port}` : address.path;
      // Two endpoints may lead to one address, when one of them is a name.
      if (before.has(key) && !named.has(key)) report("tried-once", `${key} is tried again by the same connection`);
      before.add(key);
    };
    this.server = new options.core.ProxyServer(scenario.settings, this.world.runtime, {
      onConnectionEnd: (record) => this.#ended(record),
      onUpstreamChange: (upstream, change, endpoint) => {
        line?.(upstream.settings.name, `${change} ${endpoint?.name} ${endpoint?.health.status}`);
        if (change === "health" && endpoint !== undefined) checkHealth(this, upstream, endpoint);
        if (change === "ejection" && endpoint !== undefined) checkEjection(this, upstream, endpoint);
      },
      onOverload: (cause) => line?.("proxy", `overload ${cause}`),
    });
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
    for (const { atMs, fault } of scenario.events)
      this.#queue.at(startMs + atMs, () => applyFault(fault, world, this.server));
    this.#runUntil(startMs + scenario.playMs);
    if (scenario.settleMs > 0) {
      world.endFaults();
      this.#runUntil(startMs + scenario.playMs + scenario.settleMs);
      for (const listener of scenario.settings.listeners.keys()) {
        const client = world.startLateClient(listener);
        this.lateClients.push(client);
        this.#runUntil(this.#queue.nowMs + lateClientMs, () => this.#isOver(client));
      }
      if (this.#violation === undefined) checkWhenSettled(this);
    }
    await this.#finish();
    if (this.#violation === undefined) checkWhenStopped(this);
    this.#runUntil(this.#queue.nowMs + restMs);
    if (this.#violation === undefined) checkAtEnd(this);
  }

  async #finish(): Promise<void> {
    const { server, scenario } = this;
    if (scenario.finish === "stop") return await this.#settle(server.stop());
    let stopped: Promise<void> | undefined;
    if (scenario.finish === "drain-stop")
      this.#queue.after(scenario.stopAfterMs, () => {
        stopped = server.stop();
      });
    await this.#settle(server.drain());
    if (stopped !== undefined) await this.#settle(stopped);
  }

  #ended(record: ConnectionRecord): void {
    this.#outcomes[record.outcome] = (this.#outcomes[record.outcome] ?? 0) + 1;
    const { client } = record;
    if (client.kind !== "tcp") return;
    const key = `${client.host}:${client.port}`;
    this.world.network.trace?.("record", `${key} ${record.outcome}`);
    if (this.records.has(key)) this.report("one-record", `a second record for ${key}: ${record.outcome}`);
    this.records.set(key, record);
    checkRecord(this, record, this.accepted.get(key));
    // After a stop nobody gives anything back to anybody.
    if (this.server.phase === "stopped") return;
    checkBounds(this);
    const upstream = this.server.upstreams.find(({ settings }) => settings.name === record.upstream);
    if (upstream !== undefined && record.attempts === 0) checkNoEndpoint(this, upstream, record.outcome);
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
      // More turns than any chain of promises in the core is long.
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
      if (done || this.#violation !== undefined) return;
      if (!this.#step(Infinity)) return this.report("settles", "a promise of the core is never settled");
    }
  }

  /** A client has seen the end of its connection, and the proxy has told of it. */
  #isOver({ peer, failed, address }: ClientRun): boolean {
    return failed || (peer?.closeReason !== undefined && address !== undefined && this.records.has(address));
  }

  #runUntil(untilMs: number, isEnough: () => boolean = () => false): void {
    while (this.#violation === undefined && !isEnough() && this.#step(untilMs));
    if (this.#violation === undefined && untilMs !== Infinity && !isEnough())
      this.#queue.nowMs = Math.max(this.#queue.nowMs, untilMs);
  }

  #step(untilMs: number): boolean {
    if (this.#queue.steps > maxSteps) this.report("comes-to-rest", `still busy after ${maxSteps} events`);
    try {
      return this.#queue.step(untilMs);
    } catch (error) {
      this.report("core-threw", error instanceof Error ? (error.stack ?? error.message) : String(error));
      return false;
    }
  }
}
