/** The shape of `limits`: what holds for all listeners together. */
import * as v from "valibot";
import { anyConnections } from "./bounds.ts";
import { defaults } from "./defaults.ts";
import { integerOr } from "./leaf.ts";
import { onByDefault } from "./on-by-default.ts";
import { duration, percentage } from "./quantity.ts";

/** `limits`. */
export interface LimitsEntry {
  readonly maxConnections: number | "auto";
  readonly overload: OverloadEntry;
}

/** `overload`: off, or from where on connections are refused. */
export type OverloadEntry = false | { readonly descriptors: number; readonly memory: number; readonly loopLag: number };

// Below a tenth nothing would ever be accepted; 100% is never passed.
const anyShare = { min: 0.1, max: 1 };

const overloadMap = v.pipe(
  v.strictObject({
    descriptors: v.optional(
      percentage("Open descriptors, of the process' limit (`ulimit -n`).", anyShare),
      defaults.overload.descriptors,
    ),
    memory: v.optional(
      percentage(
        "Resident memory, of what the process may use. From there on connections are refused for 10 s, and again each time it has grown further.",
        anyShare,
      ),
      defaults.overload.memory,
    ),
    loopLag: v.optional(
      duration("How late the event loop runs its timers, twice in a row.", { min: 10, max: 60_000 }),
      defaults.overload.loopLag,
    ),
  }),
  v.title("overload"),
  v.description("Above any of these, new connections are refused, so that the running ones stay well."),
);

const overload = onByDefault(
  "From where on new connections are refused, so that the running ones stay well. On with these defaults unless this says `off`.",
  overloadMap,
  { off: "Nothing is refused for the load of the process.", example: '{ memory: "80%" }' },
);

/** The schema of `limits`. */
export const limitsSchema = v.pipe(
  v.strictObject({
    maxConnections: v.optional(
      integerOr(
        "Client connections at a time. `auto` is what the process' limit of descriptors allows, two for each connection.",
        "auto",
        anyConnections,
      ),
      defaults.limits.maxConnections,
    ),
    overload: v.optional(overload, {}),
  }),
  v.title("limits"),
  v.description("What holds for all listeners together."),
);
