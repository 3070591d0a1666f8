import type { ExchangeRecord } from "../../src/core/observe/exchange-record.ts";
import { outcomes } from "../../src/core/observe/outcome.ts";
import type { UpstreamHttpSettings } from "../../src/core/server/http-settings.ts";
import type { UpstreamSettings } from "../../src/core/server/settings.ts";
import type { RequestRun } from "./http-runs.ts";
import { routeFor } from "./model-client.ts";
import { clientIpOf } from "./model-heads.ts";
import type { Run } from "./run-scenario.ts";
import type { SimSocket } from "./sim-socket.ts";

/** Deadlines are coarse: two ticks of the wheel. */
const coarseMs = 100;
/** What can be read is read within this time. */
const promptMs = 250;
/** What the proxy keeps of what a client sends ahead. */
const maxAheadBytes = 16_384;

/** What the record of an exchange says must be what happened. Called in the moment in which the proxy makes it. */
export function checkExchange(run: Run, record: ExchangeRecord): void {
  const { http } = run.world;
  if (http === undefined) return run.report("one-record", "an exchange where nobody speaks HTTP");
  http.records.push(record);
  checkStatus(run, record);
  const id = Number(record.target.split("?", 1)[0]?.split("/").at(-1));
  const request = http.runs.get(id);
  if (request === undefined) {
    // Of what could not be read there is no target.
    if (record.target !== "") run.report("one-record", `nobody has asked for ${record.target}`);
    return;
  }
  if (request.record !== undefined) run.report("one-record", `a second one for ${record.target}: ${record.outcome}`);
  request.record = record;
  checkAhead(run, record, request);
  const clientIp = clientIpOf(http.asked(request));
  if (record.client !== clientIp)
    run.report("client-true", `${record.target} came from ${clientIp}, and not from ${record.client}`);
  const upstream = run.scenario.settings.upstreams.find(({ name }) => name === record.upstream);
  if (upstream !== undefined) checkAttempts(run, record, request, upstream);
  checkOutcome(run, record, request, upstream);
}

/** The status is that of the outcome, unless an endpoint's was sent already. */
function checkStatus({ report, world }: Run, { target, status, outcome, endpoint }: ExchangeRecord): void {
  const { status: own } = outcomes[outcome];
  if (outcome === "ok" || own === 0 || status === own) return;
  const said = world.http?.servings.some(({ plan }) => plan.status === status) === true;
  if (endpoint === undefined || !said) report("status-agrees", `${target}: ${status} for ${outcome}`);
}

/** What came behind the request is bounded: the proxy reads ahead only so far. */
function checkAhead(run: Run, record: ExchangeRecord, { end }: RequestRun): void {
  if (record.status === 101) return;
  const aheadBytes = (socketOf(run, record)?.toldBytes ?? 0) - end;
  const mostBytes = maxAheadBytes + 2 * run.scenario.network.readBytes;
  if (aheadBytes > mostBytes)
    run.report("bounded-memory", `${record.target}: ${aheadBytes} bytes came ahead of their turn`);
}

/** The proxy's end of the client's connection. */
function socketOf({ accepted }: Run, { peer }: ExchangeRecord): SimSocket | undefined {
  return peer.kind === "tcp" ? accepted.get(`${peer.host}:${peer.port}`) : undefined;
}

/** How many attempts of a request may be hedges. */
export function hedgesOf({ hedge }: UpstreamHttpSettings): number {
  return hedge === undefined ? 0 : 1;
}

function checkAttempts(
  { report }: Run,
  { target, attempts }: ExchangeRecord,
  { sent }: RequestRun,
  { connectRetries, http }: UpstreamSettings,
): void {
  // A connection that had gone while it was idle is one more.
  const most = 2 + connectRetries + http.retry.attempts + hedgesOf(http);
  if (attempts > most) report("attempts-bounded", `${target}: ${attempts} attempts, at most ${most} may be`);
  if (sent > attempts) report("attempts-bounded", `${target}: sent ${sent} times in ${attempts} attempts`);
}

function checkOutcome(
  run: Run,
  record: ExchangeRecord,
  request: RequestRun,
  upstream: UpstreamSettings | undefined,
): void {
  const { outcome, durationMs, queueMs = 0 } = record;
  const untrue = (what: string): void => run.report("outcome-true", `${record.target} ${outcome}: ${what}`);
  const { flaw } = request.plan;
  switch (outcome) {
    case "ok":
      // An endpoint may have answered before the flaw came.
      if (flaw !== "none" && flaw !== "bad-chunk") untrue(`it was flawed: ${flaw}`);
      return;
    case "request-timeout": {
      const unreadMs = socketOf(run, record)?.unreadMs ?? 0;
      if (unreadMs > promptMs && run.world.queue.nowMs > run.world.stalledUntilMs + promptMs)
        untrue(`what the client sent was not read for ${unreadMs} ms`);
      return;
    }
    case "response-stalled": {
      const unreadMs = run.world.http?.endpointOf(request)?.socket.other?.unreadMs ?? 0;
      if (unreadMs > promptMs && run.world.queue.nowMs > run.world.stalledUntilMs + promptMs)
        untrue(`what its endpoint sent was not read for ${unreadMs} ms`);
      return;
    }
    case "client-reset":
    case "client-timeout": {
      const socket = socketOf(run, record);
      if (socket?.failed !== true) untrue("nothing of the kind came from the client");
      return;
    }
    case "queue-timeout":
      if (queueMs < (upstream?.queue.timeoutMs ?? 0) - coarseMs) untrue(`it waited for ${queueMs} ms`);
      return;
    case "response-timeout": {
      if (request.sent === 0) untrue("it was never sent");
      // Without a fault what was sent arrives.
      const faultless = run.scenario.events.length === 0 && flaw === "none";
      if (faultless && request.whole && request.servings.at(-1)?.gotWhole === false)
        untrue("its endpoint was not sent all of it");
      const leastMs = leastResponseMs(run, record, upstream);
      if (durationMs < leastMs - coarseMs) untrue(`after ${durationMs} ms`);
      return;
    }
    case "response-malformed":
      if (!request.servings.some(({ plan }) => plan.flaw !== "none" || plan.status === 101))
        if (run.world.http?.isPoisoned(request) !== true) untrue("its endpoint answered well");
      return;
    case "no-route":
      if (routeFor(run.scenario.settings.routes, request.plan.route) !== undefined) untrue("there is one");
      return;
    default:
  }
}

function leastResponseMs(
  { scenario }: Run,
  { route: name }: ExchangeRecord,
  upstream: UpstreamSettings | undefined,
): number {
  if (upstream === undefined) return 0;
  const route = scenario.settings.routes.find((one) => one.name === name);
  const { retry, responseTimeoutMs } = upstream.http;
  return Math.min(retry.perTryTimeoutMs ?? Infinity, route?.responseTimeoutMs ?? responseTimeoutMs);
}
