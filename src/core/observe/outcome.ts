/**
 * The one table of how a connection ended and whose doing it was. The code appears in the access log, in the metrics
 * and on the admin address alike; `docs/outcomes.md` is made from this table.
 */

/** Whose doing an outcome is: the client's, the endpoint's, or the proxy's own. */
export type OutcomeSource = "none" | "downstream" | "upstream" | "internal";

/** What is known about an outcome. */
export interface OutcomeFacts {
  readonly source: OutcomeSource;
  /** Whether another endpoint may be tried: nothing was sent to this one yet. */
  readonly retryable: boolean;
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
  | "worker-died";

/** All outcomes. */
export const outcomes: Readonly<Record<OutcomeCode, OutcomeFacts>> = {
  ok: { source: "none", retryable: false, meaning: "Both sides finished with FIN." },
  "client-reset": {
    source: "downstream",
    retryable: false,
    meaning: "The client aborted with RST; the endpoint was reset too.",
  },
  "client-timeout": {
    source: "downstream",
    retryable: false,
    meaning: "The kernel gave up on the client: keepalive probes or data were not acknowledged.",
  },
  "client-error": { source: "downstream", retryable: false, meaning: "The client's socket failed in another way." },
  "endpoint-reset": {
    source: "upstream",
    retryable: false,
    meaning: "The endpoint aborted with RST; the client was reset too. Look at the endpoint's log.",
  },
  "endpoint-timeout": {
    source: "upstream",
    retryable: false,
    meaning: "The kernel gave up on the endpoint: keepalive probes or data were not acknowledged.",
  },
  "endpoint-error": { source: "upstream", retryable: false, meaning: "The endpoint's socket failed in another way." },
  "connect-refused": {
    source: "upstream",
    retryable: true,
    meaning: "The endpoint refused the connection: nothing listens there.",
  },
  "connect-timeout": {
    source: "upstream",
    retryable: true,
    meaning: "The endpoint did not answer within `connectTimeout`: it is down, blocked by a firewall, or overloaded.",
  },
  "connect-unreachable": {
    source: "upstream",
    retryable: true,
    meaning: "There is no way to the endpoint: look at routes and firewalls.",
  },
  "connect-not-found": {
    source: "upstream",
    retryable: true,
    meaning: "The endpoint's name did not resolve, or its unix socket does not exist.",
  },
  "connect-denied": {
    source: "internal",
    retryable: true,
    meaning: "This process may not connect there: file permissions of a unix socket, or the runtime's permissions.",
  },
  "connect-resources": {
    source: "internal",
    retryable: true,
    meaning: "This process ran out of descriptors, memory or local ports: see `ulimit -n` and `geryon doctor`.",
  },
  "connect-failed": { source: "upstream", retryable: true, meaning: "The connect failed in another way." },
  "no-endpoint": {
    source: "upstream",
    retryable: false,
    meaning: "No endpoint of the upstream was available: see `/endpoints` on the admin address.",
  },
  "breaker-open": {
    source: "upstream",
    retryable: false,
    meaning:
      "The upstream's circuit breaker is open: its endpoints failed one after another. It lets a few connections try again after `open`.",
  },
  "queue-full": {
    source: "internal",
    retryable: false,
    meaning:
      "No endpoint had room, or `maxPendingConnects` was reached, and as many connections waited already as `queue` lets.",
  },
  "queue-timeout": {
    source: "internal",
    retryable: false,
    meaning:
      "No endpoint had room, or `maxPendingConnects` was reached, for as long as `queue` lets a connection wait.",
  },
  "limit-process": {
    source: "internal",
    retryable: false,
    meaning: "Refused: as many client connections ran as `limits.maxConnections` lets. Not in the access log.",
  },
  "limit-listener": {
    source: "internal",
    retryable: false,
    meaning: "Refused: as many client connections ran as the listener's `maxConnections` lets. Not in the access log.",
  },
  "limit-client": {
    source: "downstream",
    retryable: false,
    meaning: "Refused: the client had as many connections as `maxConnectionsPerClient` lets. Not in the access log.",
  },
  "limit-rate": {
    source: "downstream",
    retryable: false,
    meaning: "Refused: the client connected more often than `clientRate` lets. Not in the access log.",
  },
  overload: {
    source: "internal",
    retryable: false,
    meaning:
      "Refused: the process was short of descriptors, memory or time (`limits.overload`). Not in the access log.",
  },
  "idle-timeout": {
    source: "internal",
    retryable: false,
    meaning: "No byte moved for `idleTimeout`; the connection was cut.",
  },
  "fin-timeout": {
    source: "internal",
    retryable: false,
    meaning: "One side had sent FIN and the other sent nothing for `finTimeout`; the silent side was cut off.",
  },
  "drain-timeout": {
    source: "internal",
    retryable: false,
    meaning: "The connection still ran when `drainTimeout` was over; it was cut.",
  },
  "worker-died": {
    source: "internal",
    retryable: false,
    meaning: "The worker that served it died, and another took its place: see the log. Not in the access log.",
  },
};

/** All outcome codes, in the table's order. */
export const outcomeCodes: readonly OutcomeCode[] = Object.keys(outcomes) as OutcomeCode[];
