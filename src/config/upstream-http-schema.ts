/** The shape of `http` of an upstream: how requests are sent to its endpoints. */
import * as v from "valibot";
import { anyDuration, hour } from "./bounds.ts";
import { defaults } from "./defaults.ts";
import { flag, integer, leaf, offSwitch, wrongKind } from "./leaf.ts";
import { mistaken, parsed } from "./mistake.ts";
import { onByDefault } from "./on-by-default.ts";
import { duration, size } from "./quantity.ts";
import { suggestValue } from "./suggest.ts";

/** `http` of an upstream. */
export interface UpstreamHttpEntry {
  readonly responseTimeout: number;
  readonly readTimeout: number;
  readonly keepAlive: false | { readonly idleTimeout: number; readonly maxIdle: number; readonly maxAge: number };
  readonly retry: HttpRetryEntry;
  readonly hedge: false | { readonly delay: number };
}

/** `retry`: off, or when and how often. */
export type HttpRetryEntry = false | HttpRetryMap;

/** How requests are sent again. */
export interface HttpRetryMap {
  readonly attempts: number;
  readonly on: readonly RetryCondition[];
  readonly nonIdempotent: boolean;
  readonly backoff: number;
  readonly maxBackoff: number;
  readonly perTryTimeout?: number | undefined;
  readonly maxBody: number;
}

type RetryCondition = "reset" | "timeout" | number;

const keepAliveMap = v.pipe(
  v.strictObject({
    idleTimeout: v.optional(
      duration(
        "How long a connection may wait for its next request, unless its endpoint says how long (`Keep-Alive: timeout=`).",
        anyDuration,
      ),
      defaults.upstreamKeepAlive.idleTimeout,
    ),
    maxIdle: v.optional(
      integer("How many connections wait at a time, to each endpoint and in each worker.", { min: 1, max: 100_000 }),
      defaults.upstreamKeepAlive.maxIdle,
    ),
    maxAge: v.optional(
      duration("How long after its connect a connection may be used again.", anyDuration),
      defaults.upstreamKeepAlive.maxAge,
    ),
  }),
  v.title("keepAlive of an upstream"),
  v.description("The connections that wait for their next request."),
);

const keepAlive = onByDefault(
  "Connections that are used again for later requests. On with these defaults; with `off` each request has a connection of its own.",
  keepAliveMap,
  { off: "Each request has a connection of its own.", example: "{ maxIdle: 100 }" },
);

const condition = leaf<RetryCondition>(
  {
    description:
      "`reset`: the endpoint ended the connection without an answer. `timeout`: it did not answer in time. Else a status.",
    type: ["string", "integer"],
    pattern: "^(reset|timeout)$",
    minimum: 400,
    maximum: 599,
  },
  (input) => {
    const expected = "reset, timeout or a status from 400 to 599";
    if (input === "reset" || input === "timeout") return parsed(input);
    if (typeof input === "string") {
      const family = /^5xx$/i.test(input) ? "write 500, 502, 503 and what else is meant" : undefined;
      return wrongKind(input, expected, family ?? suggestValue(input, ["reset", "timeout"]));
    }
    if (typeof input !== "number") return wrongKind(input, expected);
    return Number.isInteger(input) && input >= 400 && input <= 599
      ? parsed(input)
      : mistaken(`Value is ${input}`, expected);
  },
);

const retryMap = v.pipe(
  v.strictObject({
    attempts: v.optional(
      integer("Further attempts, each at another endpoint.", { min: 1, max: 10, hint: 'for none set "retry" to off' }),
      defaults.httpRetry.attempts,
    ),
    on: v.optional(
      v.pipe(
        v.array(condition),
        v.minLength(1),
        v.maxLength(32),
        v.description(
          "After what: `reset`, the endpoint ended the connection without an answer; `timeout`, it did not answer in time; or statuses. A connect that fails is no matter of this: see `retries`.",
        ),
      ),
      [...defaults.httpRetry.on],
    ),
    nonIdempotent: v.optional(
      flag("Requests such as POST, too, although an endpoint may have done already what they ask for."),
      defaults.httpRetry.nonIdempotent,
    ),
    backoff: v.optional(
      duration("Before the first retry a random part of this; before each further one twice as much.", {
        min: 0,
        max: hour,
      }),
      defaults.httpRetry.backoff,
    ),
    maxBackoff: v.optional(
      duration("The backoff does not grow beyond this; not shorter than `backoff`.", { min: 0, max: hour }),
      defaults.httpRetry.maxBackoff,
    ),
    perTryTimeout: v.optional(
      duration(
        "How long an attempt may wait for its answer; not longer than `responseTimeout`. Absent: as long as that.",
        anyDuration,
      ),
    ),
    maxBody: v.optional(
      size("Bodies up to this size are kept to be sent again.", { min: 0, max: 64 * 1024 * 1024 }),
      defaults.httpRetry.maxBody,
    ),
  }),
  v.title("retry"),
  v.description("When a request is sent again, to another endpoint."),
);

const retry = onByDefault(
  "When a request is sent again, to another endpoint. On with these defaults unless this says `off`.",
  retryMap,
  { off: "No request is sent again.", example: '{ attempts: 2, on: ["reset", 503] }' },
);

const hedgeMap = v.pipe(
  v.strictObject({
    delay: duration(
      "How long a request may have been without an answer since all of it was sent; shorter than `responseTimeout`. What most requests take is a good choice: then few are sent twice.",
      anyDuration,
    ),
  }),
  v.title("hedge"),
  v.description("When a request is sent to a second endpoint although the first may yet answer."),
);

const hedge = v.pipe(
  v.union([offSwitch("No request is sent to two endpoints at a time.", "{ delay: 50ms }"), hedgeMap]),
  v.description(
    "A request that `retry` may send again, and that has no answer yet, is sent to a second endpoint too; the first good answer counts. Within the `retryBudget`. `off` is none.",
  ),
);

/** The schema of `http` of an upstream. */
export const upstreamHttpSchema = v.pipe(
  v.strictObject({
    responseTimeout: v.optional(
      duration("From the end of a request, or its last progress, to the head of the answer; else 504.", anyDuration),
      defaults.upstreamHttp.responseTimeout,
    ),
    readTimeout: v.optional(
      duration("How long an answer's body may stand still.", anyDuration),
      defaults.upstreamHttp.readTimeout,
    ),
    keepAlive: v.optional(keepAlive, {}),
    retry: v.optional(retry, {}),
    hedge: v.optional(hedge, defaults.upstreamHttp.hedge),
  }),
  v.title("http of an upstream"),
  v.description("How requests are sent to its endpoints, where routes lead to it."),
);
