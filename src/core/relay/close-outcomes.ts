import type { OutcomeCode } from "../observe/outcome.ts";
import type { CloseReason } from "../runtime/socket.ts";

/** The outcome of a relay whose client was over early. `local` is ours, and has an outcome already. */
export const clientOutcomes: Readonly<Record<CloseReason, OutcomeCode>> = {
  ended: "ok",
  local: "ok",
  reset: "client-reset",
  timeout: "client-timeout",
  error: "client-error",
};

/** The same of its endpoint. */
export const endpointOutcomes: Readonly<Record<CloseReason, OutcomeCode>> = {
  ended: "ok",
  local: "ok",
  reset: "endpoint-reset",
  timeout: "endpoint-timeout",
  error: "endpoint-error",
};
