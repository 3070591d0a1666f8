/** Settings of HTTP for tests, from the few words a test cares about. */
import type { ForwardAction, HttpSettings, RouteSettings } from "../../src/core/server/http-settings.ts";
import type { HttpListenerSettings } from "../../src/core/server/settings.ts";
import { listenerSettings } from "./settings.ts";

/** What an http listener says when its config says nothing; nothing is added to requests. */
export function httpSettings(more: Partial<HttpSettings> = {}): HttpSettings {
  return {
    headerTimeoutMs: 10_000,
    idleTimeoutMs: 60_000,
    bodyTimeoutMs: 30_000,
    minBodyRate: { bytesPerSecond: 240, graceMs: 10_000 },
    maxRequests: 1000,
    maxAgeMs: 3_600_000,
    maxLineBytes: 8192,
    maxHeadBytes: 16_384,
    maxHeaders: 100,
    trustedProxies: [],
    forwarding: { xForwarded: false, forwarded: false, xRealIp: false, via: "", requestId: "off", trace: "off" },
    encodedSlashes: "reject",
    mergeSlashes: true,
    errorPages: [],
    trailers: [],
    ...more,
  };
}

/** An http listener on a free port of the loopback address. */
export function httpListenerSettings(
  http: Partial<HttpSettings> = {},
  more: Partial<HttpListenerSettings> = {},
): HttpListenerSettings {
  const { upstream: _, ...common } = listenerSettings();
  return { ...common, protocol: "http", http: httpSettings(http), ...more };
}

/** A route that forwards all to the upstream `origins`. */
export function routeSettings(more: Partial<RouteSettings> = {}): RouteSettings {
  return {
    name: "all",
    match: { headers: [], query: [] },
    action: forwardTo("origins"),
    requestHeaders: { remove: [], set: [], add: [] },
    responseHeaders: { remove: [], set: [], add: [] },
    upgrades: ["websocket"],
    tunnelTimeoutMs: 600_000,
    ...more,
  };
}

/** Forwards to an upstream. */
export function forwardTo(name: string): ForwardAction {
  return { kind: "forward", upstreams: [{ name, weight: 1 }] };
}
