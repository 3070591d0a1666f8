import { HealthChecker } from "../health/health-checker.ts";
import { connectBoundsSeconds, Histogram } from "../observe/histogram.ts";
import { formatAddress } from "../runtime/address.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { AdminState, EndpointSettings, UpstreamSettings } from "../server/settings.ts";
import { Attempt, type AttemptBooks } from "./attempt.ts";
import type { AttemptResult } from "./attempt-result.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { ConnectQueue, type Waiter } from "./connect-queue.ts";
import { Endpoint } from "./endpoint.ts";
import { OutlierDetector } from "./outlier-detector.ts";
import { RetryBudget } from "./retry-budget.ts";
import { buildTiers, type Tier } from "./tier.ts";

/** What has changed about an upstream or one of its endpoints, for the log. */
export type UpstreamChange = "health" | "ejection" | "breaker" | "fail-open" | "admin-state" | "weight" | "endpoints";

/** Who wants a connection to an endpoint. */
export interface Client extends Waiter {
  /** The endpoints of its earlier attempts: none of them is tried again. */
  readonly tried: readonly Endpoint[];
  /** 32 bits that stand for the client, for the hash policies. */
  readonly clientHash: number;
  /** It waited, and here is its attempt. Not called while `request` runs. */
  proceed(attempt: Attempt): void;
  /** It waited, and in vain. */
  refuse(reason: Refusal): void;
}

/** Why there is no endpoint for a client. */
export type Refusal = "no-endpoint" | "queue-full" | "breaker-open";

/** A named group of endpoints with all that decides which of them takes a connection, and when. */
export class Upstream implements AttemptBooks {
  readonly settings: UpstreamSettings;
  /** Undefined when the settings ask for no checks. */
  readonly healthChecker: HealthChecker<Endpoint> | undefined;
  /** Undefined when the settings ask for none. */
  readonly outlier: OutlierDetector | undefined;
  /** The one of the whole upstream; undefined when the settings ask for none. */
  readonly breaker: CircuitBreaker | undefined;
  readonly retryBudget: RetryBudget;
  readonly queue: ConnectQueue<Client>;
  /** How long successful connects took. */
  readonly connectTimes: Histogram = new Histogram(connectBoundsSeconds);
  /** Attempts beyond the first of a connection. */
  retries = 0;
  /** Connections that run or are being made. */
  activeConnections = 0;
  pendingConnects = 0;
  readonly #runtime: Runtime;
  readonly #onChange: (change: UpstreamChange, endpoint: Endpoint | undefined) => void;
  #endpoints: readonly Endpoint[];
  #tiers: readonly Tier[] = [];
  readonly #tierOf = new Map<Endpoint, Tier>();
  #failOpen = false;
  #serving = false;
  #halted = false;

