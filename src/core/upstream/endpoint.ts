import type { Candidate } from "../balancer/balancer.ts";
import type { HealthTarget } from "../health/health-checker.ts";
import { HealthState } from "../health/health-state.ts";
import { ByteCount } from "../observe/byte-count.ts";
import { type Address, formatAddress } from "../runtime/address.ts";

/** One address of an upstream: its state and its counters. */
export class Endpoint implements Candidate, HealthTarget {
  readonly address: Address;
  /** The address as text, for logs and labels. */
  readonly name: string;
  readonly weight: number;
  readonly health: HealthState;
  /** Connections that run or are being made. */
  activeConnections = 0;
  /** Connections ever made. */
  totalConnections = 0;
  connectFailures = 0;
  /** From clients to this endpoint. */
  readonly up: ByteCount = new ByteCount();
  /** From this endpoint to clients. */
  readonly down: ByteCount = new ByteCount();

  constructor(address: Address, weight: number, wallTimeMs: number) {
    this.address = address;
    this.name = formatAddress(address);
    this.weight = weight;
    this.health = new HealthState(wallTimeMs);
  }

  /** Not yet probed counts as available: a proxy that has just started serves. */
  get available(): boolean {
    return this.health.status !== "unhealthy";
  }
}
