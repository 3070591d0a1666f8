/**
 * The one table of how a connection or an exchange ended and whose doing it was. The code appears in the access log, in the metrics
 * and on the admin address alike; `docs/outcomes.md` is made from this table.
 */

/** Whose doing an outcome is: the client's, the endpoint's, or the proxy's own. */
export type OutcomeSource = "none" | "downstream" | "upstream" | "internal";

/** What is known about an outcome. */
export interface OutcomeFacts {
  readonly source: OutcomeSource;
  /** Whether another endpoint may be tried: nothing was sent to this one yet. */
  readonly retryable: boolean;
  /** What an HTTP client is answered, when nothing was answered yet; 0: nothing, its connection just ends. */
  readonly status: number;
  /** What happened, and where to look. */
  readonly meaning: string;
}

/** The name of an outcome. */
export type OutcomeCode =
  | "ok"
  | "client-reset"
  | "client-timeout"
  | "client-error"
  | "endpoint-reset"
  | "endpoint-timeout"
  | "endpoint-error"
  | "connect-refused"
  | "connect-timeout"
  | "connect-unreachable"
  | "connect-not-found"
  | "connect-denied"
  | "connect-resources"
  | "connect-failed"
  | "no-endpoint"
  | "breaker-open"
  | "queue-full"
  | "queue-timeout"
  | "limit-process"
  | "limit-listener"
  | "limit-client"
  | "limit-rate"
  | "overload"
  | "idle-timeout"
  | "fin-timeout"
  | "drain-timeout"
  | "worker-died"
  | "request-malformed"
  | "request-timeout"
  | "request-too-large"
  | "target-too-long"
  | "head-too-large"
  | "expectation-unknown"
  | "not-implemented"
  | "version-unknown"
  | "no-route"
  | "endpoint-closed"
  | "response-malformed"
  | "response-timeout"
  | "response-truncated"
  | "response-stalled"
  | "client-stalled";

