/** What must hold of HTTP, besides what clients and endpoints check themselves. */
import type { ListenerSettings } from "../../src/core/server/settings.ts";
import { hedgesOf } from "./exchange-truth.ts";
import type { HttpClient } from "./http-client.ts";
import type { RequestRun } from "./http-runs.ts";
import type { HttpTraffic } from "./http-traffic.ts";
import { mayBeRefused, refusalsOf } from "./invariants.ts";
import { routeFor } from "./model-client.ts";
import type { Run } from "./run-scenario.ts";
import { firstLateId } from "./world.ts";

/** How long a client may take to end its side, and what the proxy's coarse time adds. */
const lingerMs = 4500;
/** Deadlines are coarse: two ticks of the wheel. */
const coarseMs = 100;

type Check = (run: Run, http: HttpTraffic, fail: (message: string) => void) => void;

/** What must hold long after the last fault, before anything new comes. */
const whenQuiet: Readonly<Record<string, Check>> = {
  "idle-is-closed"({ world }, http, fail) {
    for (const { socket, idle, idleSinceMs, serving, answerEnd } of http.endpoints) {
      const { other } = socket;
      if (!idle || socket.gone || socket.disturbed || other?.gone !== false || other.toldBytes < answerEnd) continue;
      const idleMs = world.queue.nowMs - idleSinceMs;
      if (idleMs > http.maxIdleMs(serving?.plan.keepAliveS ?? 0, idleSinceMs))
        fail(`${socket.name} is still there after ${idleMs} ms`);
    }
  },
  "auto-decides"({ accepted, world, scenario }, _, fail) {
    const { listeners, upstreams } = scenario.settings;
    for (const { plan, peer, address } of world.clients) {
      const listener = listeners[plan.listener];
      const socket = address === undefined ? undefined : accepted.get(address);
      if (plan.opening !== "silent" || listener?.protocol !== "auto" || socket?.gone !== false) continue;
      if (peer === undefined || peer.receivedBytes > 0 || peer.socket.disturbed) continue;
      const upstream = upstreams.find(({ name }) => name === listener.upstream);
      const { connectTimeoutMs = 0, connectRetries = 0, queue } = upstream ?? {};
      const connectMs = (queue?.timeoutMs ?? 0) + (connectRetries + 1) * connectTimeoutMs;
      const mostMs = listener.detectTimeoutMs + connectMs + listener.idleTimeoutMs + lingerMs;
      const quietMs = world.queue.nowMs - Math.max(socket.lastMovedMs, world.stalledUntilMs);
      if (quietMs > mostMs) fail(`${socket.name} waits for the other side to begin for ${quietMs} ms of ${mostMs}`);
    }
  },
  "deadlines-hold"({ accepted, world, scenario }, http, fail) {
    for (const { socket, serving } of http.endpoints) {
      if (serving === undefined || !serving.silent || !serving.gotWhole || serving.request.record !== undefined)
        continue;
      if (socket.gone || socket.disturbed || serving.plan.interim.length > 0) continue;
      const { plan } = serving.request;
      const route = routeFor(scenario.settings.routes, plan.route);
      const upstreams = http.upstreamsOf(plan.route);
      const timeoutMs = route?.responseTimeoutMs ?? Math.max(...upstreams.map((one) => one.http.responseTimeoutMs));
      const waitedMs = world.queue.nowMs - serving.gotWholeMs;
      if (waitedMs > timeoutMs + http.slackMs(serving.gotWholeMs))
        fail(`request ${plan.id} waits for its answer for ${waitedMs} ms of ${timeoutMs}`);
    }
    const mostMs = mostQuietMs(scenario.settings.listeners, scenario.settings);
    for (const socket of accepted.values()) {
      const quietMs = world.queue.nowMs - Math.max(socket.lastMovedMs, world.stalledUntilMs);
      if (!socket.gone && quietMs > mostMs) fail(`${socket.name} is still there after ${quietMs} ms of ${mostMs}`);
    }
  },
};

