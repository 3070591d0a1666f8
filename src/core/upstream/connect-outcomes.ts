import type { OutcomeCode } from "../observe/outcome.ts";
import type { ConnectFailure } from "../runtime/runtime.ts";

/** The outcome of an attempt that failed, by the port's word for it. */
export const connectOutcomes: Readonly<Record<ConnectFailure, OutcomeCode>> = {
  refused: "connect-refused",
  timeout: "connect-timeout",
  unreachable: "connect-unreachable",
  "not-found": "connect-not-found",
  denied: "connect-denied",
  resources: "connect-resources",
  other: "connect-failed",
};
