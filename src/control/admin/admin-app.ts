import { type Context, Hono } from "hono";
import { isLoopback } from "../../config/host.ts";
import { makeMistake } from "../../config/mistake.ts";
import { type Address, formatAddress } from "../../core/runtime/address.ts";
import { metricsText } from "../stats/metrics.ts";
import { metricsContentType } from "../stats/metrics-text.ts";
import { AdminError, errorBody } from "./admin-error.ts";
import type { AdminSource } from "./admin-source.ts";
import { EndpointActions } from "./endpoint-actions.ts";
import { endpointChangeSchema, newEndpointSchema } from "./endpoint-bodies.ts";
import { readBody } from "./request-body.ts";

/** All paths with the methods they take, HEAD aside. */
const paths: Readonly<Record<string, readonly string[]>> = {
  "/health": ["GET"],
  "/ready": ["GET"],
  "/stats": ["GET"],
  "/endpoints": ["GET"],
  "/metrics": ["GET"],
  "/drain": ["POST"],
  "/upstreams/:upstream/reset": ["POST"],
  "/upstreams/:upstream/endpoints": ["GET", "POST"],
  "/upstreams/:upstream/endpoints/:endpoint": ["GET", "PATCH", "DELETE"],
  "/upstreams/:upstream/endpoints/:endpoint/reset": ["POST"],
};

/**
 * The admin API. Every answer but that of `/metrics` is JSON; one that says no is `{ error, expected?, hint? }`.
 *
 * It reads:
 *
 * - `GET /health`: 200 while the process runs;
 * - `GET /ready`: 200 while new connections are accepted, else 503, with the phase;
 * - `GET /stats`, `GET /endpoints`, `GET /upstreams/U/endpoints`, `GET /upstreams/U/endpoints/E`: counters and states;
 * - `GET /metrics`: the counters for Prometheus.
 *
 * And it acts, on a loopback address or a unix socket only:
 *
 * - `PATCH /upstreams/U/endpoints/E` with `{ state?, weight? }`;
 * - `POST /upstreams/U/endpoints/E/reset`, `POST /upstreams/U/reset`: ends ejections, closes breakers;
 * - `POST /upstreams/U/endpoints` with `{ address, weight?, priority?, maxConnections?, state? }`;
 * - `DELETE /upstreams/U/endpoints/E`: its running connections go on;
 * - `POST /drain`: as SIGTERM.
 *
 * Names in a path are percent-encoded: `unix%3A%2Frun%2Fa.sock`.
 */
export function adminApp(source: AdminSource): (request: Request) => Response | Promise<Response> {
  const app = new Hono();
  app.use(async (context, next) => {
    // A page in a browser of this machine must not reach it: neither cross-origin nor through DNS rebinding.
    if (context.req.header("origin") !== undefined) throw forbidden("Origin is not allowed");
    if (!hostAllowed(context.req.header("host"), source.address)) {
      throw forbidden("Host is not allowed: use the admin address itself, or localhost");
    }
    return next();
  });
  addReads(app, source);
  addActions(app, source);
  for (const [path, methods] of Object.entries(paths)) app.all(path, (context) => wrongMethod(context, methods));
  app.notFound((context) =>
    context.json({ error: `No such path: ${context.req.path}`, paths: Object.keys(paths) }, 404),
  );
  app.onError((error, context) =>
    error instanceof AdminError
      ? context.json(errorBody(error.mistake), error.status)
      : context.json({ error: error.message }, 500),
  );
  return (request) => app.fetch(request);
}

function addReads(app: Hono, source: AdminSource): void {
  const endpoints = new EndpointActions(source);
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.get("/ready", (context) => {
    const { phase } = source.stats();
    return context.json({ phase }, phase === "ready" ? 200 : 503);
  });
  app.get("/stats", (context) => context.json(source.stats()));
  app.get("/endpoints", (context) =>
    context.json(source.server.upstreams.flatMap((upstream) => endpoints.list(upstream.settings.name))),
  );
  app.get("/metrics", (context) =>
    context.body(metricsText(source.stats()), 200, { "content-type": metricsContentType }),
  );
  app.get("/upstreams/:upstream/endpoints", (context) => context.json(endpoints.list(context.req.param("upstream"))));
  app.get("/upstreams/:upstream/endpoints/:endpoint", (context) =>
    context.json(endpoints.show(context.req.param("upstream"), context.req.param("endpoint"))),
  );
}

function addActions(app: Hono, source: AdminSource): void {
  const endpoints = new EndpointActions(source);
  app.on(["POST", "PATCH", "DELETE"], Object.keys(paths), (_context, next) => {
    if (mayAct(source.address)) return next();
    const what = `The admin address ${formatAddress(source.address)} can be reached from other machines, so it only reads`;
    throw new AdminError(403, makeMistake(what, "a loopback address or a unix socket"));
  });
  app.post("/drain", (context) => {
    source.onAction({ action: "drain" });
    const { activeConnections } = source.server;
    return context.json({ phase: "draining", activeConnections, ...source.drain() }, 202);
  });
  app.post("/upstreams/:upstream/reset", (context) => context.json(endpoints.resetAll(context.req.param("upstream"))));
  app.post("/upstreams/:upstream/endpoints", async (context) => {
    const body = await readBody(context.req.raw, newEndpointSchema);
    return context.json(endpoints.add(context.req.param("upstream"), body), 201);
  });
  app.patch("/upstreams/:upstream/endpoints/:endpoint", async (context) => {
    const body = await readBody(context.req.raw, endpointChangeSchema);
    return context.json(endpoints.change(context.req.param("upstream"), context.req.param("endpoint"), body));
  });
  app.delete("/upstreams/:upstream/endpoints/:endpoint", (context) =>
    context.json(endpoints.remove(context.req.param("upstream"), context.req.param("endpoint"))),
  );
  app.post("/upstreams/:upstream/endpoints/:endpoint/reset", (context) =>
    context.json(endpoints.reset(context.req.param("upstream"), context.req.param("endpoint"))),
  );
}

function wrongMethod(context: Context, methods: readonly string[]): Response {
  const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
  return context.json({ error: `Method ${context.req.method} is not allowed`, expected: allowed }, 405, {
    allow: allowed,
  });
}

function forbidden(what: string): AdminError {
  return new AdminError(403, makeMistake(what));
}

/** Only who is on this machine may change what the proxy does. */
function mayAct(address: Address): boolean {
  return address.kind === "unix" || isLoopbackHost(address.host);
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
