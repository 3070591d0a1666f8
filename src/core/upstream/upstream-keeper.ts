import { HealthChecker } from "../health/health-checker.ts";
import { formatAddress } from "../runtime/address.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { AdminState, EndpointSettings } from "../server/settings.ts";
import { SharedMemory } from "../memory/shared-memory.ts";
import type { Endpoint } from "./endpoint.ts";
import { OutlierDetector } from "./outlier-detector.ts";
import type { Upstream } from "./upstream.ts";

/** What has changed about an upstream or one of its endpoints, for the log. */
export type UpstreamChange = "health" | "ejection" | "breaker" | "fail-open" | "admin-state" | "weight" | "endpoints";

/** An upstream with its keeper: what the control plane works with. */
export type KeptUpstream = Upstream & { readonly keeper: UpstreamKeeper };

/** Gives an upstream its keeper. `onChange` is told what changed, and of which endpoint. */
export function keepUpstream(
  upstream: Upstream,
  runtime: Runtime,
  onChange: (upstream: KeptUpstream, change: UpstreamChange, endpoint: Endpoint | undefined) => void,
): KeptUpstream {
  const keeper: UpstreamKeeper = new UpstreamKeeper(upstream, runtime, (change, endpoint) =>
    onChange(kept, change, endpoint),
  );
  const kept = Object.assign(upstream, { keeper });
  return kept;
}

/**
 * Decides about the endpoints of an upstream, once for all threads: health checks, ejections, failing open, slow starts,
 * what people want, and which endpoints there are. What it decides it writes to the shared memory.
 */
export class UpstreamKeeper {
  /** Undefined when the settings ask for no checks. */
  readonly healthChecker: HealthChecker<Endpoint> | undefined;
  /** Undefined when the settings ask for none. */
  readonly outlier: OutlierDetector | undefined;
  readonly #upstream: Upstream;
  readonly #runtime: Runtime;
  readonly #onChange: (change: UpstreamChange, endpoint: Endpoint | undefined) => void;
  #failOpen = false;
  #halted = false;

  /** `onChange` is told what changed, and of which endpoint. Nothing runs before `start`. */
  constructor(
    upstream: Upstream,
    runtime: Runtime,
    onChange: (change: UpstreamChange, endpoint: Endpoint | undefined) => void,
  ) {
    const { settings } = upstream;
    this.#upstream = upstream;
    this.#runtime = runtime;
    this.#onChange = onChange;
    if (settings.outlier !== undefined) {
      this.outlier = new OutlierDetector(settings.outlier, runtime.clock, (ejection) => {
        const endpoint = upstream.endpoints.find((one) => one.ejection === ejection);
        if (endpoint === undefined) return;
        endpoint.failureStreak?.clear();
        this.#ejectionChanged(endpoint);
      });
    }
    if (settings.health !== undefined) {
      const options = { ...settings.health, sourceAddress: settings.sourceAddress };
      this.healthChecker = new HealthChecker(upstream.endpoints, options, runtime, (endpoint) =>
        this.healthChanged(endpoint),
      );
    }
  }

  /** Whether health and ejections are ignored for now. */
  get failOpen(): boolean {
    return this.#failOpen;
  }

  start(): void {
    this.healthChecker?.start();
  }

  /** Judges no endpoint from here on: its connections are about to be cut. */
  halt(): void {
    this.#halted = true;
  }

