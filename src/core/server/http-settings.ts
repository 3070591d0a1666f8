/** What the HTTP data plane is built from, as `settings.ts`: every default filled in, every name checked. */

/** How an http listener reads requests, and what it tells endpoints of its clients. */
export interface HttpSettings {
  /** From the first byte of a request, or from accept, to the end of its head; else 408. */
  readonly headerTimeoutMs: number;
  /** How long a connection may wait for its next request. */
  readonly idleTimeoutMs: number;
  /** How long a body may stand still, in either direction. */
  readonly bodyTimeoutMs: number;
  /** Once `graceMs` are over, a request's body must come at this rate on average; else 408. 0 is off. */
  readonly minBodyRate: { readonly bytesPerSecond: number; readonly graceMs: number };
  /** How many requests a connection may serve. */
  readonly maxRequests: number;
  /** How long a connection may serve requests. */
  readonly maxAgeMs: number;
  /** Of the request line, and of each header field; else 414 or 431. */
  readonly maxLineBytes: number;
  /** Of a whole head; else 431. */
  readonly maxHeadBytes: number;
  readonly maxHeaders: number;
  /** Of a request's body; else 413. Absent: any. A route may say otherwise. */
  readonly maxBodyBytes?: number;
  /** Addresses and CIDR blocks whose word about a client is taken; all others' is discarded. */
  readonly trustedProxies: readonly string[];
  readonly forwarding: ForwardingSettings;
  /** A path with `%2f`, `%5c` or `%25` in it is refused with 400, or matched and forwarded as it is. */
  readonly encodedSlashes: "reject" | "keep";
  /** `//` in a path counts as `/`. */
  readonly mergeSlashes: boolean;
  /** Bodies of own answers, by status. */
  readonly errorPages: readonly ErrorPageSettings[];
  /** Which trailer fields are passed on, in lower case; the others are dropped. */
  readonly trailers: readonly string[];
}

/** What is added to requests on their way to an endpoint. */
export interface ForwardingSettings {
  /** X-Forwarded-For, -Proto, -Host and -Port. */
  readonly xForwarded: boolean;
  /** RFC 7239. */
  readonly forwarded: boolean;
  readonly xRealIp: boolean;
  /** The pseudonym in `Via` (RFC 9110 section 7.6.3); empty: no `Via`. */
  readonly via: string;
  /** `X-Request-ID`: `keep` a client's, or make one; always `make` one; `off`. */
  readonly requestId: "keep" | "make" | "off";
  /** `traceparent`: `continue` passes a valid one on; `start` makes one where there is none; `off` leaves it alone. */
  readonly trace: "continue" | "start" | "off";
}

