/** A proxy between clients and endpoints that the test plays, in virtual time: what it does is seen byte by byte. */
import assert from "node:assert/strict";
import type { ExchangeRecord } from "../../src/core/observe/exchange-record.ts";
import type { Random } from "../../src/core/runtime/clock.ts";
import type { ConnectFailure, Runtime } from "../../src/core/runtime/runtime.ts";
import type { Endpoint } from "../../src/core/upstream/endpoint.ts";
import type { HttpService } from "../../src/core/http/http-service.ts";
import type { HttpSettings, RouteSettings, UpstreamHttpSettings } from "../../src/core/server/http-settings.ts";
import { ProxyServer } from "../../src/core/server/proxy-server.ts";
import type { EndpointSettings, HttpListenerSettings, UpstreamSettings } from "../../src/core/server/settings.ts";
import { seededRandom } from "./fake-clock.ts";
import { type FakeConnect, FakeNetwork } from "./fake-network.ts";
import { httpListenerSettings, routeSettings } from "./http-settings.ts";
import { endpointSettings, upstreamSettings } from "./settings.ts";
import { PlayedLoop, PlayedSocket } from "./played-socket.ts";

/** What a test says other than the defaults. */
export interface HttpStageOptions {
  readonly http?: Partial<HttpSettings>;
  readonly listener?: Partial<HttpListenerSettings>;
  readonly upstream?: Partial<UpstreamSettings>;
  readonly upstreamHttp?: Partial<UpstreamHttpSettings>;
  readonly routes?: readonly RouteSettings[];
  /** How many endpoints there are: 10.0.0.1 and up. */
  readonly endpoints?: number;
  readonly endpoint?: Partial<EndpointSettings>;
  readonly random?: Random;
  readonly drainTimeoutMs?: number;
  readonly preStopMs?: number;
}

/** See above. */
export class HttpStage {
  readonly network: FakeNetwork = new FakeNetwork();
  readonly server: ProxyServer;
  /** Those of the exchanges that are over. */
  readonly records: ExchangeRecord[] = [];
  readonly #loop = new PlayedLoop();
  #connectsSeen = 0;

  static async open(options: HttpStageOptions = {}): Promise<HttpStage> {
    const stage = new HttpStage(options);
    await stage.server.start();
    return stage;
  }

  private constructor(options: HttpStageOptions) {
    const { endpoints = 1 } = options;
    const plain = upstreamSettings([]).http;
    const runtime: Runtime = { ...this.network.runtime, random: options.random ?? seededRandom(1) };
    this.server = new ProxyServer(
      {
        listeners: [httpListenerSettings(options.http, options.listener)],
        routes: options.routes ?? [routeSettings()],
        upstreams: [
          upstreamSettings(
            Array.from({ length: endpoints }, (_, index) =>
              endpointSettings(80, {
                address: { kind: "tcp", host: `10.0.0.${index + 1}`, port: 80 },
                ...options.endpoint,
              }),
            ),
            { http: { ...plain, ...options.upstreamHttp }, ...options.upstream },
          ),
        ],
        drainTimeoutMs: options.drainTimeoutMs ?? 30_000,
        ...(options.preStopMs === undefined ? {} : { preStopMs: options.preStopMs }),
        limits: { maxConnections: 1000 },
      },
      runtime,
      { onExchangeEnd: (record) => this.records.push(record) },
    );
  }

  get service(): HttpService {
    return this.server.plane.services[0] as HttpService;
  }

  get endpoints(): readonly Endpoint[] {
    return this.server.upstreams[0]?.endpoints ?? [];
  }

