import type { Dice } from "./dice.ts";
import type { EndpointPlan } from "./scenario.ts";
import type { DnsEntry } from "./sim-dns.ts";

/** What the parts of a scenario know of each other while it is put together. */
export interface Draft {
  readonly dice: Dice;
  readonly endpoints: Record<string, EndpointPlan>;
  readonly names: Record<string, DnsEntry>;
  readonly lengthMs: number;
  /** There and back on a slow day: what a deadline must leave time for. */
  readonly roundTripMs: number;
}