  /** `onChange` is told what changed, and of which endpoint. Nothing runs before `start`. */
  constructor(
    settings: UpstreamSettings,
    runtime: Runtime,
    onChange: (change: UpstreamChange, endpoint: Endpoint | undefined) => void,
  ) {
    this.settings = settings;
    this.#runtime = runtime;
    this.#onChange = onChange;
    this.retryBudget = new RetryBudget(settings.retryBudget);
    this.queue = new ConnectQueue(settings.queue);
    if (settings.upstreamBreaker !== undefined) {
      this.breaker = new CircuitBreaker(settings.upstreamBreaker, runtime.clock, (entered) => {
        if (entered) this.#onChange("breaker", undefined);
        this.#serveQueue();
      });
    }
    if (settings.outlier !== undefined) {
      this.outlier = new OutlierDetector(settings.outlier, runtime.clock, (ejection) => {
        const endpoint = this.#endpoints.find((one) => one.ejection === ejection);
        if (endpoint !== undefined) this.#stateChanged(endpoint, "ejection");
      });
    }
    this.#endpoints = settings.endpoints.map((one) => this.#makeEndpoint(one));
    this.#build();
    if (settings.health !== undefined) {
      const options = { ...settings.health, sourceAddress: settings.sourceAddress };
      this.healthChecker = new HealthChecker(this.#endpoints, options, runtime, (endpoint) =>
        this.healthChanged(endpoint),
      );
    }
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** Whether health and ejections are ignored for now. */
  get failOpen(): boolean {
    return this.#failOpen;
  }

  /** The priority of the first tier that serves now, be it on trial; undefined while none does. */
  get servingPriority(): number | undefined {
    return this.#tiers.find((tier) => this.#serves(tier))?.endpoints[0]?.priority;
  }

  start(): void {
    this.healthChecker?.start();
  }

  /** Serves nobody who waits, and judges no endpoint, from here on: its connections are about to be cut. */
  halt(): void {
    this.#halted = true;
  }

  /** Halts, ends the checks, and leaves no timer behind. */
  stop(): void {
    this.halt();
    this.healthChecker?.stop();
    this.breaker?.stop();
    for (const endpoint of this.#endpoints) this.#retire(endpoint);
  }

  /**
   * Finds an endpoint for a client: an attempt to make, or `queued` when it must wait until `proceed` or `refuse`, or
   * why there is none.
   */
  request(client: Client): Attempt | "queued" | Refusal {
    const waitsItsTurn = !client.isRetry && this.queue.hasFresh;
    const result = waitsItsTurn ? "wait" : this.#begin(client);
    if (result !== "wait") return result;
    return this.queue.add(client) ? "queued" : "queue-full";
  }

  /** The client does not wait any more; harmless when it did not. */
  leave(client: Client): void {
    this.queue.delete(client);
  }

  connectOver(attempt: Attempt): void {
    this.pendingConnects--;
    if (attempt.isRetry) this.retryBudget.active--;
    this.#serveQueue();
  }

  settled(attempt: Attempt, result: AttemptResult): void {
    const { endpoint, permits } = attempt;
    if (this.#halted) return;
    this.breaker?.settle(permits.upstream, result);
    // Of one that was taken out nothing is to be known any more; it must not be ejected, nor its breaker open.
    if (!this.#tierOf.has(endpoint)) return;
    if (result === "failure") {
      endpoint.failures++;
      // It must not look fast because it fails fast.
      endpoint.latency.observe(this.settings.connectTimeoutMs, this.#runtime.clock.now());
    }
    endpoint.breaker?.settle(permits.endpoint, result);
    if (this.outlier === undefined || endpoint.ejection === undefined) return;
    if (result === "success") endpoint.ejection.streak.clear();
    if (result === "failure" && this.outlier.failed(endpoint.ejection, this.#ejectionBounds(endpoint))) {
      this.#stateChanged(endpoint, "ejection");
    }
  }

  attemptOver(attempt: Attempt): void {
    attempt.endpoint.activeConnections--;
    this.activeConnections--;
    this.#roomChanged(attempt.endpoint);
  }

  /**
   * The health checker found an endpoint to be healthy or unhealthy. One that was down and is back is not ejected any
   * more: what ejected it is explained. (A check that finds it healthy all the time explains nothing.)
   */
  healthChanged(endpoint: Endpoint): void {
    if (endpoint.health.status === "healthy") this.#endEjection(endpoint);
    this.#stateChanged(endpoint, "health");
  }

  /** What a person wants of an endpoint. */
  setAdminState(endpoint: Endpoint, state: AdminState): void {
    if (endpoint.adminState === state) return;
    endpoint.adminState = state;
    endpoint.adminSinceMs = this.#runtime.clock.wallTime();
    this.healthChecker?.check(endpoint);
    this.#stateChanged(endpoint, "admin-state");
  }

  /** Changes an endpoint's share: 1 to 256. */
  setWeight(endpoint: Endpoint, weight: number): void {
    if (endpoint.weight === weight) return;
    endpoint.weight = weight;
    this.#stateChanged(endpoint, "weight");
  }

  /** Forgets an endpoint's failures: ends its ejection and closes its breaker. */
  resetEndpoint(endpoint: Endpoint): void {
    endpoint.breaker?.reset();
    this.#endEjection(endpoint);
  }

  /** Adds an endpoint; undefined when there is one with its address already. */
  add(settings: EndpointSettings): Endpoint | undefined {
    const name = formatAddress(settings.address);
    if (this.#endpoints.some((one) => one.name === name)) return undefined;
    const endpoint = this.#makeEndpoint(settings);
    endpoint.slowStart.begin();
    this.#endpoints = [...this.#endpoints, endpoint];
    this.#build();
    this.healthChecker?.add(endpoint);
    this.#onChange("endpoints", endpoint);
    this.#review();
    return endpoint;
  }

  /** Takes an endpoint out; its running connections go on. */
  remove(endpoint: Endpoint): void {
    this.#endpoints = this.#endpoints.filter((one) => one !== endpoint);
    this.healthChecker?.remove(endpoint);
    this.#build();
    this.#onChange("endpoints", endpoint);
    this.#review();
    // Last: the connects that wait for its look-up fail now, and what becomes of them shall not fall on it again.
    this.#retire(endpoint);
  }

  #makeEndpoint(settings: EndpointSettings): Endpoint {
    return new Endpoint(settings, this.settings, this.#runtime, (endpoint, what) => {
      if (what === "state") this.#stateChanged(endpoint, "breaker");
      else this.#roomChanged(endpoint);
    });
  }

  #build(): void {
    this.#tiers = buildTiers(this.#endpoints, this.settings, this.#runtime);
    this.#tierOf.clear();
    for (const tier of this.#tiers) for (const endpoint of tier.endpoints) this.#tierOf.set(endpoint, tier);
  }

  /** Leaves no timer of an endpoint behind. */
  #retire(endpoint: Endpoint): void {
    if (endpoint.ejection !== undefined) this.outlier?.end(endpoint.ejection);
    endpoint.breaker?.stop();
    endpoint.slowStart.stop();
    endpoint.dialer.stop();
  }

  /** Enters an attempt for a client in the books, if there is room for it. */
  #begin(client: Client): Attempt | "wait" | Refusal {
    if (this.breaker?.allows === false) return "breaker-open";
    if (this.#heldBack(client.isRetry)) return "wait";
    // None under way, and not one allowed: there is nothing to wait for.
    if (client.isRetry && !this.retryBudget.allows(this.activeConnections)) return "no-endpoint";
    const endpoint = this.#choose(client);
    if (typeof endpoint === "string") return endpoint;
    const permits = { endpoint: endpoint.breaker?.begin() ?? 0, upstream: this.breaker?.begin() ?? 0 };
    endpoint.activeConnections++;
    this.activeConnections++;
    this.pendingConnects++;
    if (client.isRetry) {
      this.retries++;
      this.retryBudget.active++;
    }
    this.#loadChanged(endpoint);
    return new Attempt(this, { endpoint, isRetry: client.isRetry, permits, nowMs: this.#runtime.clock.now() });
  }

  /**
   * The first tier that serves gives the endpoint; a retry that has tried all of it goes on to the next, and so does
   * whoever would have to wait for the outcome of a trial.
   */
  #choose(client: Client): Endpoint | "wait" | "no-endpoint" {
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

  #serveQueue(): void {
    // What a waiter does with its attempt may lead here again; the outer run goes on anyway.
    if (this.#serving || this.#halted || this.queue.length === 0) return;
    this.#serving = true;
    this.queue.offer(
      (client) => {
        const result = this.#begin(client);
        if (result === "wait") return false;
        if (result instanceof Attempt) client.proceed(result);
        else client.refuse(result);
        return true;
      },
      () => this.breaker?.allows !== false && this.#heldBack(true),
    );
    this.#serving = false;
  }

  /** Whether connects or retries that are under way make a client wait, whatever endpoint it could use. */
  #heldBack(isRetry: boolean): boolean {
    if (this.pendingConnects >= this.settings.maxPendingConnects) return true;
    return isRetry && this.retryBudget.active > 0 && !this.retryBudget.allows(this.activeConnections);
  }

  #loadChanged(endpoint: Endpoint): void {
    this.#tierOf.get(endpoint)?.loadChanged(endpoint);
  }

  #roomChanged(endpoint: Endpoint): void {
    this.#loadChanged(endpoint);
    this.#serveQueue();
  }

  #stateChanged(endpoint: Endpoint, change: UpstreamChange): void {
    const tier = this.#tierOf.get(endpoint);
    if (tier === undefined) return;
    if (tier.stateChanged(endpoint)) {
      endpoint.slowStart.begin();
      tier.loadChanged(endpoint);
    }
    this.#onChange(change, endpoint);
    this.#review();
  }

  /** What may follow from a change of an endpoint, or of which endpoints there are. */
  #review(): void {
    this.#keepLast();
    this.#reviewFailOpen();
    this.#serveQueue();
  }

  /** An ejection yields when nobody else is left: the detector never takes the last one out. */
  #keepLast(): void {
    if (this.outlier === undefined || this.outlier.ejected === 0 || this.#usableCount() > 0) return;
    // One that is not usable all the same stays ejected: to let it in would help nobody.
    const last = this.#endpoints.find((one) => one.serviceable && one.health.status !== "unhealthy");
    if (last !== undefined) this.#endEjection(last);
  }

  #endEjection(endpoint: Endpoint): void {
    const { ejection } = endpoint;
    if (ejection === undefined) return;
    const wasActive = ejection.active;
    this.outlier?.end(ejection);
    if (wasActive) this.#stateChanged(endpoint, "ejection");
  }

  #ejectionBounds(endpoint: Endpoint): { total: number; othersAvailable: number } {
    return { total: this.#endpoints.length, othersAvailable: this.#usableCount() - (endpoint.usable ? 1 : 0) };
  }

  #usableCount(): number {
    let count = 0;
    for (const tier of this.#tiers) count += tier.usableCount;
    return count;
  }

  /** When no tier has enough usable endpoints, the first with serviceable ones serves with all of those. */
  #reviewFailOpen(): void {
    const { failOpenBelow } = this.settings;
    if (failOpenBelow === undefined) return;
    const enough = this.#tiers.some((tier) => tier.usableShare >= failOpenBelow);
    const open = enough ? undefined : this.#tiers.find((tier) => tier.serviceableCount > 0);
    for (const tier of this.#tiers) if (tier.failOpen !== (tier === open)) tier.setFailOpen(tier === open);
    if (this.#failOpen === (open !== undefined)) return;
    this.#failOpen = open !== undefined;
    this.#onChange("fail-open", undefined);
  }
}
