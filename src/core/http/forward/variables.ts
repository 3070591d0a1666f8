/**
 * What header rules may name in braces, beside `header:NAME`. config/ holds the same list, for it takes only types from
 * core; a test keeps both equal.
 */
export const variableNames = [
  "client.ip",
  "client.port",
  "listener",
  "route",
  "upstream",
  "request.id",
  "request.method",
  "request.host",
  "request.path",
  "request.query",
  "trace.id",
  "time",
] as const;

/** One of them. */
export type VariableName = (typeof variableNames)[number];

/**
 * Where their values come from: the exchange. Each is asked for only when a rule holds it. Strings have a character for
 * each byte.
 */
export interface Variables {
  /** The client, or who a trusted proxy says: `clientAddress`. */
  readonly clientIp: string;
  readonly clientPort: number;
  readonly listener: string;
  readonly route: string;
  /** Empty before one is chosen. */
  readonly upstream: string;
  readonly requestId: string;
  readonly method: string;
  /** The authority, as the client sent it. */
  readonly host: string;
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  readonly traceId: string;
  /** Milliseconds since 1970 UTC. */
  readonly wallTimeMs: number;
}
