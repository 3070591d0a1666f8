/** The shape of `circuitBreaker`. */
import * as v from "valibot";
import { anyCount, anyWindow } from "./bounds.ts";
import { defaults } from "./defaults.ts";
import { integer, offSwitch } from "./leaf.ts";
import { duration } from "./quantity.ts";

/** `circuitBreaker`: off, or one for each endpoint, one for the upstream, or both. */
export type CircuitBreakersEntry = false | { readonly endpoint: BreakerEntry; readonly upstream: BreakerEntry };

/** One kind of circuit breaker: off, or when it opens and closes. */
export type BreakerEntry =
  | false
  | {
      readonly failures: number;
      readonly window: number;
      readonly open: number;
      readonly probes: number;
      readonly successes: number;
    };

function breaker(title: string, failures: number, description: string) {
  const map = v.pipe(
    v.strictObject({
      failures: v.optional(integer("Failures in a row that open it.", anyCount), failures),
      window: v.optional(duration("The time within which they come.", anyWindow), defaults.circuitBreaker.window),
      open: v.optional(
        duration("How long it is open, with no connection let through, before it is tried.", anyWindow),
        defaults.circuitBreaker.open,
      ),
      probes: v.optional(
        integer("Connections let through at a time while it is tried (half-open).", anyCount),
        defaults.circuitBreaker.probes,
      ),
      successes: v.optional(
        integer("Successes that close it again; one failure opens it.", anyCount),
        defaults.circuitBreaker.successes,
      ),
    }),
    v.title(title),
    v.description(description),
  );
  return v.optional(
    v.pipe(
      v.union([offSwitch("There is none.", `{ failures: ${failures} }`), map]),
      v.description(`${description} \`{}\` is on with the defaults.`),
    ),
    defaults.upstream.circuitBreaker,
  );
}

const breakers = v.pipe(
  v.strictObject({
    endpoint: breaker(
      "circuitBreaker.endpoint",
      defaults.circuitBreaker.endpointFailures,
      "One for each endpoint: while it is open, connections go to the others.",
    ),
    upstream: breaker(
      "circuitBreaker.upstream",
      defaults.circuitBreaker.upstreamFailures,
      "One for the upstream as a whole: while it is open, connections fail at once.",
    ),
  }),
  v.title("circuitBreaker"),
  v.description("What keeps connections from where they would fail."),
);

/** The schema of `circuitBreaker`. */
export const circuitBreakersSchema = v.pipe(
  v.union([offSwitch("There are none.", "{ endpoint: { failures: 5 } }"), breakers]),
  v.description("Circuit breakers, for each endpoint and for the upstream as a whole; `off` is none."),
);
