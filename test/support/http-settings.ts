/** Settings of the HTTP data plane for tests, from the few words a test cares about. */
import type { HttpSettings, RouteSettings } from "../../src/core/server/http-settings.ts";
import type { HttpListenerSettings } from "../../src/core/server/settings.ts";
import { listenerSettings } from "./settings.ts";

/** The defaults of `config/`, with nothing added to requests. */
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

/** Every request goes to the upstream of `upstreamSettings`. */
export function routeSettings(more: Partial<RouteSettings> = {}): RouteSettings {
  const none = { remove: [], set: [], add: [] };
  return {
    name: "all",
    match: { headers: [], query: [] },
    action: { kind: "forward", upstreams: [{ name: "origins", weight: 1 }] },
    requestHeaders: none,
    responseHeaders: none,
    upgrades: [],
    tunnelTimeoutMs: 600_000,
    ...more,
  };
}
