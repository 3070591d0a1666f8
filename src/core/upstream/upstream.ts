import type { PolicyName } from "../balancer/balancer.ts";
import { type Bell, noBell } from "../memory/bell.ts";
import { Counter } from "../memory/counter.ts";
import { News } from "../memory/news.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { Total } from "../memory/total.ts";
import { connectBoundsSeconds, Histogram } from "../observe/histogram.ts";
import type { Timer } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { EndpointSettings, UpstreamSettings } from "../server/settings.ts";
import { Attempt, type AttemptBooks } from "./attempt.ts";
import type { AttemptResult } from "./attempt-result.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { ConnectQueue, type Waiter } from "./connect-queue.ts";
import { Endpoint } from "./endpoint.ts";
import { RetryBudget } from "./retry-budget.ts";
import { buildTiers, type Tier } from "./tier.ts";
import type { UpstreamChange, UpstreamKeeper } from "./upstream-keeper.ts";

/** Whom an endpoint is looked for. */
export interface Seeker extends Waiter {
  /** The endpoints of its earlier attempts: none of them is tried again. */
  readonly tried: readonly Endpoint[];
  /** 32 bits that stand for the client, for the hash policies. */
  readonly clientHash: number;
}

/** Who wants a connection to an endpoint. */
export interface Client extends Seeker {
  /** It waited, and here is its attempt. Not called while `request` runs. */
  proceed(attempt: Attempt): void;
  /** It waited, and in vain. */
  refuse(reason: Refusal): void;
}

/** Why there is no endpoint for a client. */
export type Refusal = "no-endpoint" | "queue-full" | "breaker-open";

/** What an upstream is made in. */
export interface UpstreamContext {
  readonly runtime: Runtime;
  readonly memory: SharedMemory;
  /** This thread decides about the endpoints; a keeper follows. */
  readonly keeps: boolean;
  /** Absent: no other thread has this upstream. */
  readonly bell?: Bell | undefined;
}

/**
 * A named group of endpoints with all that decides which of them takes a connection, and when. Every thread has one,
 * over the same memory; what is to be decided once is the matter of one keeper.
 */
export class Upstream implements AttemptBooks {
  readonly settings: UpstreamSettings;
  /** The one of the whole upstream; undefined when the settings ask for none. */
  readonly breaker: CircuitBreaker | undefined;
  readonly retryBudget: RetryBudget;
  readonly queue: ConnectQueue<Client>;
  /** How long successful connects took. */
  readonly connectTimes: Histogram;
  /** Attempts beyond the first of a connection. */
  readonly retries: Counter;
  /** Undefined in threads that only connect. */
  keeper: UpstreamKeeper | undefined = undefined;
  readonly #context: UpstreamContext;
  readonly #bell: Bell;
  readonly #news: News;
  /** Connections that run or are being made. */
  readonly #active: Total;
  readonly #pendingConnects: Total;
  /** The balancer needs to know the loads that other threads make. */
  #watchesLoads = false;
  #endpoints: readonly Endpoint[];
  #tiers: readonly Tier[] = [];
  #loadGroups: ReadonlyMap<News, readonly Endpoint[]> = new Map();
  readonly #tierOf = new Map<Endpoint, Tier>();
  #serving = false;
  #halted = false;
  #serveTimer: Timer | undefined = undefined;