  /** Halts, ends the checks, and leaves no timer behind. */
  stop(): void {
    this.halt();
    this.healthChecker?.stop();
    for (const endpoint of this.#upstream.endpoints) this.#retire(endpoint);
  }

  /**
   * The health checker found an endpoint to be healthy or unhealthy. One that was down and is back is not ejected any
   * more: what ejected it is explained. (A check that finds it healthy all the time explains nothing.)
   */
  healthChanged(endpoint: Endpoint): void {
    endpoint.unhealthy = endpoint.health.status === "unhealthy";
    if (!endpoint.unhealthy) this.#endEjection(endpoint);
    this.#upstream.stateChanged(endpoint, "health");
  }

  /** An endpoint failed often enough in a row to be ejected. */
  considerEjection(endpoint: Endpoint): void {
    const { ejection } = endpoint;
    if (
      this.#halted ||
      ejection === undefined ||
      this.outlier?.eject(ejection, this.#ejectionBounds(endpoint)) !== true
    )
      return;
    endpoint.failureStreak?.clear();
    this.#ejectionChanged(endpoint);
  }

  /** What a person wants of an endpoint. */
  setAdminState(endpoint: Endpoint, state: AdminState): void {
    if (endpoint.adminState === state) return;
    endpoint.adminState = state;
    endpoint.adminSinceMs = this.#runtime.clock.wallTime();
    this.healthChecker?.check(endpoint);
    this.#upstream.stateChanged(endpoint, "admin-state");
  }

  /** Changes an endpoint's share: 1 to 256. */
  setWeight(endpoint: Endpoint, weight: number): void {
    if (endpoint.weight === weight) return;
    endpoint.weight = weight;
    this.#upstream.stateChanged(endpoint, "weight");
  }

  /** Forgets an endpoint's failures: ends its ejection and closes its breaker. */
  resetEndpoint(endpoint: Endpoint): void {
    endpoint.breaker?.reset();
    this.#endEjection(endpoint);
  }

  /** Adds an endpoint; undefined when there is one with its address already. */
  add(settings: EndpointSettings): Endpoint | undefined {
    const upstream = this.#upstream;
    const name = formatAddress(settings.address);
    if (upstream.endpoints.some((one) => one.name === name)) return undefined;
    const { workers, worker } = upstream.memory;
    const memory = new SharedMemory(workers, worker);
    const endpoint = upstream.makeEndpoint(settings, memory);
    memory.allocate();
    this.#startSlowly(endpoint);
    upstream.insert(endpoint);
    this.healthChecker?.add(endpoint);
    this.#onChange("endpoints", endpoint);
    this.#review();
    return endpoint;
  }

  /** Takes an endpoint out; its running connections go on. */
  remove(endpoint: Endpoint): void {
    this.#upstream.take(endpoint);
    this.healthChecker?.remove(endpoint);
    this.#onChange("endpoints", endpoint);
    this.#review();
    this.#retire(endpoint);
    // Last: the connects that wait for its look-up fail now, and what becomes of them shall not fall on it again.
    endpoint.dialer.stop();
  }

  /** This thread has changed an endpoint. */
  noticed(endpoint: Endpoint, change: UpstreamChange, becameUsable: boolean): void {
    if (becameUsable) {
      this.#startSlowly(endpoint);
      this.#upstream.loadChanged(endpoint);
    }
    this.#onChange(change, endpoint);
    this.#review();
  }

  /** Another thread has changed an endpoint. `tookNews` follows. */
  takeOver(endpoint: Endpoint, becameUsable: boolean): void {
    // A worker that ends with the rest leaves news; what they would start, a timer, nobody would stop.
    if (this.#halted) return;
    const entered = endpoint.breaker?.look() === true;
    if (becameUsable) {
      this.#startSlowly(endpoint);
      this.#upstream.roomChanged(endpoint);
    }
    if (entered) this.#onChange("breaker", endpoint);
    if (endpoint.takeEjectionDue()) this.considerEjection(endpoint);
  }

  /** All that other threads have changed is taken over, but for the upstream's breaker. */
  tookNews(): void {
    if (this.#halted) return;
    if (this.#upstream.breaker?.look() === true) this.breakerEntered();
    this.#review();
  }

  /** The upstream's breaker has entered another state. */
  breakerEntered(): void {
    this.#onChange("breaker", undefined);
  }

  /** What may follow from a change of an endpoint, or of which endpoints there are. */
  #review(): void {
    this.#keepLast();
    this.#reviewFailOpen();
    this.#upstream.serveQueue();
  }

  /** It has come back. After a stop, which may take as long as a worker that stands still, no timer is set any more. */
  #startSlowly(endpoint: Endpoint): void {
    if (!this.#halted) endpoint.slowStart.begin();
  }

  /** Leaves no timer of an endpoint behind. */
  #retire(endpoint: Endpoint): void {
    if (endpoint.ejection !== undefined) this.outlier?.end(endpoint.ejection);
    endpoint.breaker?.stop();
    endpoint.slowStart.stop();
  }

  #ejectionChanged(endpoint: Endpoint): void {
    endpoint.ejected = endpoint.ejection?.active === true;
    this.#upstream.stateChanged(endpoint, "ejection");
  }

  /** An ejection yields when nobody else is left: the detector never takes the last one out. */
  #keepLast(): void {
    if (this.outlier === undefined || this.outlier.ejected === 0 || this.#upstream.usableCount > 0) return;
    // One that is not usable all the same stays ejected: to let it in would help nobody.
    const last = this.#upstream.endpoints.find((one) => one.serviceable && !one.unhealthy);
    if (last !== undefined) this.#endEjection(last);
  }

  #endEjection(endpoint: Endpoint): void {
    const { ejection } = endpoint;
    if (ejection === undefined) return;
    const wasActive = ejection.active;
    this.outlier?.end(ejection);
    endpoint.failureStreak?.clear();
    if (wasActive) this.#ejectionChanged(endpoint);
  }

  #ejectionBounds(endpoint: Endpoint): { total: number; othersAvailable: number } {
    const { endpoints, usableCount } = this.#upstream;
    return { total: endpoints.length, othersAvailable: usableCount - (endpoint.usable ? 1 : 0) };
  }

  /** When no tier has enough usable endpoints, the first with serviceable ones serves with all of those. */
  #reviewFailOpen(): void {
    const { settings, tiers } = this.#upstream;
    const { failOpenBelow } = settings;
    if (failOpenBelow === undefined) return;
    const enough = tiers.some((tier) => tier.usableShare >= failOpenBelow);
    const open = enough ? undefined : tiers.find((tier) => tier.serviceableCount > 0);
    for (const tier of tiers) {
      for (const endpoint of tier.endpoints) {
        if (endpoint.failOpen === (tier === open)) continue;
        endpoint.failOpen = tier === open;
        this.#upstream.failOpenChanged(endpoint);
      }
    }
    if (this.#failOpen === (open !== undefined)) return;
    this.#failOpen = open !== undefined;
    this.#onChange("fail-open", undefined);
  }
}
