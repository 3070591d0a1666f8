import { Hono } from "hono";
import { isLoopback } from "../../config/host.ts";
import type { Address } from "../../core/runtime/address.ts";
import { metricsContentType, metricsText } from "../stats/metrics.ts";
import type { Stats } from "../stats/stats.ts";

/** What the admin address answers from. */
export interface AdminSource {
  /** The address it is bound to. */
  readonly address: Address;
  stats(): Stats;
}

const paths = ["/health", "/ready", "/stats", "/endpoints", "/metrics"];

/**
 * The admin API. It only reads.
 *
 * - `GET /health`: 200 while the process runs;
 * - `GET /ready`: 200 while new connections are accepted, else 503, with the phase;
 * - `GET /stats`, `GET /endpoints`: counters and states as JSON;
 * - `GET /metrics`: the counters for Prometheus.
 */
export function adminApp(source: AdminSource): (request: Request) => Response | Promise<Response> {
  const app = new Hono();
  app.use(async (context, next) => {
    // A page in a browser of this machine must not read it: neither cross-origin nor through DNS rebinding.
    if (context.req.header("origin") !== undefined) return context.json({ error: "Origin is not allowed" }, 403);
    if (!hostAllowed(context.req.header("host"), source.address)) {
      return context.json({ error: "Host is not allowed: use the admin address itself, or localhost" }, 403);
    }
    if (context.req.method !== "GET" && context.req.method !== "HEAD") {
      return context.json({ error: "Only GET is allowed" }, 405, { allow: "GET, HEAD" });
    }
    return next();
  });
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.get("/ready", (context) => {
    const { phase } = source.stats();
    return context.json({ phase }, phase === "ready" ? 200 : 503);
  });
  app.get("/stats", (context) => context.json(source.stats()));
  app.get("/endpoints", (context) =>
    context.json(
      source
        .stats()
        .upstreams.flatMap(({ name, policy, endpoints }) =>
          endpoints.map((endpoint) => ({ upstream: name, policy, ...endpoint })),
        ),
    ),
  );
  app.get("/metrics", (context) =>
    context.body(metricsText(source.stats()), 200, { "content-type": metricsContentType }),
  );
  app.notFound((context) => context.json({ error: `No such path: ${context.req.path}`, paths }, 404));
  app.onError((error, context) => context.json({ error: error.message }, 500));
  return (request) => app.fetch(request);
}

/** On a loopback address the Host must be a loopback name too; elsewhere any name may lead here. */
function hostAllowed(host: string | undefined, address: Address): boolean {
  if (address.kind === "unix" || !isLoopbackHost(address.host)) return true;
  if (host === undefined) return false;
  return isLoopbackHost(host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"));
}

/** `localhost`, or an address of the loopback network. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopback(host);
}