/** What must hold when all is well again. */
const whenSettled: Readonly<Record<string, Check>> = {
  "serves-again"(run, http, fail) {
    for (const client of http.clients) {
      const [request] = client.runs;
      if (client.plan.id < firstLateId || request === undefined) continue;
      const upstreams = http.upstreamsOf(request.plan.route);
      if (upstreams.some(({ name }) => mayBeRefused(run, client.plan.listener, name))) continue;
      if (!request.answered || request.status !== 200)
        fail(`client ${client.plan.id} comes when all is well, and gets ${request.status} ${request.record?.outcome}`);
    }
  },
};

const atEnd: Readonly<Record<string, Check>> = {
  "outcomes-add-up"({ server, workers, records }, http, fail) {
    let counted = 0;
    let ended = 0;
    for (const { service } of server.listeners) {
      const own = "http" in service ? service.http : service;
      if (!("requests" in own)) continue;
      const { outcomes, clients } = service.counters;
      const all = Object.values(outcomes).reduce((sum, { total }) => sum + total, 0);
      const died = outcomes["worker-died"].total;
      ended += died;
      const exchanges = own.requests.total;
      counted += exchanges;
      const others = all - died - refusalsOf(service) - exchanges;
      const relayed = records
        .values()
        .filter(({ listener }) => listener === service.settings.name)
        .toArray().length;
      // Who left before it was known what it spoke is counted, and has no record.
      const undecided = "http" in service ? clients.total - died - refusalsOf(service) - relayed : 0;
      if (others < relayed || others > relayed + undecided)
        fail(`${others} outcomes besides those of ${exchanges} requests, and ${relayed} relayed connections`);
      const statuses = own.answered.statuses.reduce((sum, count) => sum + count, 0);
      if (statuses !== exchanges) fail(`${statuses} statuses of ${exchanges} requests`);
    }
    const lost = workers?.lost ?? 0;
    if (ended !== lost) fail(`${ended} connections that ended with their worker, and ${lost} did`);
    if (counted !== http.records.length) fail(`${http.records.length} records of ${counted} requests`);
  },
  "bytes-add-up"({ server, workers, records }, http, fail) {
    if (workers !== undefined && workers.lost > 0) return;
    for (const { service } of server.listeners) {
      const all = [...http.records, ...records.values()];
      const own = all.filter(({ listener }) => listener === service.settings.name);
      const up = own.reduce((sum, { bytesUp }) => sum + bytesUp, 0);
      const down = own.reduce((sum, { bytesDown }) => sum + bytesDown, 0);
      if (up !== service.counters.up.total) fail(`${service.counters.up.total} bytes up, ${up} in the records`);
      if (down !== service.counters.down.total)
        fail(`${service.counters.down.total} bytes down, ${down} in the records`);
    }
  },
  "clients-are-told"(_, http, fail) {
    for (const { plan, socket, closeReason, endSeen, finSent } of http.clients)
      if (closeReason === undefined && !socket.disturbed && !(endSeen && !finSent))
        fail(`client ${plan.id} still waits`);
  },
  "limits-hold"({ scenario }, http, fail) {
    for (const { plan, runs } of http.clients) {
      const listener = scenario.settings.listeners[plan.listener];
      if (listener === undefined || listener.protocol === "tcp") continue;
      const answered = runs.filter((one) => one.answered).length;
      const { maxRequests } = listener.http;
      if (answered > maxRequests)
        fail(`client ${plan.id} gets ${answered} answers on a connection of ${maxRequests} requests`);
    }
  },
  "records-agree"(run, http, fail) {
    const lost = run.workers !== undefined && run.workers.lost > 0;
    for (const client of http.clients)
      for (const [at, request] of client.runs.entries()) {
        checkRecord(request, lost, fail);
        if (request.record?.outcome !== "ok" || request.answered || request.status === 101) continue;
        // With the answer to a later one that cannot be whole, what its client has not read of this one is cut too.
        const cut = client.runs.slice(at + 1).some(({ record }) => record !== undefined && record.outcome !== "ok");
        if (!cut && !mayBeCut(run, client))
          fail(`${request.plan.id}: the record says ok, and the client got no whole answer: ${request.status}`);
      }
  },
};

