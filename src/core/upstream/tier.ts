import type { Balancer } from "../balancer/balancer.ts";
import { buildBalancer } from "../balancer/build.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { UpstreamSettings } from "../server/settings.ts";
import type { Endpoint } from "./endpoint.ts";

/** The endpoints of one priority, with their balancer. The next tier serves only while this one cannot. */
export class Tier {
  readonly endpoints: readonly Endpoint[];
  readonly #balancer: Balancer<Endpoint>;
  readonly #ready = new Set<Endpoint>();
  readonly #serviceable = new Set<Endpoint>();
  readonly #usable = new Set<Endpoint>();
  /** Those in service, but for the ones on trial. */
  readonly #trusted = new Set<Endpoint>();
  /** Those in service, on trial only. */
  readonly #onTrial = new Set<Endpoint>();

  constructor(endpoints: readonly Endpoint[], settings: UpstreamSettings, runtime: Runtime) {
    this.endpoints = endpoints;
    for (const [index, endpoint] of endpoints.entries()) {
      endpoint.index = index;
      noteLoad(endpoint);
    }
    this.#balancer = buildBalancer(settings, endpoints, runtime);
    for (const endpoint of endpoints) this.#count(endpoint);
  }

  /** How many endpoints would serve if it failed open. */
  get serviceableCount(): number {
    return this.#serviceable.size;
  }

  get usableCount(): number {
    return this.#usable.size;
  }

  /** Health and ejections are ignored for now. */
  get failOpen(): boolean {
    return this.endpoints[0]?.failOpen === true;
  }

  /** The share of the ready endpoints that is usable, 0 to 1. */
  get usableShare(): number {
    return this.#ready.size === 0 ? 0 : this.#usable.size / this.#ready.size;
  }

  /** An endpoint that has room and was not tried. */
  choose(tried: readonly Endpoint[], clientHash: number): Endpoint | undefined {
    // The balancer knows its own candidates only; a retry may come from another tier.
    const own = tried.length === 0 ? tried : tried.filter((one) => this.endpoints[one.index] === one);
    return this.#balancer.choose(own, clientHash);
  }

  /** Whether an endpoint that was not tried would serve if it had room: worth waiting for. */
  hasUntried(tried: readonly Endpoint[]): boolean {
    return hasOthers(this.#trusted, tried);
  }

  /** Whether an endpoint on trial that was not tried may serve soon: worth waiting for when there is nobody else. */
  hasUntriedOnTrial(tried: readonly Endpoint[]): boolean {
    return hasOthers(this.#onTrial, tried);
  }

  /** An endpoint's state or weight has changed; returns whether it has become usable. */
  stateChanged(endpoint: Endpoint): boolean {
    const wasUsable = this.#usable.has(endpoint);
    this.#count(endpoint);
    noteLoad(endpoint);
    this.#balancer.changed(endpoint);
    return endpoint.usable && !wasUsable;
  }

  /** A connection of the endpoint has begun or ended. */
  loadChanged(endpoint: Endpoint): void {
    noteLoad(endpoint);
    this.#balancer.changed(endpoint);
  }

  #count(endpoint: Endpoint): void {
    put(this.#ready, endpoint, endpoint.adminState === "ready");
    put(this.#serviceable, endpoint, endpoint.serviceable);
    put(this.#usable, endpoint, endpoint.usable);
    put(this.#trusted, endpoint, endpoint.inService && !endpoint.onTrial);
    put(this.#onTrial, endpoint, endpoint.inService && endpoint.onTrial);
  }
}

/** Before the balancer looks, whatever it looks for: a load that another thread changes after this is told of again. */
function noteLoad(endpoint: Endpoint): void {
  endpoint.knownLoad = endpoint.activeConnections;
}

function hasOthers<T>(set: ReadonlySet<T>, than: readonly T[]): boolean {
  let count = set.size;
  for (const value of than) if (set.has(value)) count--;
  return count > 0;
}

function put<T>(set: Set<T>, value: T, inside: boolean): void {
  if (inside) set.add(value);
  else set.delete(value);
}

/** The tiers of some endpoints, the first to serve first. */
export function buildTiers(endpoints: readonly Endpoint[], settings: UpstreamSettings, runtime: Runtime): Tier[] {
  const priorities = [...new Set(endpoints.map((one) => one.priority))].toSorted((a, b) => a - b);
  return priorities.map(
    (priority) =>
      new Tier(
        endpoints.filter((one) => one.priority === priority),
        settings,
        runtime,
      ),
  );
}
