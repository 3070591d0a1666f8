/** The shape of `outlier`: when endpoints are ejected. */
import * as v from "valibot";
import { anyCount, anyWindow } from "./bounds.ts";
import { defaults } from "./defaults.ts";
import { integer } from "./leaf.ts";
import { onByDefault } from "./on-by-default.ts";
import { duration, percentage } from "./quantity.ts";

/** `outlier`: off, or when an endpoint is ejected. */
export type OutlierEntry =
  | false
  | {
      readonly failures: number;
      readonly window: number;
      readonly ejection: number;
      readonly maxEjection: number;
      readonly maxEjected: number;
    };

const outlierMap = v.pipe(
  v.strictObject({
    failures: v.optional(
      integer(
        "Failures in a row that eject an endpoint. A failure is a connect that failed, or a connection that the endpoint ended without having sent a byte.",
        anyCount,
      ),
      defaults.outlier.failures,
    ),
    window: v.optional(duration("The time within which they come.", anyWindow), defaults.outlier.window),
    ejection: v.optional(
      duration(
        "How long an endpoint is out the first time; the second time it is twice as long, then three times, and so on.",
        anyWindow,
      ),
      defaults.outlier.ejection,
    ),
    maxEjection: v.optional(
      duration("How long an endpoint is out at most; not shorter than `ejection`.", anyWindow),
      defaults.outlier.maxEjection,
    ),
    maxEjected: v.optional(
      percentage("How many of the endpoints may be out at a time, at least one. The last available one never is.", {
        min: 0.01,
        max: 1,
      }),
      defaults.outlier.maxEjected,
    ),
  }),
  v.title("outlier"),
  v.description("When an endpoint is ejected, which is out for a time: its connections fail one after another."),
);

/** The schema of `outlier`. */
export const outlierSchema = onByDefault(
  "Takes an endpoint out for a time when its connections fail one after another. On with these defaults unless this says `off`.",
  outlierMap,
  { off: "No endpoint is ejected for what its traffic shows.", example: "{ failures: 10 }" },
);