/** An own body for own answers with a status. */
export interface ErrorPageSettings {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What requests match, and what is done with them. */
export interface RouteSettings {
  readonly name: string;
  /** Names of http listeners; absent: all. */
  readonly listeners?: readonly string[];
  readonly match: RouteMatchSettings;
  readonly action: RouteAction;
  readonly requestHeaders: HeaderRules;
  readonly responseHeaders: HeaderRules;
  /** Takes the place of the listener's. */
  readonly maxBodyBytes?: number;
  /** Takes the place of the upstream's. */
  readonly responseTimeoutMs?: number;
  /** Protocols that may be switched to, in lower case, such as `websocket`. */
  readonly upgrades: readonly string[];
  /** Ends a tunnel in which nothing moved for this long. */
  readonly tunnelTimeoutMs: number;
}

/** All that is there must hold. */
export interface RouteMatchSettings {
  /** In lower case, without port; `*.example.com` stands for one label or more. Absent: any. One of them must hold. */
  readonly hosts?: readonly string[];
  readonly path?: PathMatch;
  /** As sent: methods are case-sensitive. One of them must hold. */
  readonly methods?: readonly string[];
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
  /** Addresses and CIDR blocks: one of them holds the client. */
  readonly clients?: readonly string[];
}

/**
 * `exact` the whole path; `prefix` of whole segments: `/a` matches `/a` and `/a/b`, not `/ab`; `template` segments, with
 * `:name` for any one and a last `*name` for any number; `regex` an ECMAScript expression for the whole path.
 */
export interface PathMatch {
  readonly kind: "exact" | "prefix" | "template" | "regex";
  readonly value: string;
}

/** What a header field or a query parameter must be. Header names are in lower case. */
export interface ValueMatch {
  readonly name: string;
  readonly kind: "exact" | "prefix" | "regex" | "present" | "absent";
  /** Empty for `present` and `absent`. */
  readonly value: string;
}

/** What is done with a request that matches. */
export type RouteAction = ForwardAction | RedirectAction | RespondAction;

/** It goes to an upstream: to one of several by weight. */
export interface ForwardAction {
  readonly kind: "forward";
  /** At least one; weights 0 to 1,000,000, not all 0. */
  readonly upstreams: readonly { readonly name: string; readonly weight: number }[];
  readonly rewrite?: RewriteSettings;
}

/** What of the request is changed before it is forwarded. Absent: nothing. */
export interface RewriteSettings {
  /** In the place of the client's Host. */
  readonly host?: string;
  readonly path?: PathRewrite;
  /** In the place of the whole query, without `?`; empty: none. */
  readonly query?: string;
}

/**
 * `full` is the new path; `prefix` takes the place of the matched prefix; both may hold `:name` of the match's template, or
 * `$1` of its expression.
 */
export interface PathRewrite {
  readonly kind: "full" | "prefix";
  readonly value: string;
}

/** It is sent elsewhere. What is absent stays as in the request. */
export interface RedirectAction {
  readonly kind: "redirect";
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly scheme?: "http" | "https";
  readonly host?: string;
  readonly port?: number;
  readonly path?: PathRewrite;
  readonly query?: string;
}

/** It is answered at once. */
export interface RespondAction {
  readonly kind: "respond";
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Changes of a head's fields: first those removed, then those set, then those added. Names in lower case. */
export interface HeaderRules {
  readonly remove: readonly string[];
  /** In the place of all of that name. Values may hold variables: `{client.ip}`. */
  readonly set: readonly HeaderValue[];
  readonly add: readonly HeaderValue[];
}

/** A header field that a rule writes. */
export interface HeaderValue {
  readonly name: string;
  readonly value: string;
}

/** How requests are sent to the endpoints of an upstream. */
export interface UpstreamHttpSettings {
  /** From the end of the request, or its last progress, to the head of the answer; else 504. */
  readonly responseTimeoutMs: number;
  /** How long an answer's body may stand still. */
  readonly readTimeoutMs: number;
  readonly keepAlive: KeepAliveSettings;
  readonly retry: HttpRetrySettings;
  /** Absent: none. */
  readonly hedge?: HedgeSettings;
}

/** When a request that may be sent again is sent to a second endpoint while the first has not answered. */
export interface HedgeSettings {
  /** Since all of it was sent. */
  readonly delayMs: number;
}

/** The idle connections to each endpoint, in each worker. */
export interface KeepAliveSettings {
  /** How long one may wait for its next request, unless its endpoint says less or more (`Keep-Alive: timeout=`). 0: none is kept. */
  readonly idleTimeoutMs: number;
  readonly maxIdle: number;
  /** How long one may be used again after its connect. */
  readonly maxAgeMs: number;
}

/** When a request is sent again, to another endpoint. A connect that failed is not one of these: see `connectRetries`. */
export interface HttpRetrySettings {
  /** Further attempts; 0: none. */
  readonly attempts: number;
  /** `reset` the endpoint ended the connection without an answer; `timeout` it did not answer in time. Else statuses. */
  readonly on: readonly ("reset" | "timeout" | number)[];
  /** Requests that are not idempotent too, although an endpoint may have seen them. */
  readonly nonIdempotent: boolean;
  /** Before the first retry: a random part of this; twice as much before each further one. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Absent: the response timeout alone holds. */
  readonly perTryTimeoutMs?: number;
  /** Bodies up to this size are kept to be sent again. */
  readonly maxBodyBytes: number;
}