/** What was passed on may not arrive: the client is gone, or takes nothing for long, or all is cut. */
function mayBeCut({ finishMs, scenario }: Run, { clean, socket, plan, closeReason }: HttpClient): boolean {
  const listener = scenario.settings.listeners[plan.listener];
  const { other } = socket;
  if (!clean || socket.orphaned || other === undefined || other.goneMs >= finishMs) return true;
  if (listener === undefined || listener.protocol === "tcp") return true;
  // All of it is there, and FIN, but the client sends more instead of reading.
  if (other.waitedAtClose === 0) return other.endRequested && closeReason === "reset";
  return other.goneMs - other.lastMovedMs >= listener.http.bodyTimeoutMs - coarseMs;
}

/** What a client saw of a request is what the record of it says. */
function checkRecord(request: RequestRun, lost: boolean, fail: (message: string) => void): void {
  const { record, plan, status, answered, bodyBytes, serving } = request;
  const who = `${plan.method} ${plan.id}`;
  if (record === undefined) {
    // Of what could not be read the record has no target.
    if (status !== 0 && plan.flaw === "none" && !lost && status !== 408) fail(`${who}: ${status}, and no record`);
    if (flawStatus[plan.flaw] !== undefined && status !== 0 && status !== flawStatus[plan.flaw] && status !== 408)
      fail(`${who}: ${status} for ${plan.flaw}`);
    return;
  }
  if (status !== 0 && record.status !== status) fail(`${who}: ${status}, and ${record.status} in the record`);
  if (status !== 101 && answered && serving !== undefined && record.bytesDown !== bodyBytes)
    fail(`${who}: ${bodyBytes} bytes, and ${record.bytesDown} in the record`);
}

/** How each flaw of a head is answered. */
const flawStatus: Readonly<Record<string, number>> = {
  "both-framings": 400,
  "two-lengths": 400,
  "no-host": 400,
  "space-before-colon": 400,
  "bare-line-feed": 400,
  version: 505,
  "long-target": 414,
  "long-head": 431,
  expectation: 417,
  connect: 501,
};

/** The longest that a connection may be without a byte that moves: all deadlines, one after the other. */
function mostQuietMs(
  listeners: readonly ListenerSettings[],
  { upstreams, routes }: Run["scenario"]["settings"],
): number {
  let ms = lingerMs;
  for (const listener of listeners) {
    if (listener.protocol === "tcp") continue;
    const { headerTimeoutMs, idleTimeoutMs, bodyTimeoutMs } = listener.http;
    if (listener.protocol === "auto") ms = Math.max(ms, lingerMs + listener.detectTimeoutMs + listener.idleTimeoutMs);
    ms = Math.max(ms, lingerMs + headerTimeoutMs + idleTimeoutMs + 2 * bodyTimeoutMs + listener.finTimeoutMs);
  }
  let upstreamMs = 0;
  for (const { connectTimeoutMs, connectRetries, queue, http } of upstreams) {
    const tries = connectRetries + http.retry.attempts + hedgesOf(http) + 2;
    const tryMs = queue.timeoutMs + connectTimeoutMs + http.responseTimeoutMs + http.retry.maxBackoffMs;
    upstreamMs = Math.max(upstreamMs, tries * tryMs + http.readTimeoutMs);
  }
  const routeMs = Math.max(0, ...routes.map((route) => route.tunnelTimeoutMs + (route.responseTimeoutMs ?? 0)));
  return ms + upstreamMs + 5 * routeMs;
}

function check(checks: Readonly<Record<string, Check>>, run: Run): void {
  const { http } = run.world;
  if (http === undefined) return;
  for (const [name, ask] of Object.entries(checks)) ask(run, http, (message) => run.report(name, message));
}

/** Checks what must hold when nothing has happened for long. */
export function checkHttpWhenQuiet(run: Run): void {
  check(whenQuiet, run);
}

/** Checks what must hold when all is well again. */
export function checkHttpWhenSettled(run: Run): void {
  check(whenSettled, run);
}

/** Checks what must hold when all is over. */
export function checkHttpAtEnd(run: Run): void {
  check(atEnd, run);
}