  /** Takes its places in the memory; `open` it when the memory is there. */
  constructor(settings: UpstreamSettings, context: UpstreamContext) {
    const { runtime, memory, keeps, bell } = context;
    this.settings = settings;
    this.#context = context;
    this.#bell = bell ?? noBell;
    this.#news = new News(memory);
    this.#active = new Total(memory);
    this.#pendingConnects = new Total(memory);
    this.retryBudget = new RetryBudget(settings.retryBudget, memory);
    this.queue = new ConnectQueue(settings.queue, memory);
    this.connectTimes = new Histogram(connectBoundsSeconds, memory);
    this.retries = new Counter(memory);
    if (settings.upstreamBreaker !== undefined) {
      this.breaker = new CircuitBreaker(settings.upstreamBreaker, { clock: runtime.clock, memory, keeps }, (entered) =>
        this.#breakerChanged(entered),
      );
    }
    const loadNews = Array.from({ length: Math.ceil(settings.endpoints.length / loadGroup) }, () => new News(memory));
    this.#endpoints = settings.endpoints.map((one, index) =>
      this.makeEndpoint(one, memory, loadNews[Math.floor(index / loadGroup)]),
    );
  }

  /** Where the state of all but the endpoints that were added later is. */
  get memory(): SharedMemory {
    return this.#context.memory;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  get tiers(): readonly Tier[] {
    return this.#tiers;
  }

  /** Connections that run or are being made. */
  get activeConnections(): number {
    return this.#active.value;
  }

  get pendingConnects(): number {
    return this.#pendingConnects.value;
  }

  get usableCount(): number {
    let count = 0;
    for (const tier of this.#tiers) count += tier.usableCount;
    return count;
  }

  /** The priority of the first tier that serves now, be it on trial; undefined while none does. */
  get servingPriority(): number | undefined {
    return this.#tiers.find((tier) => this.#serves(tier))?.endpoints[0]?.priority;
  }

  /** The memory is there: builds the tiers from what it holds. */
  open(): void {
    this.#build();
  }

  /** Serves nobody who waits, and judges no endpoint, from here on: its connections are about to be cut. */
  halt(): void {
    this.#halted = true;
  }

  /** Halts, and leaves no timer and no look-up behind. */
  stop(): void {
    this.halt();
    this.breaker?.stop();
    this.#serveTimer?.cancel();
    for (const endpoint of this.#endpoints) endpoint.dialer.stop();
  }

  /**
   * Finds an endpoint for a client: an attempt to make, or `queued` when it must wait until `proceed` or `refuse`, or
   * why there is none. `nowMs`: what the clock says, from who has just asked it.
   */
  request(client: Client, nowMs: number = this.#context.runtime.clock.now()): Attempt | "queued" | Refusal {
    this.#takeNews();
    const waitsItsTurn = !client.isRetry && this.queue.hasFresh;
    const result = waitsItsTurn ? "wait" : this.#begin(client, nowMs);
    if (result !== "wait") return result;
    if (!this.queue.add(client)) return "queue-full";
    // Another thread may have given a place back, or emptied the queue, before it could see this waiter.
    if (this.#context.bell !== undefined) this.#serveSoon();
    return "queued";
  }

  /** The same for who could do without and does not wait: undefined when it would have to, when others do, and when there is none. */
  requestNow(seeker: Seeker): Attempt | undefined {
    this.#takeNews();
    if (this.queue.length > 0) return undefined;
    const result = this.#begin(seeker, this.#context.runtime.clock.now());
    return result instanceof Attempt ? result : undefined;
  }

  /** Whether there may be an endpoint for a client that has tried these: one to wait for, if need be. */
  hasUntried(tried: readonly Endpoint[]): boolean {
    return this.#tiers.some((tier) => this.#serves(tier) && tier.hasUntried(tried));
  }

  /** The client does not wait any more; harmless when it did not. */
  leave(client: Client): void {
    this.queue.delete(client);
    this.#ringForWaiters();
  }

  connectOver(): void {
    this.#pendingConnects.leave();
    this.#roomFreed();
  }

  retryOver(): void {
    this.retryBudget.leave();
    this.#roomFreed();
  }

  settled(attempt: Attempt, result: AttemptResult): void {
    const { endpoint } = attempt;
    if (this.#halted) return;
    this.breaker?.settle(attempt.upstreamPermit, result);
    // Of one that was taken out nothing is to be known any more; it must not be ejected, nor its breaker open.
    if (!this.#tierOf.has(endpoint)) return;
    if (result === "failure") {
      endpoint.failures.add(1);
      // It must not look fast because it fails fast.
      endpoint.latency.observe(this.settings.connectTimeoutMs, this.#context.runtime.clock.now());
    }
    endpoint.breaker?.settle(attempt.endpointPermit, result);
    if (result === "success") endpoint.failureStreak?.clear();
    if (result === "failure" && endpoint.failureStreak?.add(this.#context.runtime.clock.now()) === true) {
      this.#askEjection(endpoint);
    }
  }

  attemptOver(attempt: Attempt): void {
    this.#leaveEndpoint(attempt.endpoint);
    this.#active.leave();
    this.#roomFreed();
  }

  /** Makes an endpoint, and does not take it in yet. */
  makeEndpoint(settings: EndpointSettings, memory: SharedMemory, loadNews: News = new News(memory)): Endpoint {
    const { runtime, keeps } = this.#context;
    return new Endpoint(settings, this.settings, { runtime, memory, keeps, loadNews }, (endpoint, what) => {
      if (what === "state") this.stateChanged(endpoint, "breaker");
      else this.roomChanged(endpoint);
    });
  }

  /** Takes an endpoint in. */
  insert(endpoint: Endpoint): void {
    this.#endpoints = [...this.#endpoints, endpoint];
    this.#build();
  }

  /** Takes an endpoint out; its running connections go on. */
  take(endpoint: Endpoint): void {
    this.#endpoints = this.#endpoints.filter((one) => one !== endpoint);
    this.#build();
  }

  /** This thread has changed an endpoint's state or weight. */
  stateChanged(endpoint: Endpoint, change: UpstreamChange): void {
    const tier = this.#tierOf.get(endpoint);
    if (tier === undefined) return;
    const becameUsable = tier.stateChanged(endpoint);
    if (this.keeper === undefined) this.serveQueue();
    else this.keeper.noticed(endpoint, change, becameUsable);
    this.#announce(endpoint);
    this.#bell.ring();
  }

  /** The keeper has changed whether an endpoint's health and ejection count. */
  failOpenChanged(endpoint: Endpoint): void {
    this.#tierOf.get(endpoint)?.stateChanged(endpoint);
    this.#announce(endpoint);
    this.#bell.ring();
  }

  /** This thread has changed how much an endpoint may take. */
  roomChanged(endpoint: Endpoint): void {
    this.loadChanged(endpoint);
    this.#announce(endpoint);
    this.#roomFreed();
  }

  /** An endpoint's load has changed. */
  loadChanged(endpoint: Endpoint): void {
    this.#tierOf.get(endpoint)?.loadChanged(endpoint);
  }

  /** Another thread has changed something, and rang. */
  wake(): void {
    this.#takeNews();
    this.serveQueue();
  }

  /**
   * A worker is dead: gives back what its connections held. That their loads are gone, nobody has announced; nor, maybe,
   * what it changed last. So all threads look at all endpoints.
   */
  reclaim(worker: number): void {
    this.queue.reclaim(worker);
    for (const endpoint of this.#endpoints) {
      if (endpoint.memory !== this.#context.memory) endpoint.memory.reclaim(worker);
      this.#announce(endpoint);
    }
    for (const news of this.#loadGroups.keys()) news.announce();
    this.#takeOver(this.#endpoints);
  }

  /** Gives places to those who wait in this thread, as far as there are some. */
  serveQueue(): void {
    // What a waiter does with its attempt may lead here again; the outer run goes on anyway.
    if (this.#serving || this.#halted || !this.queue.hasOwn) return;
    this.#serving = true;
    let served = false;
    this.queue.offer(
      (client) => {
        const result = this.#begin(client, this.#context.runtime.clock.now());
        if (result === "wait") return false;
        served = true;
        if (result instanceof Attempt) client.proceed(result);
        else client.refuse(result);
        return true;
      },
      () => this.breaker?.allows !== false && this.#heldBack(true),
    );
    this.#serving = false;
    // It may be another thread's turn now.
    if (served) this.#ringForWaiters();
  }

  /** Once for all who begin to wait in this turn. */
  #serveSoon(): void {
    this.#serveTimer ??= this.#context.runtime.clock.after(0, () => {
      this.#serveTimer = undefined;
      this.serveQueue();
    });
  }

  #build(): void {
    this.#tiers = buildTiers(this.#endpoints, this.settings, this.#context.runtime);
    this.#tierOf.clear();
    for (const tier of this.#tiers) for (const endpoint of tier.endpoints) this.#tierOf.set(endpoint, tier);
    this.#loadGroups = Map.groupBy(this.#endpoints, ({ loadNews }) => loadNews);
    const bounded = this.#endpoints.some(({ maxConnections }) => maxConnections < Infinity);
    this.#watchesLoads = this.#context.bell !== undefined && (bounded || loadPolicies.has(this.settings.policy));
  }

  /** Enters an attempt for a client in the books, if there is room for it. */
  #begin(client: Seeker, nowMs: number): Attempt | "wait" | Refusal {
    if (this.breaker?.allows === false) return "breaker-open";
    if (this.#heldBack(client.isRetry)) return "wait";
    // None under way, and not one allowed: there is nothing to wait for.
    if (client.isRetry && !this.retryBudget.allows(this.activeConnections)) return "no-endpoint";
    if (this.#watchesLoads) this.#takeLoads();
    // Another thread may take the last place first: then another endpoint is chosen, and after all of them it waits.
    for (let tries = 0; tries <= this.#endpoints.length; tries++) {
      const endpoint = this.#choose(client);
      if (typeof endpoint === "string") return endpoint;
      const attempt = this.#enter(client, endpoint, nowMs);
      if (attempt !== "full") return attempt;
      this.loadChanged(endpoint);
    }
    return "wait";
  }

  /** Takes all that an attempt needs, or nothing. */
  #enter(client: Seeker, endpoint: Endpoint, nowMs: number): Attempt | "full" | "wait" | "breaker-open" {
    const { isRetry } = client;
    const upstreamPermit = this.breaker === undefined ? 0 : this.breaker.begin();
    if (upstreamPermit === undefined) return "breaker-open";
    const endpointPermit = this.#enterEndpoint(endpoint);
    if (endpointPermit === undefined) {
      this.breaker?.settle(upstreamPermit, "unknown");
      return "full";
    }
    const held = !this.#pendingConnects.enter(this.settings.maxPendingConnects);
    if (held || (isRetry && !this.retryBudget.enter(this.activeConnections))) {
      if (!held) this.#pendingConnects.leave();
      endpoint.breaker?.settle(endpointPermit, "unknown");
      this.breaker?.settle(upstreamPermit, "unknown");
      this.#leaveEndpoint(endpoint);
      return "wait";
    }
    this.#active.enter(Infinity);
    if (isRetry) this.retries.add(1);
    this.#ownLoadChanged(endpoint);
    if (endpointPermit > 0 || upstreamPermit > 0) {
      // The keeper watches the time of a probe, and nothing else may wake it for long.
      this.#announce(endpoint);
      this.#bell.ring();
    }
    return new Attempt(this, { endpoint, isRetry, endpointPermit, upstreamPermit, nowMs });
  }

  /** A place at an endpoint, with its breaker's permit. */
  #enterEndpoint(endpoint: Endpoint): number | undefined {
    if (!endpoint.active.enter(endpoint.maxConnections)) return undefined;
    const permit = endpoint.breaker === undefined ? 0 : endpoint.breaker.begin();
    if (permit === undefined) this.#leaveEndpoint(endpoint);
    return permit;
  }

  /** Gives a place back. Others may have seen it taken, if only for a moment. */
  #leaveEndpoint(endpoint: Endpoint): void {
    endpoint.active.leave();
    this.#ownLoadChanged(endpoint);
  }

  /**
   * The first tier that serves gives the endpoint; a retry that has tried all of it goes on to the next, and so does
   * whoever would have to wait for the outcome of a trial.
   */
  #choose(client: Seeker): Endpoint | "wait" | "no-endpoint" {
    let onTrial = false;
    for (const tier of this.#tiers) {
      if (!this.#serves(tier)) continue;
      const endpoint = tier.choose(client.tried, client.clientHash);
      if (endpoint !== undefined) return endpoint;
      if (tier.hasUntried(client.tried)) return "wait";
      onTrial ||= tier.hasUntriedOnTrial(client.tried);
    }
    return onTrial ? "wait" : "no-endpoint";
  }

  #serves(tier: Tier): boolean {
    if (tier.failOpen) return true;
    if (tier.usableCount === 0) return false;
    return tier.usableShare >= (this.settings.failOpenBelow ?? 0);
  }

  /** Whether connects or retries that are under way make a client wait, whatever endpoint it could use. */
  #heldBack(isRetry: boolean): boolean {
    if (this.pendingConnects >= this.settings.maxPendingConnects) return true;
    return isRetry && this.retryBudget.active > 0 && !this.retryBudget.allows(this.activeConnections);
  }

  #askEjection(endpoint: Endpoint): void {
    if (this.keeper !== undefined) {
      this.keeper.considerEjection(endpoint);
      return;
    }
    endpoint.askEjection();
    this.#announce(endpoint);
    this.#bell.ring();
  }

  #breakerChanged(entered: boolean): void {
    this.#news.announce();
    if (entered) this.keeper?.breakerEntered();
    this.#roomFreed();
    this.#bell.ring();
  }

  #roomFreed(): void {
    this.serveQueue();
    this.#ringForWaiters();
  }

  #ringForWaiters(): void {
    if (this.queue.hasOthers) this.#bell.ring();
  }

  #announce(endpoint: Endpoint): void {
    endpoint.news.announce();
    this.#news.announce();
  }

  /** Takes over what other threads have announced. */
  #takeNews(): void {
    if (this.#context.bell === undefined || !this.#news.take()) return;
    this.#takeOver(this.#endpoints.filter((endpoint) => endpoint.news.take()));
  }

  #takeOver(endpoints: readonly Endpoint[]): void {
    const changed = endpoints.map((endpoint) => ({
      endpoint,
      becameUsable: this.#tierOf.get(endpoint)?.stateChanged(endpoint) === true,
    }));
    if (this.keeper === undefined) return;
    // Only now: whether one may be ejected depends on what became of the others.
    for (const { endpoint, becameUsable } of changed) this.keeper.takeOver(endpoint, becameUsable);
    this.keeper.tookNews();
  }

  /** This thread has changed an endpoint's load. */
  #ownLoadChanged(endpoint: Endpoint): void {
    this.loadChanged(endpoint);
    if (this.#watchesLoads) endpoint.loadNews.announce();
  }

  /** Tells the balancer of the loads that other threads have made. */
  #takeLoads(): void {
    for (const [news, endpoints] of this.#loadGroups) {
      if (!news.take()) continue;
      for (const endpoint of endpoints) {
        if (endpoint.knownLoad !== endpoint.activeConnections) this.loadChanged(endpoint);
      }
    }
  }
}

/** So many endpoints announce changes of their loads together: a choice looks at one place for each group. */
const loadGroup = 64;

/** The policies whose derived structures hold loads. */
const loadPolicies: ReadonlySet<PolicyName> = new Set<PolicyName>(["least-connections", "ring-hash", "maglev"]);
