import { Buffer } from "node:buffer";
import type { ExchangeRecord } from "../../src/core/observe/exchange-record.ts";
import type { UpstreamSettings } from "../../src/core/server/settings.ts";
import { hedgesOf } from "./exchange-truth.ts";
import { HttpClient } from "./http-client.ts";
import { HttpEndpoint } from "./http-endpoint.ts";
import type { AnswerPlan, HttpClientPlan, HttpPlan } from "./http-plan.ts";
import { RequestRun, Serving } from "./http-runs.ts";
import { routeFor } from "./model-client.ts";
import type { Asked } from "./model-heads.ts";
import type { Fault, Scenario } from "./scenario.ts";
import type { SimHost } from "./sim-host.ts";
import type { Report } from "./sim-network.ts";
import type { SimSocket } from "./sim-socket.ts";

/** The line of a request and its first fields are shorter. */
const maxStartBytes = 300;
/** Deadlines are coarse, and what is under way takes its time. */
const idleSlackMs = 1000;
/** Deadlines are coarse: two ticks of the wheel. */
const coarseMs = 100;
/** What the proxy puts around a body, and its own answers. */
const framingBytes = 16_384;
/** Faults in which deadlines do not run. */
const stalls: ReadonlySet<Fault["kind"]> = new Set<Fault["kind"]>(["loop-stall", "worker-stall", "host-stall"]);

/** All that speaks HTTP around the proxy: clients, endpoints, and what became of each request. */
export class HttpTraffic {
  readonly runs: Map<number, RequestRun> = new Map<number, RequestRun>();
  readonly servings: Serving[] = [];
  readonly clients: HttpClient[] = [];
  /** Clients that could not connect. */
  readonly failed: Set<number> = new Set<number>();
  readonly endpoints: HttpEndpoint[] = [];
  readonly records: ExchangeRecord[] = [];
  readonly fail: Report;
  readonly #scenario: Scenario;
  readonly #endpointOf = new Map<SimSocket, HttpEndpoint>();
  readonly #clientOf = new Map<RequestRun, HttpClient>();
  /** The last request on each of the proxy's connections to endpoints. */
  readonly #current = new Map<SimSocket, RequestRun>();
  /** What the proxy has sent first to endpoints that speak no HTTP. */
  readonly #begun = new WeakMap<SimSocket, string>();
  readonly #maxIdleMs: number;

  constructor(scenario: Scenario, plan: HttpPlan, proxy: SimHost, fail: Report) {
    this.#scenario = scenario;
    this.fail = fail;
    for (const client of plan.clients) this.add(client);
    const { upstreams } = scenario.settings;
    this.#maxIdleMs = Math.max(...upstreams.map(({ http }) => http.keepAlive.idleTimeoutMs));
    // What is kept of a request is sent in one write, and so is a head with what came behind it.
    const kept = Math.max(...upstreams.map(({ http }) => http.retry.maxBodyBytes));
    proxy.writesAheadBytes = kept + 2 * scenario.network.readBytes + framingBytes;
    proxy.onWrite = (socket, bytes) => {
      if (socket.accepted) return;
      if (this.#isRaw(socket)) this.#keepBegun(socket, bytes);
      else this.#proxySends(socket, bytes);
    };
  }

  /** The requests of a client are known from here on. */
  add(plan: HttpClientPlan): void {
    for (const request of plan.requests) this.runs.set(request.id, new RequestRun(request));
  }

  /** A client has its connection. */
  begin(plan: HttpClientPlan, socket: SimSocket): void {
    const runs = plan.requests.flatMap(({ id }) => this.runs.get(id) ?? []);
    const client = new HttpClient(this, plan, socket, runs);
    for (const run of runs) this.#clientOf.set(run, client);
    this.clients.push(client);
    client.start();
  }

  /** An endpoint has a connection. */
  accept(socket: SimSocket): HttpEndpoint {
    const endpoint = new HttpEndpoint(this, socket);
    this.endpoints.push(endpoint);
    this.#endpointOf.set(socket, endpoint);
    return endpoint;
  }

  /** A request has come to an endpoint. */
  serve(run: RequestRun, plan: AnswerPlan): Serving {
    const serving = new Serving(this.servings.length, run, plan);
    this.servings.push(serving);
    run.servings.push(serving);
    return serving;
  }

  /** An endpoint that speaks no HTTP has got a request, whose first line is this. */
  stray(line: string): void {
    const run = this.runs.get(Number(/\/([0-9]+)[ ?]/.exec(line)?.[1]));
    const client = run && this.#clientOf.get(run);
    if (client === undefined) this.fail("auto-tells", `nobody has sent ${line}`);
    else client.strayed = true;
  }

  #isRaw({ remoteAddress }: SimSocket): boolean {
    if (remoteAddress.kind !== "tcp") return false;
    return this.#scenario.endpoints[`${remoteAddress.host}:${remoteAddress.port}`]?.raw === true;
  }

