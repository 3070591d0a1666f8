import type { Candidate } from "../balancer/balancer.ts";
import { PeakEwma } from "../balancer/peak-ewma-latency.ts";
import { Dialer } from "../dial/dialer.ts";
import type { HealthTarget } from "../health/health-checker.ts";
import { HealthState } from "../health/health-state.ts";
import { Counter } from "../memory/counter.ts";
import { News } from "../memory/news.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { Total } from "../memory/total.ts";
import { Word } from "../memory/word.ts";
import { type Address, formatAddress } from "../runtime/address.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { AdminState, EndpointSettings, UpstreamSettings } from "../server/settings.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { FailureStreak } from "./failure-streak.ts";
import { Ejection } from "./outlier-detector.ts";
import { SlowStart } from "./slow-start.ts";

/** What an endpoint is made in. */
export interface EndpointContext {
  readonly runtime: Runtime;
  /** Where its state is: that of all upstreams, or for an endpoint that was added later one of its own. */
  readonly memory: SharedMemory;
  /** This thread decides about it and watches the time for it. */
  readonly keeps: boolean;
  /** Where changes of its load are announced: together with some others, so that few places tell of many. */
  readonly loadNews: News;
}

/**
 * One address of an upstream: its state and its counters. All threads have it, over the same memory, in which all zero
 * means: as the settings say, and nothing has happened yet. Attempts and breakers change by whoever sees them change;
 * the rest the keeper writes (`UpstreamKeeper`), and its details are known there alone.
 */
export class Endpoint implements Candidate, HealthTarget {
  readonly settings: EndpointSettings;
  readonly memory: SharedMemory;
  /** The address as text, for logs, labels and hash policies. */
  readonly name: string;
  /** Connections at a time, those being made included; Infinity when unbounded. */
  readonly maxConnections: number;
  readonly dialer: Dialer;
  /** The keeper's. */
  readonly health: HealthState;
  readonly latency: PeakEwma;
  /** Undefined when the upstream has no outlier detection. The keeper's. */
  readonly ejection: Ejection | undefined;
  /** What may eject it; undefined as above. */
  readonly failureStreak: FailureStreak | undefined;
  /** Undefined when the upstream has none for its endpoints. */
  readonly breaker: CircuitBreaker | undefined;
  readonly slowStart: SlowStart;
  /** Its place in its tier's balancer. */
  index = 0;
  /** When `adminState` last changed, in wall-clock milliseconds. The keeper's. */
  adminSinceMs: number;
  /** The load that this thread's balancer has been told of. */
  knownLoad = 0;
  /** Changes of its state, its weight or its breaker. */
  readonly news: News;
  /** Changes of its load, and of some others'. */
  readonly loadNews: News;
  /** Connections that run or are being made. */
  readonly active: Total;
  /** Connections ever made. */
  readonly connections: Counter;
  readonly connectFailures: Counter;
  /** Attempts that failed, the ended connections without a byte among them. */
  readonly failures: Counter;
  /** Bytes from clients to this endpoint. */
  readonly up: Counter;
  /** Bytes from this endpoint to clients. */
  readonly down: Counter;
  /** 1 and up: see `adminStates`. */
  readonly #admin: Word;
  readonly #weight: Word;
  readonly #unhealthy: Word;
  readonly #ejected: Word;
  readonly #failOpen: Word;
  readonly #ejectionDue: Word;