/** All outcomes. */
export const outcomes: Readonly<Record<OutcomeCode, OutcomeFacts>> = {
  ok: { source: "none", retryable: false, status: 0, meaning: "Both sides finished with FIN." },
  "client-reset": {
    source: "downstream",
    retryable: false,
    status: 0,
    meaning: "The client aborted with RST; the endpoint was reset too.",
  },
  "client-timeout": {
    source: "downstream",
    retryable: false,
    status: 0,
    meaning: "The kernel gave up on the client: keepalive probes or data were not acknowledged.",
  },
  "client-error": {
    source: "downstream",
    retryable: false,
    status: 0,
    meaning: "The client's socket failed in another way.",
  },
  "endpoint-reset": {
    source: "upstream",
    retryable: false,
    status: 502,
    meaning: "The endpoint aborted with RST; the client was reset too. Look at the endpoint's log.",
  },
  "endpoint-timeout": {
    source: "upstream",
    retryable: false,
    status: 504,
    meaning: "The kernel gave up on the endpoint: keepalive probes or data were not acknowledged.",
  },
  "endpoint-error": {
    source: "upstream",
    retryable: false,
    status: 502,
    meaning: "The endpoint's socket failed in another way.",
  },
  "connect-refused": {
    source: "upstream",
    retryable: true,
    status: 502,
    meaning: "The endpoint refused the connection: nothing listens there.",
  },
  "connect-timeout": {
    source: "upstream",
    retryable: true,
    status: 504,
    meaning: "The endpoint did not answer within `connectTimeout`: it is down, blocked by a firewall, or overloaded.",
  },
  "connect-unreachable": {
    source: "upstream",
    retryable: true,
    status: 502,
    meaning: "There is no way to the endpoint: look at routes and firewalls.",
  },
  "connect-not-found": {
    source: "upstream",
    retryable: true,
    status: 502,
    meaning: "The endpoint's name did not resolve, or its unix socket does not exist.",
  },
  "connect-denied": {
    source: "internal",
    retryable: true,
    status: 502,
    meaning: "This process may not connect there: file permissions of a unix socket, or the runtime's permissions.",
  },
  "connect-resources": {
    source: "internal",
    retryable: true,
    status: 503,
    meaning: "This process ran out of descriptors, memory or local ports: see `ulimit -n` and `geryon doctor`.",
  },
  "connect-failed": { source: "upstream", retryable: true, status: 502, meaning: "The connect failed in another way." },
  "no-endpoint": {
    source: "upstream",
    retryable: false,
    status: 503,
    meaning: "No endpoint of the upstream was available: see `/endpoints` on the admin address.",
  },
  "breaker-open": {
    source: "upstream",
    retryable: false,
    status: 503,
    meaning:
      "The upstream's circuit breaker is open: its endpoints failed one after another. It lets a few connections try again after `open`.",
  },
  "queue-full": {
    source: "internal",
    retryable: false,
    status: 503,
    meaning:
      "No endpoint had room, or `maxPendingConnects` was reached, and as many connections waited already as `queue` lets.",
  },
  "queue-timeout": {
    source: "internal",
    retryable: false,
    status: 503,
    meaning:
      "No endpoint had room, or `maxPendingConnects` was reached, for as long as `queue` lets a connection wait.",
  },
  "limit-process": {
    source: "internal",
    retryable: false,
    status: 0,
    meaning: "Refused: as many client connections ran as `limits.maxConnections` lets. Not in the access log.",
  },
  "limit-listener": {
    source: "internal",
    retryable: false,
    status: 0,
    meaning: "Refused: as many client connections ran as the listener's `maxConnections` lets. Not in the access log.",
  },
  "limit-client": {
    source: "downstream",
    retryable: false,
    status: 0,
    meaning: "Refused: the client had as many connections as `maxConnectionsPerClient` lets. Not in the access log.",
  },
  "limit-rate": {
    source: "downstream",
    retryable: false,
    status: 0,
    meaning: "Refused: the client connected more often than `clientRate` lets. Not in the access log.",
  },
  overload: {
    source: "internal",
    retryable: false,
    status: 0,
    meaning:
      "Refused: the process was short of descriptors, memory or time (`limits.overload`). Not in the access log.",
  },
  "idle-timeout": {
    source: "internal",
    retryable: false,
    status: 0,
    meaning: "No byte moved for `idleTimeout`; the connection was cut.",
  },
  "fin-timeout": {
    source: "internal",
    retryable: false,
    status: 0,
    meaning: "One side had sent FIN and the other sent nothing for `finTimeout`; the silent side was cut off.",
  },
  "drain-timeout": {
    source: "internal",
    retryable: false,
    status: 0,
    meaning: "The connection still ran when `drainTimeout` was over; it was cut.",
  },
  "worker-died": {
    source: "internal",
    retryable: false,
    status: 0,
    meaning: "The worker that served it died, and another took its place: see the log. Not in the access log.",
  },
  "request-malformed": {
    source: "downstream",
    retryable: false,
    status: 400,
    meaning: "The request was malformed or ambiguous: `reason` says how. Nothing of it was forwarded.",
  },
  "request-timeout": {
    source: "downstream",
    retryable: false,
    status: 408,
    meaning:
      "The request's head did not come within `headerTimeout`, or its body stood still for `bodyTimeout` or came slower than `minBodyRate`.",
  },
  "request-too-large": {
    source: "downstream",
    retryable: false,
    status: 413,
    meaning: "The request's body was larger than `maxBody`.",
  },
  "target-too-long": {
    source: "downstream",
    retryable: false,
    status: 414,
    meaning: "The request line was longer than `maxLine`.",
  },
  "head-too-large": {
    source: "downstream",
    retryable: false,
    status: 431,
    meaning:
      "The request's head was larger than `maxHead`, one of its fields than `maxLine`, or it had more than `maxHeaders` fields.",
  },
  "expectation-unknown": {
    source: "downstream",
    retryable: false,
    status: 417,
    meaning: "The request had an `Expect` other than `100-continue`.",
  },
  "not-implemented": {
    source: "downstream",
    retryable: false,
    status: 501,
    meaning:
      "The request was CONNECT, had a transfer coding other than `chunked`, or was TRACE with `Max-Forwards: 0`, which is for the proxy itself.",
  },
  "version-unknown": {
    source: "downstream",
    retryable: false,
    status: 505,
    meaning: "The request was of another version than HTTP/1.0 or HTTP/1.1.",
  },
  "no-route": {
    source: "downstream",
    retryable: false,
    status: 404,
    meaning: "No route of the listener matched: `geryon explain` says why.",
  },
  "endpoint-closed": {
    source: "upstream",
    retryable: true,
    status: 502,
    meaning: "The endpoint ended the connection without an answer. Look at the endpoint's log.",
  },
  "response-malformed": {
    source: "upstream",
    retryable: false,
    status: 502,
    meaning: "The endpoint's answer was malformed or ambiguous: `reason` says how. Its connection was closed.",
  },
  "response-timeout": {
    source: "upstream",
    retryable: true,
    status: 504,
    meaning: "The endpoint did not begin to answer within `responseTimeout`.",
  },
  "response-truncated": {
    source: "upstream",
    retryable: false,
    status: 0,
    meaning:
      "The endpoint's answer ended before it was whole; the client's connection was cut, so that it does not take it for whole.",
  },
  "response-stalled": {
    source: "upstream",
    retryable: false,
    status: 0,
    meaning: "The body of the endpoint's answer stood still for `readTimeout`; the client's connection was cut.",
  },
  "client-stalled": {
    source: "downstream",
    retryable: false,
    status: 0,
    meaning: "The client took nothing of its answer for `bodyTimeout`; its connection was cut.",
  },
};

/** All outcome codes, in the table's order. */
export const outcomeCodes: readonly OutcomeCode[] = Object.keys(outcomes) as OutcomeCode[];