  #keepBegun(socket: SimSocket, bytes: Uint8Array): void {
    const length = Math.min(bytes.byteLength, maxStartBytes);
    if (!this.#begun.has(socket))
      this.#begun.set(socket, Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1"));
  }

  /** There is a new connection to an endpoint: what is certain to be HTTP goes to none of another protocol. */
  connected(socket: SimSocket): void {
    const text = this.#begun.get(socket);
    if (text !== undefined && /^[A-Z]+ \/\S* HTTP\//.test(text)) this.fail("auto-tells", `${socket.name} gets ${text}`);
  }

  clientOf(run: RequestRun): HttpClient | undefined {
    return this.#clientOf.get(run);
  }

  /** An endpoint has sent a request's answer before it got the request: the proxy could not know that it was none. */
  isPoisoned(run: RequestRun): boolean {
    const isDirty = ({ other }: SimSocket): boolean =>
      other !== undefined && this.#endpointOf.get(other)?.dirty === true;
    return run.poisoned || this.#current.entries().some(([socket, one]) => one === run && isDirty(socket));
  }

  /** The endpoint that got a request last. */
  endpointOf(run: RequestRun): HttpEndpoint | undefined {
    return this.endpoints.findLast(({ serving }) => serving?.request === run);
  }

  /** What a deadline may be missed by as an endpoint sees it, since then. */
  slackMs(sinceMs: number): number {
    const { network } = this.#scenario;
    const wayMs = 2 * (network.latencyMs[1] + network.jitterMs[1]) + network.timerLatenessMs;
    return wayMs + idleSlackMs + this.#stalledMs(sinceMs);
  }

  /** How long a connection may have waited that is used again now, as its endpoint sees it. */
  maxIdleMs(keepAliveS: number, sinceMs: number): number {
    return (keepAliveS > 0 ? keepAliveS * 1000 : this.#maxIdleMs) + this.slackMs(sinceMs);
  }

  /** The proxy or an endpoint stood still for so long at most since then: deadlines count the time in which a loop turns. */
  #stalledMs(sinceMs: number): number {
    let ms = 0;
    for (const { atMs, fault } of this.#scenario.events)
      if (stalls.has(fault.kind) && "forMs" in fault && atMs + fault.forMs + 1000 >= sinceMs) ms += fault.forMs + 1000;
    return ms;
  }

  /** The proxy sends to an endpoint: whether that is a request, and may be one. */
  #proxySends(socket: SimSocket, bytes: Uint8Array): void {
    const first = bytes[0] ?? 0;
    if (first < 0x41 || first > 0x5a) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, maxStartBytes));
    const [, id] = /^[A-Z]+ \S+ HTTP\/1\.1\r\nHost: \S+\r\nX-Id: ([0-9]+)\r\n/.exec(text.toString("latin1")) ?? [];
    const run = this.runs.get(Number(id));
    if (run === undefined) return;
    run.sent++;
    this.#checkRepeat(run);
    this.#checkHedge(run, socket);
    const before = this.#current.get(socket);
    this.#current.set(socket, run);
    const endpoint = socket.other === undefined ? undefined : this.#endpointOf.get(socket.other);
    // What nobody asked for was taken for the answer to the request before, which is still on its way.
    if (endpoint?.dirty === true && before !== undefined && before !== endpoint.serving?.request)
      before.poisoned = true;
    if (endpoint?.serving === undefined || before !== endpoint.serving.request || before.poisoned) return;
    const what = `${socket.name} for request ${run.plan.id}`;
    if (endpoint.saidClose) this.fail("kept-is-usable", `${what}: its endpoint has said that it closes it`);
    if (socket.endTold) this.fail("kept-is-usable", `${what}: its endpoint has ended it`);
    if (!endpoint.serving.complete) this.fail("kept-is-usable", `${what}: the last answer was not whole`);
    else if (socket.toldBytes !== endpoint.answerEnd)
      this.fail("kept-is-usable", `${what}: ${socket.toldBytes} bytes came, the answers end at ${endpoint.answerEnd}`);
  }

  /** A request that may change something is sent once; others as often as the settings say. */
  #checkRepeat(run: RequestRun): void {
    const upstreams = this.upstreamsOf(run.plan.route);
    const once = !run.isIdempotent && !upstreams.some(({ http }) => http.retry.nonIdempotent);
    // A connection that was stale costs no attempt.
    const most = once ? 1 : 2 + Math.max(...upstreams.map(({ http }) => http.retry.attempts + hedgesOf(http)));
    if (run.sent > most)
      this.fail(
        once ? "not-repeated" : "retries-bounded",
        `${run.plan.method} ${run.plan.id} is sent ${run.sent} times`,
      );
  }

  /** A request that is sent while an attempt is under way: only to another endpoint, when the settings let it, and late enough. */
  #checkHedge(run: RequestRun, socket: SimSocket): void {
    const nowMs = socket.host.network.queue.nowMs;
    const others = run.sockets.filter((one) => one !== socket && !one.gone && this.#current.get(one) === run);
    const sentMs = run.sentMs;
    run.sockets.push(socket);
    run.sentMs = nowMs;
    if (others.length === 0) return;
    const what = `${run.plan.method} ${run.plan.id}`;
    const upstreams = this.upstreamsOf(run.plan.route);
    const delayMs = Math.min(...upstreams.map(({ http }) => http.hedge?.delayMs ?? Infinity));
    if (others.length > 1) this.fail("hedges-bounded", `${what} is sent while ${others.length} attempts are under way`);
    if (nowMs - sentMs < delayMs - coarseMs)
      this.fail("hedges-bounded", `${what} is sent again after ${nowMs - sentMs} ms, not ${delayMs}`);
    if (!this.#isAdded(socket) && others.some((one) => addressOf(one) === addressOf(socket)))
      this.fail("hedges-bounded", `${what} is sent to ${addressOf(socket)} twice at a time`);
    const { upgrades = [] } = routeFor(this.#scenario.settings.routes, run.plan.route) ?? {};
    if (run.plan.upgrade && upgrades.length > 0)
      this.fail("hedges-bounded", `${what} asks for a tunnel, and is sent twice at a time`);
    if (!run.whole && run.plan.body.bytes > 0) this.fail("hedges-bounded", `${what} is sent twice before it is whole`);
  }

  /** An endpoint was added with this address: another one may have it too, by its name. */
  #isAdded(socket: SimSocket): boolean {
    return this.#scenario.events.some(({ fault }) => {
      if (fault.kind !== "add-endpoint" || fault.settings.address.kind !== "tcp") return false;
      return `${fault.settings.address.host}:${fault.settings.address.port}` === addressOf(socket);
    });
  }

  /** A request, as the proxy is asked by its client. */
  asked(run: RequestRun): Asked {
    const { plan } = run;
    const { listeners, routes } = this.#scenario.settings;
    const client = this.#clientOf.get(run);
    const listener = listeners[client?.plan.listener ?? 0];
    const { localAddress: peer } = client?.socket ?? {};
    if (
      listener === undefined ||
      listener.protocol === "tcp" ||
      listener.address.kind !== "tcp" ||
      peer?.kind !== "tcp"
    )
      throw new Error(`Request ${plan.id} has come from nowhere`);
    const { name, http, address } = listener;
    return { plan, listener: name, http, port: address.port, route: routeFor(routes, plan.route), peer };
  }

  /** Where the requests of a route may go. */
  upstreamsOf(path: string): readonly UpstreamSettings[] {
    const { routes, upstreams } = this.#scenario.settings;
    const route = routeFor(routes, path);
    if (route?.action.kind !== "forward") return [];
    const names = route.action.upstreams.map(({ name }) => name);
    return upstreams.filter(({ name }) => names.includes(name));
  }
}

function addressOf({ remoteAddress }: SimSocket): string {
  return remoteAddress.kind === "tcp" ? `${remoteAddress.host}:${remoteAddress.port}` : remoteAddress.path;
}