  /**
   * `onChange` is called after this thread has changed what its breaker lets through, with whether it has entered
   * another `state`; and when its share has grown.
   */
  constructor(
    settings: EndpointSettings,
    upstream: UpstreamSettings,
    { runtime, memory, keeps, loadNews }: EndpointContext,
    onChange: (endpoint: Endpoint, what: "state" | "room") => void,
  ) {
    const { clock } = runtime;
    const wallTimeMs = clock.wallTime();
    this.settings = settings;
    this.memory = memory;
    this.name = formatAddress(settings.address);
    this.maxConnections = settings.maxConnections ?? Infinity;
    this.adminSinceMs = wallTimeMs;
    this.dialer = new Dialer(settings.address, runtime, upstream.resolve);
    this.health = new HealthState(wallTimeMs);
    this.latency = new PeakEwma(memory);
    if (upstream.outlier !== undefined) {
      this.ejection = new Ejection(wallTimeMs);
      this.failureStreak = new FailureStreak(upstream.outlier.consecutiveFailures, upstream.outlier.windowMs, memory);
    }
    if (upstream.endpointBreaker !== undefined) {
      this.breaker = new CircuitBreaker(upstream.endpointBreaker, { clock, memory, keeps }, (entered) =>
        onChange(this, entered ? "state" : "room"),
      );
    }
    this.slowStart = new SlowStart(upstream.slowStartMs, { clock, memory }, () => onChange(this, "room"));
    this.news = new News(memory);
    this.loadNews = loadNews;
    this.active = new Total(memory);
    this.connections = new Counter(memory);
    this.connectFailures = new Counter(memory);
    this.failures = new Counter(memory);
    this.up = new Counter(memory);
    this.down = new Counter(memory);
    this.#admin = new Word(memory);
    this.#weight = new Word(memory);
    this.#unhealthy = new Word(memory);
    this.#ejected = new Word(memory);
    this.#failOpen = new Word(memory);
    this.#ejectionDue = new Word(memory);
  }

  get address(): Address {
    return this.settings.address;
  }

  get priority(): number {
    return this.settings.priority;
  }

  get activeConnections(): number {
    return this.active.value;
  }

  get weight(): number {
    return this.#weight.value || this.settings.weight;
  }

  set weight(weight: number) {
    this.#weight.value = weight;
  }

  get effectiveWeight(): number {
    return this.weight * this.slowStart.share;
  }

  get adminState(): AdminState {
    return adminStates[this.#admin.value] ?? this.settings.adminState;
  }

  set adminState(state: AdminState) {
    this.#admin.value = adminStates.indexOf(state);
  }

  /** The health checker found it so. */
  get unhealthy(): boolean {
    return this.#unhealthy.value !== 0;
  }

  set unhealthy(unhealthy: boolean) {
    this.#unhealthy.value = Number(unhealthy);
  }

  get ejected(): boolean {
    return this.#ejected.value !== 0;
  }

  set ejected(ejected: boolean) {
    this.#ejected.value = Number(ejected);
  }

  /** Health and ejections are ignored for now: see `failOpenBelow`. */
  get failOpen(): boolean {
    return this.#failOpen.value !== 0;
  }

  set failOpen(failOpen: boolean) {
    this.#failOpen.value = Number(failOpen);
  }

  get probed(): boolean {
    return this.adminState !== "disabled";
  }

  /** It may serve, health and ejections aside: those are what failing open ignores. */
  get serviceable(): boolean {
    return this.adminState === "ready" && this.breaker?.state !== "open";
  }

  /** Nothing is known against it. Not yet probed counts as healthy: a proxy that has just started serves. */
  get usable(): boolean {
    return this.serviceable && !this.unhealthy && !this.ejected;
  }

  /** It serves, if it has room: it is usable, or failing open makes it so. */
  get inService(): boolean {
    return this.usable || (this.failOpen && this.serviceable);
  }

  /** It serves only to find out whether it works again: its breaker is half-open. */
  get onTrial(): boolean {
    return this.breaker?.state === "half-open";
  }

  /** It has no room: it is at its limit, or the probes of its half-open breaker are all under way. */
  get full(): boolean {
    return this.activeConnections >= this.maxConnections || this.breaker?.allows === false;
  }

  get available(): boolean {
    return this.inService && !this.full;
  }

  /** It failed often enough to be ejected: the keeper shall decide. */
  askEjection(): void {
    this.#ejectionDue.value = 1;
  }

  /** Whether somebody asked for its ejection since this was last called. */
  takeEjectionDue(): boolean {
    return this.#ejectionDue.value !== 0 && this.#ejectionDue.exchange(0) !== 0;
  }
}

/** In the memory by their index; 0: what the settings say. */
const adminStates: readonly (AdminState | undefined)[] = [undefined, "ready", "draining", "disabled"];