  /** A client comes; what it says is sent at once. */
  client(text = ""): PlayedSocket {
    const socket = new PlayedSocket(this.#loop, this.service.settings.bufferBytes);
    this.#loop.run(() => this.network.listeners[0]?.handler.onAccept(socket));
    if (text !== "") socket.send(text);
    return socket;
  }

  /** Connects that the proxy has begun and the test has not answered. */
  get connecting(): readonly FakeConnect[] {
    return this.network.connects.slice(this.#connectsSeen).filter(({ cancelled }) => !cancelled);
  }

  /** The proxy's next connect succeeds. */
  accept(): PlayedSocket {
    const socket = new PlayedSocket(this.#loop, this.service.settings.bufferBytes);
    const { handler } = this.#next();
    this.#loop.run(() => handler.onConnect(socket));
    return socket;
  }

  /** It fails. */
  refuse(failure: ConnectFailure = "refused"): void {
    const { handler } = this.#next();
    this.#loop.run(() => handler.onConnectError(failure));
  }

  /** Where connects went so far: the last numbers of the endpoints' addresses. */
  get targets(): string {
    return this.network.targets.map((target) => target.replace(/^10\.0\.0\.(\d+):80$/, "$1")).join(" ");
  }

  /** Time goes by. */
  advance(ms: number): void {
    this.#loop.run(() => this.network.clock.advance(ms));
  }

  /** The outcomes of the exchanges so far, each with its status. */
  get outcomes(): string[] {
    return this.records.map(({ status, outcome }) => `${status} ${outcome}`);
  }

  /** Begins a drain, and comes back when it is under way. Promises are the only thing here that the test cannot play. */
  async drain(): Promise<{ readonly result: Promise<number> }> {
    const result = this.server.drain();
    for (let i = 0; i < 20; i++) await Promise.resolve();
    assert.equal(this.server.phase, "draining");
    return { result };
  }

  /** Nothing is held for any exchange, and the counters tell of as many as the records. */
  assertNothingHeld(): void {
    const [upstream] = this.server.plane.upstreams;
    assert.ok(upstream !== undefined);
    assert.deepEqual(
      {
        active: upstream.activeConnections,
        pending: upstream.pendingConnects,
        queued: upstream.queue.length,
        retries: upstream.retryBudget.active,
        endpoints: upstream.endpoints.map(({ activeConnections }) => activeConnections),
        connecting: this.connecting.length,
        out: this.server.plane.http.out.length,
      },
      {
        active: 0,
        pending: 0,
        queued: 0,
        retries: 0,
        endpoints: upstream.endpoints.map(() => 0),
        connecting: 0,
        out: 0,
      },
    );
    const { counters, requests } = this.service;
    assert.equal(requests.total, this.records.length);
    for (const [outcome, counter] of Object.entries(counters.outcomes)) {
      assert.equal(counter.total, this.records.filter((record) => record.outcome === outcome).length, outcome);
    }
  }

  #next(): FakeConnect {
    const [next] = this.connecting;
    assert.ok(next !== undefined, "the proxy connects");
    this.#connectsSeen = this.network.connects.indexOf(next) + 1;
    return next;
  }

  /** Ends all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

/** A request, as a client sends it or an endpoint gets it. */
export function request(line: string, fields: readonly string[] = [], body = ""): string {
  return [`${line} HTTP/1.1`, "Host: a.test", ...fields, "", body].join("\r\n");
}

/** An answer with a body of known length. */
export function answer(body: string, fields: readonly string[] = [], status = "200 OK"): string {
  return [`HTTP/1.1 ${status}`, `Content-Length: ${body.length}`, ...fields, "", body].join("\r\n");
}

/** A route that answers at once. */
export function fixedRoute(body: string, more: Partial<RouteSettings> = {}): RouteSettings {
  return routeSettings({
    name: "own",
    action: { kind: "respond", status: 200, contentType: "text/plain", body },
    ...more,
  });
}

/** A match of all paths that begin so. */
export function under(prefix: string): RouteSettings["match"] {
  return { headers: [], query: [], path: { kind: "prefix", value: prefix } };
}

/** The body whose chunks are in `text`, which holds all of them and nothing else. */
export function unchunk(text: string): string {
  let body = "";
  for (let at = 0; ;) {
    const [, size = ""] = /^([\da-f]+)\r\n/.exec(text.slice(at, at + 20)) ?? [];
    assert.notEqual(size, "", `a chunk at ${at}: ${JSON.stringify(text.slice(at, at + 20))}`);
    const start = at + size.length + 2;
    const length = Number.parseInt(size, 16);
    if (length === 0) {
      assert.equal(text.slice(start), "\r\n");
      return body;
    }
    body += text.slice(start, start + length);
    assert.equal(text.slice(start + length, start + length + 2), "\r\n");
    at = start + length + 2;
  }
}

/** The status and the body of the one answer in `text`; the field lines in `fields`. */
export function parseAnswer(text: string): { status: number; fields: readonly string[]; body: string } {
  const end = text.indexOf("\r\n\r\n");
  assert.ok(end > 0, `a whole head: ${JSON.stringify(text)}`);
  const [line = "", ...fields] = text.slice(0, end).split("\r\n");
  return { status: Number(line.split(" ")[1]), fields, body: text.slice(end + 4) };
}
