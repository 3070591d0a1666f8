import { AddressSet } from "../bytes/address-set.ts";
import type { Admission } from "../limits/admission.ts";
import { Counter } from "../memory/counter.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { ExchangeRecord } from "../observe/exchange-record.ts";
import { Histogram, requestBoundsSeconds } from "../observe/histogram.ts";
import { type OutcomeCode, outcomeCodes } from "../observe/outcome.ts";
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
import { RequestParser } from "../wire/request-parser.ts";
import { AnswerWriter } from "./answer/answer-writer.ts";
import { ClientConnection } from "./client-connection.ts";
import type { ExchangeFacts } from "./exchange-facts.ts";
import { addressText } from "./forward/client-facts.ts";
import type { HttpPlane } from "./http-plane.ts";
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
  /** What a request says of itself is needed when its head is gone: for a record, or for a rule. */
  readonly keepsHeads: boolean;
  /** No new requests are taken: connections end after the one that is under way. */
  draining = false;
  readonly #onIdle: () => void;
  /** The connections that run in this thread. */
  readonly connections: Set<ClientConnection> = new Set<ClientConnection>();
  /** From the head of a request to the end of its exchange. */
  readonly durations: Histogram;
  /** How many exchanges ended how; and connections that were refused. */
  readonly outcomes: Readonly<Record<OutcomeCode, Counter>>;
  /** Answers by the first digit of their status; 0: there was none. */
  readonly statuses: readonly Counter[];
  /** Clients that came, the refused ones included. */
  readonly clients: Counter;
  readonly requests: Counter;
  readonly acceptErrors: Counter;
  /** Bytes of bodies, and in tunnels, from clients to endpoints. */
  readonly up: Counter;
  /** The same from endpoints to clients. */
  readonly down: Counter;
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
    this.answers = new AnswerWriter(settings.http, plane.date);
    const own = routes.filter(({ listeners }) => listeners === undefined || listeners.includes(settings.name));
    this.plans = own.map((route) => new RoutePlan(settings, route, { plane, memory, upstreams }));
    this.routes = new RouteTable(own, (_route, index) => this.plans[index] as RoutePlan);
    this.keepsHeads = context.onExchangeEnd !== undefined || this.plans.some(({ usesExchange }) => usesExchange);
    this.durations = new Histogram(requestBoundsSeconds, memory);
    this.outcomes = Object.fromEntries(outcomeCodes.map((code) => [code, new Counter(memory)])) as Record<
      OutcomeCode,
      Counter
    >;
    this.statuses = Array.from({ length: 6 }, () => new Counter(memory));
    this.clients = new Counter(memory);
    this.requests = new Counter(memory);
    this.acceptErrors = new Counter(memory);
    this.up = new Counter(memory);
    this.down = new Counter(memory);
  }

  /** Serves a client that has just connected, or refuses it with RST when a limit says so. */
  serve(socket: Socket): void {
    this.clients.add(1);
    const admitted = this.admission.enter(socket);
    if (typeof admitted !== "number") {
      this.outcomes[admitted].add(1);
      socket.reset();
      return;
    }
    this.connections.add(new ClientConnection(this, socket, admitted));
    socket.resume();
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

  /** An exchange is over: counts it and tells of it. */
  exchangeOver(facts: ExchangeFacts): void {
    const durationMs = this.runtime.clock.now() - facts.startedMs;
    this.requests.add(1);
    this.outcomes[facts.outcome].add(1);
    this.statuses[Math.floor(facts.status / 100)]?.add(1);
    this.durations.observeMs(durationMs);
    facts.plan?.exchangeOver(facts.status, durationMs);
    this.onExchangeEnd?.(facts.record(durationMs));
  }

  /** A connection is over. */
  connectionOver(connection: ClientConnection): void {
    this.connections.delete(connection);
    this.admission.leave(connection.admitted);
    if (this.connections.size === 0) this.#onIdle();
  }
}
