import { AddressSet } from "../bytes/address-set.ts";
import type { Admission } from "../limits/admission.ts";
import { Counter } from "../memory/counter.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { AnswerCounters } from "../observe/answer-counters.ts";
import type { ExchangeRecord } from "../observe/exchange-record.ts";
import { ServiceCounters } from "../observe/service-counters.ts";
import { CanonicalPath } from "../route/canonical-path.ts";
import { RouteMatch } from "../route/route-match.ts";
import { RouteTable } from "../route/route-table.ts";
import type { Address } from "../runtime/address.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Socket } from "../runtime/socket.ts";
import type { TimerWheel } from "../runtime/timer-wheel.ts";
import type { RouteSettings } from "../server/http-settings.ts";
import type { AutoListenerSettings, HttpListenerSettings } from "../server/settings.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { HeaderId } from "../wire/header-id.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { RequestParser } from "../wire/request-parser.ts";
import { TrailerParser } from "../wire/trailer-parser.ts";
import { AnswerWriter } from "./answer/answer-writer.ts";
import { ClientConnection } from "./client-connection.ts";
import type { ExchangeFacts } from "./exchange-facts.ts";
import { ExchangePool } from "./exchange-pool.ts";
import { TraceContext } from "./forward/trace-context.ts";
import { addressText } from "./forward/client-facts.ts";
import type { HttpPlane } from "./http-plane.ts";
import { PlanParts } from "./plan-parts.ts";
import { RoutePlan } from "./route-plan.ts";

/** What an http listener serves with: its settings, its routes, its connections and their counters. */
export class HttpService {
  readonly settings: HttpListenerSettings | AutoListenerSettings;
  readonly runtime: Runtime;
  readonly wheel: TimerWheel;
  readonly plane: HttpPlane;
  readonly admission: Admission;
  /** Told about every exchange when it is over; undefined when nobody wants to know. */
  readonly onExchangeEnd: ((record: ExchangeRecord) => void) | undefined;
  readonly routes: RouteTable<RoutePlan>;
  readonly plans: readonly RoutePlan[];
  readonly trustedProxies: AddressSet;
  readonly parser: RequestParser;
  readonly path: CanonicalPath = new CanonicalPath();
  readonly match: RouteMatch = new RouteMatch();
  readonly answers: AnswerWriter;
  readonly trailers: TrailerParser;
  readonly exchanges: ExchangePool = new ExchangePool();
  /** What a request says of itself is needed when its head is gone: for a record, or for a rule. */
  readonly keepsHeads: boolean;
  /** No new requests are taken: connections end after the one that is under way. */
  draining = false;
  readonly #onIdle: () => void;
  /** The connections that run in this thread. */
  readonly connections: Set<ClientConnection> = new Set<ClientConnection>();
  readonly answered: AnswerCounters;
  /** Outcomes are those of exchanges, and of connections that were refused. */
  readonly counters: ServiceCounters;
  readonly requests: Counter;
  /** Of them, those on a connection to an endpoint that had served one before. */
  readonly reused: Counter;
  /** That of requests without. */
  readonly #noTrace: TraceContext;
  #facts: ExchangeFacts | undefined = undefined;
  readonly #clientIp = (): string => this.#facts?.clientIp ?? "";

  constructor(
    settings: HttpListenerSettings | AutoListenerSettings,
    routes: readonly RouteSettings[],
    context: {
      readonly plane: HttpPlane;
      readonly memory: SharedMemory;
      readonly admission: Admission;
      readonly upstreams: readonly Upstream[];
      readonly onExchangeEnd?: ((record: ExchangeRecord) => void) | undefined;
      /** Absent: its own. */
      readonly counters?: ServiceCounters | undefined;
      /** Called whenever the last connection of this thread is over. */
      readonly onIdle: () => void;
    },
  ) {
    const { plane, memory, upstreams } = context;
    this.settings = settings;
    this.plane = plane;
    this.runtime = plane.runtime;
    this.wheel = plane.wheel;
    this.admission = context.admission;
    this.onExchangeEnd = context.onExchangeEnd;
    this.#onIdle = context.onIdle;
    this.trustedProxies = new AddressSet(settings.http.trustedProxies);
    this.parser = new RequestParser(settings.http);
    this.trailers = new TrailerParser(settings.http.trailers);
    this.#noTrace = new TraceContext(plane.runtime.random);
    this.answers = new AnswerWriter(settings.http.errorPages, plane.date);
    const own = routes.filter(({ listeners }) => listeners === undefined || listeners.includes(settings.name));
    const parts = new PlanParts(settings, { memory, upstreams, answers: this.answers, date: plane.date });
    this.plans = own.map((route) => new RoutePlan(route, parts));
    this.routes = new RouteTable(own, (_route, index) => this.plans[index] as RoutePlan);
    this.keepsHeads = context.onExchangeEnd !== undefined || this.plans.some(({ usesExchange }) => usesExchange);
    this.answered = new AnswerCounters(memory);
    this.counters = context.counters ?? new ServiceCounters(memory);
    this.requests = new Counter(memory);
    this.reused = new Counter(memory);
  }

  /** Serves a client that has just connected, or refuses it with RST when a limit says so. */
  serve(socket: Socket): void {
    this.counters.clients.add(1);
    const admitted = this.admission.enter(socket);
    if (typeof admitted !== "number") {
      this.counters.outcomes[admitted].add(1);
      socket.reset();
      return;
    }
    this.take(socket, admitted, undefined, false);
  }

  /** Serves a client that was let in already; `ahead` is what it has sent, and `ended`, that it sends no more. */
  take(socket: Socket, admitted: number, ahead: Uint8Array | undefined, ended: boolean): void {
    const connection = new ClientConnection(this, socket, admitted);
    this.connections.add(connection);
    socket.resume();
    if (ahead !== undefined) connection.onData(ahead);
    if (ended) connection.onEnd();
  }

  /** Takes no new requests: connections end when they have none under way. */
  drain(): void {
    this.draining = true;
    for (const connection of this.connections) connection.drain();
  }

  /** Whether the word of a peer about its clients is taken. */
  trusts(peer: Address): boolean {
    return this.settings.http.trustedProxies.length > 0 && this.trustedProxies.has(addressText(peer));
  }

  /** The client of an exchange, for routes that ask; valid until the next call. */
  clientOf(facts: ExchangeFacts): () => string {
    this.#facts = facts;
    return this.#clientIp;
  }

  /** The trace of a request: one of its own only where there is one. */
  traceFor(head: RequestHead | undefined): TraceContext {
    const { trace: mode } = this.settings.http.forwarding;
    if (mode === "off" || head === undefined || (mode === "continue" && head.find(HeaderId.traceparent) === -1)) {
      return this.#noTrace;
    }
    const trace = new TraceContext(this.runtime.random);
    trace.begin(head, mode);
    return trace;
  }

  /** An exchange is over, now: counts it and tells of it. */
  exchangeOver(facts: ExchangeFacts, nowMs: number): void {
    const durationMs = nowMs - facts.startedMs;
    this.requests.add(1);
    if (facts.reused) this.reused.add(1);
    this.counters.outcomes[facts.outcome].add(1);
    this.answered.add(facts.status, durationMs);
    facts.plan?.answered.add(facts.status, durationMs);
    this.onExchangeEnd?.(facts.record(durationMs));
  }

  /** A connection is over. */
  connectionOver(connection: ClientConnection): void {
    this.connections.delete(connection);
    this.admission.leave(connection.admitted);
    if (this.connections.size === 0) this.#onIdle();
  }
}
