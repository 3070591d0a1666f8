/** The bodies that the admin API takes, with the bounds and the defaults that a config has. */
import * as v from "valibot";
import { anyConnections, anyPriority, anyWeight } from "../../config/bounds.ts";
import { defaults } from "../../config/defaults.ts";
import { address, choice, integer, integerOr } from "../../config/leaf.ts";
import type { Address } from "../../core/runtime/address.ts";
import type { AdminState, EndpointSettings } from "../../core/server/settings.ts";

/** What a request changes about an endpoint. */
export interface EndpointChange {
  readonly state?: AdminState | undefined;
  readonly weight?: number | undefined;
}

/** An endpoint to add. */
export interface NewEndpoint {
  readonly address: Address;
  readonly weight: number;
  readonly priority: number;
  readonly maxConnections: number | "off";
  readonly state: AdminState;
}

const state = choice("What a person wants of it.", ["ready", "draining", "disabled"]);
const weight = integer("Share of new connections relative to the other endpoints.", anyWeight);
const priority = integer("0 serves first; a higher number only while no lower one can.", anyPriority);

/** The body of PATCH: state, weight or both. */
export const endpointChangeSchema: v.GenericSchema<unknown, EndpointChange> = v.pipe(
  v.strictObject({ state: v.optional(state), weight: v.optional(weight) }),
  v.title("the body"),
);

/** The body that adds an endpoint. */
export const newEndpointSchema: v.GenericSchema<unknown, NewEndpoint> = v.pipe(
  v.strictObject({
    address: address("endpoint", "Where the endpoint is."),
    weight: v.optional(weight, defaults.endpoint.weight),
    priority: v.optional(priority, defaults.endpoint.priority),
    maxConnections: v.optional(
      integerOr("Connections at a time.", "off", anyConnections),
      defaults.endpoint.maxConnections,
    ),
    state: v.optional(state, defaults.endpoint.state),
  }),
  v.title("the body"),
);

/** What the core makes an endpoint from. */
export function endpointSettings(body: NewEndpoint): EndpointSettings {
  return {
    address: body.address,
    weight: body.weight,
    priority: body.priority,
    adminState: body.state,
    ...(body.maxConnections === "off" ? {} : { maxConnections: body.maxConnections }),
  };
}
