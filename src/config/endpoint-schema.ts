/** The shape of one of `endpoints`. */
import * as v from "valibot";
import type { Address } from "../core/runtime/address.ts";
import type { AdminState } from "../core/server/settings.ts";
import { anyConnections, anyPriority, anyWeight } from "./bounds.ts";
import { defaults } from "./defaults.ts";
import { address, choice, flag, integer, integerOr } from "./leaf.ts";

/** One of `endpoints`: an address alone, or with more about it. */
export type EndpointEntry = Address | EndpointMap;

/** An endpoint with more than its address. */
export interface EndpointMap {
  readonly address: Address;
  readonly weight: number;
  readonly maxConnections: number | "off";
  readonly priority: number;
  readonly backup: boolean;
  readonly state: AdminState;
}

const endpointMap = v.pipe(
  v.strictObject({
    address: address("endpoint", "Where the endpoint is."),
    weight: v.optional(
      integer("Share of new connections relative to the other endpoints of the upstream.", anyWeight),
      defaults.endpoint.weight,
    ),
    maxConnections: v.optional(
      integerOr(
        "Connections at a time, those being made included; who comes above goes to another endpoint or waits in the queue. `off` is no limit.",
        "off",
        anyConnections,
      ),
      defaults.endpoint.maxConnections,
    ),
    priority: v.optional(
      integer("0 serves first; endpoints of a higher number serve only while none of a lower number can.", anyPriority),
      defaults.endpoint.priority,
    ),
    backup: v.optional(flag("`true` is another way to write `priority: 1`."), defaults.endpoint.backup),
    state: v.optional(
      choice("What it starts with. `draining` takes no new connections; `disabled` likewise, and it is not probed.", [
        "ready",
        "draining",
        "disabled",
      ]),
      defaults.endpoint.state,
    ),
  }),
  v.title("an endpoint"),
  v.description("An endpoint with more than its address."),
);

/** The schema of an endpoint. */
export const endpointSchema = v.pipe(
  v.union([address("endpoint", "An endpoint by its address alone."), endpointMap]),
  v.description("An endpoint: an address, or a map."),
);
