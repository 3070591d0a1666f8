import type { Candidate } from "../balancer/balancer.ts";
import { PeakEwma } from "../balancer/peak-ewma-latency.ts";
import { Dialer } from "../dial/dialer.ts";
import type { HealthTarget } from "../health/health-checker.ts";
import { HealthState } from "../health/health-state.ts";
import { ByteCount } from "../observe/byte-count.ts";
import { type Address, formatAddress } from "../runtime/address.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { AdminState, EndpointSettings, UpstreamSettings } from "../server/settings.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { Ejection } from "./outlier-detector.ts";
import { SlowStart } from "./slow-start.ts";

/** One address of an upstream: its state and its counters. `Upstream` is who changes them. */
export class Endpoint implements Candidate, HealthTarget {
  readonly address: Address;
  /** The address as text, for logs, labels and hash policies. */
  readonly name: string;
  readonly priority: number;
  /** Connections at a time, those being made included; Infinity when unbounded. */
  readonly maxConnections: number;
  readonly dialer: Dialer;
  readonly health: HealthState;
  readonly latency: PeakEwma = new PeakEwma();
  /** Undefined when the upstream has no outlier detection. */
  readonly ejection: Ejection | undefined;
  /** Undefined when the upstream has none for its endpoints. */
  readonly breaker: CircuitBreaker | undefined;
  readonly slowStart: SlowStart;
  /** Its place in its tier's balancer. */
  index = 0;
  weight: number;
  adminState: AdminState;
  /** When `adminState` last changed, in wall-clock milliseconds. */
  adminSinceMs: number;
  /** Health and ejections are ignored for now: see `failOpenBelow`. */
  failOpen = false;
  /** Connections that run or are being made. */
  activeConnections = 0;
  /** Connections ever made. */
  totalConnections = 0;
  connectFailures = 0;
  /** Attempts that failed, the ended connections without a byte among them. */
  failures = 0;
  /** From clients to this endpoint. */
  readonly up: ByteCount = new ByteCount();
  /** From this endpoint to clients. */
  readonly down: ByteCount = new ByteCount();

  /** `onChange` is called after its breaker has entered another `state`, or its share or its room has changed. */
  constructor(
    settings: EndpointSettings,
    upstream: UpstreamSettings,
    runtime: Runtime,
    onChange: (endpoint: Endpoint, what: "state" | "room") => void,
  ) {
    const wallTimeMs = runtime.clock.wallTime();
    this.address = settings.address;
    this.name = formatAddress(settings.address);
    this.priority = settings.priority;
    this.maxConnections = settings.maxConnections ?? Infinity;
    this.weight = settings.weight;
    this.adminState = settings.adminState;
    this.adminSinceMs = wallTimeMs;
    this.dialer = new Dialer(settings.address, runtime, upstream.resolve);
    this.health = new HealthState(wallTimeMs);
    this.ejection = upstream.outlier === undefined ? undefined : new Ejection(upstream.outlier, wallTimeMs);
    this.breaker =
      upstream.endpointBreaker === undefined
        ? undefined
        : new CircuitBreaker(upstream.endpointBreaker, runtime.clock, (entered) =>
            onChange(this, entered ? "state" : "room"),
          );
    this.slowStart = new SlowStart(upstream.slowStartMs, runtime.clock, () => onChange(this, "room"));
  }

  get effectiveWeight(): number {
    return this.weight * this.slowStart.share;
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
    return this.serviceable && this.health.status !== "unhealthy" && this.ejection?.active !== true;
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
}
