/** The shape of one of `upstreams`. */
import * as v from "valibot";
import type { PolicyName } from "../core/balancer/balancer.ts";
import { anyConnections, anyDuration, day, hour, maxEndpoints } from "./bounds.ts";
import { circuitBreakersSchema } from "./circuit-breaker-schema.ts";
import type { CircuitBreakersEntry } from "./circuit-breaker-schema.ts";
import { defaults } from "./defaults.ts";
import { endpointSchema } from "./endpoint-schema.ts";
import type { EndpointEntry } from "./endpoint-schema.ts";
import { healthSchema } from "./health-schema.ts";
import type { HealthEntry } from "./health-schema.ts";
import { parseIp } from "./host.ts";
import { integer, text } from "./leaf.ts";
import { oneOf } from "./mistake.ts";
import { onByDefault } from "./on-by-default.ts";
import { outlierSchema } from "./outlier-schema.ts";
import type { OutlierEntry } from "./outlier-schema.ts";
import { parsePolicy, policyNames } from "./policy.ts";
import { duration, percentage } from "./quantity.ts";
import { upstreamHttpSchema } from "./upstream-http-schema.ts";
import type { UpstreamHttpEntry } from "./upstream-http-schema.ts";

/** One of `upstreams`. */
export interface UpstreamEntry {
  readonly policy: PolicyName;
  readonly balanceFactor: number;
  readonly endpoints: readonly EndpointEntry[];
  readonly connectTimeout: number;
  readonly retries: number;
  readonly retryBudget: { readonly share: number; readonly minimum: number };
  readonly sourceAddress?: string | undefined;
  readonly maxPendingConnects: number;
  readonly queue: QueueEntry;
  /** A share; 0 is off. */
  readonly failOpenBelow: number;
  readonly slowStart: number;
  readonly health: HealthEntry;
  readonly outlier: OutlierEntry;
  readonly circuitBreaker: CircuitBreakersEntry;
  readonly resolve: { readonly minTtl: number; readonly maxTtl: number; readonly timeout: number };
  readonly http: UpstreamHttpEntry;
}

/** `queue`: off, or how many connections wait, and how long. */
export type QueueEntry = false | { readonly length: number; readonly timeout: number };

const retryBudget = v.pipe(
  v.strictObject({
    share: v.optional(
      percentage("Of the upstream's connections, running and being made.", { min: 0, max: 1 }),
      defaults.retryBudget.share,
    ),
    minimum: v.optional(
      integer("This many are always allowed, however few connections there are.", { min: 0, max: 10_000 }),
      defaults.retryBudget.minimum,
    ),
  }),
  v.title("retryBudget"),
  v.description("How many retries may be under way at a time, so that they do not add to an overload."),
);

const queueMap = v.pipe(
  v.strictObject({
    length: v.optional(
      integer("How many connections wait at a time; further ones fail at once.", { min: 1, max: 1_000_000 }),
      defaults.queue.length,
    ),
    timeout: v.optional(
      duration("How long a connection waits before it fails.", { min: 1, max: hour }),
      defaults.queue.timeout,
    ),
  }),
  v.title("queue"),
  v.description("Where connections wait while every endpoint is at its limit."),
);

const queue = onByDefault(
  "Where connections wait while every endpoint is at its `maxConnections`, or `maxPendingConnects` is reached. With `off` they fail at once.",
  queueMap,
  { off: "Nobody waits: connections above the limits fail at once.", example: "{ length: 100 }" },
);

const resolve = v.pipe(
  v.strictObject({
    minTtl: v.optional(
      duration("A name is not looked up again before this, however short its TTL.", { min: 100, max: day }),
      defaults.resolve.minTtl,
    ),
    maxTtl: v.optional(
      duration("A name is looked up again after this, however long its TTL; not shorter than `minTtl`.", {
        min: 100,
        max: anyDuration.max,
      }),
      defaults.resolve.maxTtl,
    ),
    timeout: v.optional(duration("How long a look-up may take.", { min: 1, max: hour }), defaults.resolve.timeout),
  }),
  v.title("resolve"),
  v.description("How the names of endpoints become addresses: again when their TTL is over, within these bounds."),
);

/** The schema of an upstream. */
export const upstreamSchema = v.pipe(
  v.strictObject({
    policy: v.optional(
      text(
        {
          description: "How an endpoint is chosen. Any case and spelling, and the usual other names, are understood.",
          enum: Object.keys(policyNames),
        },
        oneOf(Object.keys(policyNames)),
        parsePolicy,
      ),
      defaults.upstream.policy,
    ),
    balanceFactor: v.optional(
      percentage(
        "No endpoint gets more than this of its fair share of the running connections; further ones go to the next. Only for `ring-hash` and `maglev`.",
        { min: 1.01, max: 100, hint: "more than an even share must be allowed; 125% is usual" },
      ),
      defaults.upstream.balanceFactor,
    ),
    endpoints: v.pipe(
      v.array(endpointSchema),
      v.minLength(1),
      v.maxLength(maxEndpoints),
      v.description("The endpoints, at least one."),
    ),
    connectTimeout: v.optional(
      duration("How long one attempt to connect to an endpoint may take.", anyDuration),
      defaults.upstream.connectTimeout,
    ),
    retries: v.optional(
      integer("Further endpoints tried when a connect fails; never one that was tried already.", { min: 0, max: 100 }),
      defaults.upstream.retries,
    ),
    retryBudget: v.optional(retryBudget, {}),
    sourceAddress: v.optional(
      text(
        { description: "The local IP address that connections to endpoints leave from." },
        "an IPv4 or IPv6 address without a port",
        parseIp,
      ),
    ),
    maxPendingConnects: v.optional(
      integer("Connects under way at a time; who comes above waits in the queue.", anyConnections),
      defaults.upstream.maxPendingConnects,
    ),
    queue: v.optional(queue, {}),
    failOpenBelow: v.optional(
      percentage(
        "When less than this share of the ready endpoints of a priority is healthy, their health and ejections are ignored: better a bad endpoint than too few. With `off`, connections fail while no endpoint is available.",
        { min: 0.01, max: 1, off: true },
      ),
      defaults.upstream.failOpenBelow,
    ),
    slowStart: v.optional(
      duration(
        "How long the share of an endpoint that has come back grows to its whole; `off` is at once. Not for `ip-hash`, `ring-hash` and `maglev`.",
        { min: 100, max: hour, off: true },
      ),
      defaults.upstream.slowStart,
    ),
    health: v.optional(healthSchema, {}),
    outlier: v.optional(outlierSchema, {}),
    circuitBreaker: v.optional(circuitBreakersSchema, defaults.upstream.circuitBreaker),
    resolve: v.optional(resolve, {}),
    http: v.optional(upstreamHttpSchema, {}),
  }),
  v.title("an upstream"),
  v.description("A named group of endpoints with its policies."),
);
