import type { HttpSettings, RouteSettings, UpstreamHttpSettings } from "../../src/core/server/http-settings.ts";

/** How the proxy is set for cases, beside its defaults. */
export interface Profile {
  readonly http?: Partial<HttpSettings>;
  readonly route?: Partial<RouteSettings>;
  readonly upstream?: Partial<UpstreamHttpSettings>;
}

const plain: HttpSettings["forwarding"] = {
  xForwarded: false,
  forwarded: false,
  xRealIp: false,
  via: "",
  requestId: "off",
  trace: "off",
};

const xForwarded = { ...plain, xForwarded: true, xRealIp: true };

/** All of them. `bare` adds no field, so that cases about something else stay readable. */
export const profiles = {
  bare: { http: { forwarding: plain } },
  websocket: { http: { forwarding: plain }, route: { upgrades: ["websocket"] } },
  forwarding: { http: { forwarding: xForwarded } },
  trusting: { http: { forwarding: xForwarded, trustedProxies: ["127.0.0.0/8"] } },
  standard: { http: { forwarding: { ...plain, forwarded: true, via: "geryon" } } },
  standardTrusting: {
    http: { forwarding: { ...plain, forwarded: true, via: "geryon" }, trustedProxies: ["127.0.0.0/8"] },
  },
  tracing: { http: { forwarding: { ...plain, trace: "continue", requestId: "keep" } } },
  trailers: { http: { forwarding: plain, trailers: ["grpc-status", "grpc-message"] } },
  keepSlashes: { http: { forwarding: plain, encodedSlashes: "keep", mergeSlashes: false } },
  smallBodies: { http: { forwarding: plain, maxBodyBytes: 10 } },
  impatient: { http: { forwarding: plain, headerTimeoutMs: 300, bodyTimeoutMs: 300, idleTimeoutMs: 300 } },
  impatientForAnswers: { http: { forwarding: plain }, upstream: { responseTimeoutMs: 300, readTimeoutMs: 300 } },
  twoRequests: { http: { forwarding: plain, maxRequests: 2 } },
} as const satisfies Record<string, Profile>;

/** The name of one. */
export type ProfileName = keyof typeof profiles;
