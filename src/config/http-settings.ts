/** Turns `http` of a listener and of an upstream into what the data plane is built from. */
import type { HttpRetrySettings, HttpSettings, UpstreamHttpSettings } from "../core/server/http-settings.ts";
import { makeErrorPage } from "./error-page.ts";
import type { ConfigFiles } from "./files.ts";
import type { HttpEntry } from "./http-schema.ts";
import type { HttpRetryMap, UpstreamHttpEntry } from "./upstream-http-schema.ts";

/** The settings of a listener. */
export function makeHttp(entry: HttpEntry, files: ConfigFiles): HttpSettings {
  const { minBodyRate: rate, maxBody, forwarding } = entry;
  return {
    headerTimeoutMs: entry.headerTimeout,
    idleTimeoutMs: entry.idleTimeout,
    bodyTimeoutMs: entry.bodyTimeout,
    minBodyRate: rate === false ? noRate : { bytesPerSecond: rate.rate, graceMs: rate.after },
    maxRequests: entry.maxRequests,
    maxAgeMs: entry.maxAge,
    maxLineBytes: entry.maxLine,
    maxHeadBytes: entry.maxHead,
    maxHeaders: entry.maxHeaders,
    ...(maxBody === 0 ? {} : { maxBodyBytes: maxBody }),
    trustedProxies: entry.trustedProxies,
    forwarding: {
      xForwarded: forwarding.xForwarded,
      forwarded: forwarding.forwarded,
      xRealIp: forwarding.realIp,
      via: forwarding.via,
      requestId: forwarding.requestId,
      trace: forwarding.trace,
    },
    encodedSlashes: entry.encodedSlashes,
    mergeSlashes: entry.mergeSlashes,
    errorPages: Object.entries(entry.errorPages).map(([status, page]) => makeErrorPage(status, page, files)),
    trailers: entry.trailers.map((name) => name.toLowerCase()),
  };
}

/** The settings of an upstream. */
export function makeUpstreamHttp(entry: UpstreamHttpEntry): UpstreamHttpSettings {
  const { keepAlive, retry, hedge } = entry;
  return {
    responseTimeoutMs: entry.responseTimeout,
    readTimeoutMs: entry.readTimeout,
    keepAlive:
      keepAlive === false
        ? noKeepAlive
        : { idleTimeoutMs: keepAlive.idleTimeout, maxIdle: keepAlive.maxIdle, maxAgeMs: keepAlive.maxAge },
    retry: retry === false ? noRetry : makeRetry(retry),
    ...(hedge === false ? {} : { hedge: { delayMs: hedge.delay } }),
  };
}

const noRate = { bytesPerSecond: 0, graceMs: 0 };

const noKeepAlive = { idleTimeoutMs: 0, maxIdle: 0, maxAgeMs: 0 };

const noRetry: HttpRetrySettings = {
  attempts: 0,
  on: [],
  nonIdempotent: false,
  backoffMs: 0,
  maxBackoffMs: 0,
  maxBodyBytes: 0,
};

function makeRetry(entry: HttpRetryMap): HttpRetrySettings {
  const { perTryTimeout } = entry;
  return {
    attempts: entry.attempts,
    on: entry.on,
    nonIdempotent: entry.nonIdempotent,
    backoffMs: entry.backoff,
    // The default gives way to a longer backoff; a shorter one that was written has been refused.
    maxBackoffMs: Math.max(entry.maxBackoff, entry.backoff),
    maxBodyBytes: entry.maxBody,
    ...(perTryTimeout === undefined ? {} : { perTryTimeoutMs: perTryTimeout }),
  };
}
