import type { OutcomeCode } from "../observe/outcome.ts";
import type { ConnectFailure, Pending } from "../runtime/runtime.ts";
import type { CloseReason, Socket } from "../runtime/socket.ts";
import type { AttemptResult } from "../upstream/attempt-result.ts";
import type { Attempt } from "../upstream/attempt.ts";
import { connectOutcomes } from "../upstream/connect-outcomes.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { Client, Refusal } from "../upstream/upstream.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { HeaderId } from "../wire/header-id.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { ClientConnection } from "./client-connection.ts";
import { EndpointConnection } from "./endpoint-connection.ts";
import { ExchangeFacts } from "./exchange-facts.ts";
import { flush } from "./flush.ts";
import type { HttpService } from "./http-service.ts";
import { RequestStream } from "./request-stream.ts";
import { ResponseStream } from "./response-stream.ts";
import { RetryState } from "./retry-state.ts";
import type { RoutePlan, RouteTarget } from "./route-plan.ts";
import { Tunnel } from "./tunnel.ts";

/** A request's body up to this size is read to its end although nobody wants it, so that the connection can go on. */
const maxDiscardedBytes = 64 * 1024;
/** While a request's body comes, its rate is looked at so often. */
const rateCheckMs = 5000;

/** What an exchange waits for: that is what its deadline is of. */
type Waiting = "nothing" | "queue" | "backoff" | "connect" | "response" | "body" | "discard";

/** How an exchange ends whose client is gone. `ended` and `local`: see `clientLost`. */
const clientOutcomes: Readonly<Record<CloseReason, OutcomeCode>> = {
  ended: "client-reset",
  local: "client-reset",
  reset: "client-reset",
  timeout: "client-timeout",
  error: "client-error",
};

/**
 * One request with its response.
 *
 * ```
 *           ┌────────────── a retry ◀─────────────┐
 *           ▼                                     │
 * begin ─▶ queue? ─▶ backoff? ─▶ connect? ─▶ response ─head─▶ body ─▶ over
 *   │       │                    │            │                │
 *   └───────┴──── own answer ◀───┴────────────┘                └─▶ cut: the client's connection is reset
 * ```
 *
 * Both directions are under way at the same time: a response may begin before the request's body has ended.
 */
export class Exchange implements Client {
  /** The endpoints of failed attempts. */
  tried: readonly Endpoint[] = noEndpoints;
  clientHash = 0;
  /** The answer has no body, whatever its head says. */
  readonly isHead: boolean;
  readonly facts: ExchangeFacts;
  readonly #connection: ClientConnection;
  readonly #service: HttpService;
  readonly #request: RequestStream;
  readonly #response: ResponseStream;
  #retry: RetryState | undefined = undefined;
  #target: RouteTarget | undefined = undefined;
  #waiting: Waiting = "nothing";
  #attempt: Attempt | undefined = undefined;
  #pending: Pending | undefined = undefined;
  #endpoint: EndpointConnection | undefined = undefined;
  /** The connection had served an exchange before. */
  #reused = false;
  /** When the request was with the endpoint, as far as it had come. */
  #sentMs = 0;
  /** The protocol that the client asks to switch to; empty: none. */
  #upgrade = "";
  #endpointKeepsAlive = false;
  /** What the exchange has become. */
  #tunnel: Tunnel | undefined = undefined;
  #over = false;

  /** `head` is valid during this call and that of `begin` only. */
  constructor(connection: ClientConnection, head: RequestHead) {
    const { service, socket } = connection;
    this.#connection = connection;
    this.#service = service;
    this.isHead = head.isHead;
    this.facts = new ExchangeFacts(service, connection.client, head);
    this.#request = new RequestStream(service.plane, service.trailers, socket, head);
    this.#response = new ResponseStream(service.plane, service.trailers, socket);
  }

  get isRetry(): boolean {
    return this.tried.length > 0;
  }

  /** The request has come to its end. */
  get requestDone(): boolean {
    return this.#request.done;
  }

  /** Starts. What follows the head in `bytes`, from `at`, may be its body: the position up to which it was taken. */
  begin(head: RequestHead, bytes: Uint8Array, at: number, end: number): number {
    const { path, match, settings, routes, runtime } = this.#service;
    const fault = path.set(head, settings.http);
    if (fault !== "") return this.#answerAndGoOn("request-malformed", fault, bytes, at, end);
    const plan = routes.find(head, path, this.#service.clientOf(this.facts), match);
    if (plan === undefined) return this.#answerAndGoOn("no-route", "", bytes, at, end);
    this.facts.plan = plan;
    this.#request.maxBytes = plan.maxBodyBytes;
    if (head.contentLength > plan.maxBodyBytes) return this.#answerAndGoOn("request-too-large", "", bytes, at, end);
    const target = plan.choose(runtime.random);
    if (target === undefined) {
      this.answerWith((out) => plan.writeAnswer(out, head, path, match, this.facts));
      return this.#goOn(bytes, at, end);
    }
    this.#target = target;
    this.facts.chosen = target.upstream;
    this.clientHash = target.hashClient(this.facts.clientIp);
    this.#retry = new RetryState(target.upstream.settings, head.isIdempotent);
    this.#upgrade = plan.upgradeOf(head);
    const out = this.#request.open(this.#retry.maxKeptBytes);
    this.facts.upgrade = this.#upgrade;
    const refused = plan.writeRequest(out, head, path, match, this.facts);
    if (refused !== "") return this.#answerAndGoOn("request-malformed", refused, bytes, at, end);
    // The first bytes of its body leave together with the head.
    const next = this.#request.done ? at : this.requestBytes(bytes, at, end);
    if (!this.#response.started && !this.#over) this.#ask();
    return next;
  }

  /** More of the request's body: the position up to which it was taken. */
  requestBytes(bytes: Uint8Array, at: number, end: number): number {
    const request = this.#request;
    const next = request.read(bytes, at, end);
    if (request.fault !== "ok") {
      this.#requestFailed(request.fault, request.reason);
      return end;
    }
    if (!request.done) return next;
    if (this.#waiting === "discard") this.#finish("ok");
    else if (this.#waiting === "response") this.#awaitResponse();
    return next;
  }

  /** There is an endpoint for it. */
  proceed(attempt: Attempt): void {
    const { plane, wheel } = this.#service;
    const target = this.#target as RouteTarget;
    const { upstream, dialOptions } = target;
    this.facts.leftQueue();
    this.#attempt = attempt;
    this.facts.attempts++;
    this.facts.endpoint = attempt.endpoint;
    const { keepAlive } = upstream.settings.http;
    const idle = this.#retry?.wantsFresh === true ? undefined : plane.pools.of(attempt.endpoint, keepAlive).take();
    if (idle !== undefined) {
      this.#reused = true;
      attempt.connected();
      this.#send(idle);
      return;
    }
    this.#reused = false;
    this.#waiting = "connect";
    wheel.set(this.#connection, upstream.settings.connectTimeoutMs);
    this.#pending = attempt.endpoint.dialer.connect(dialOptions, this);
  }

  /** There is none. A retry ends with why the attempt before it failed: that is what went wrong first. */
  refuse(reason: Refusal): void {
    this.facts.leftQueue();
    if (this.isRetry && this.#retry !== undefined) this.#answer(this.#retry.failure, "");
    else this.#answer(reason, "");
  }

  /** The port's answer to `proceed`. */
  onConnect(socket: Socket): void {
    const { plane, runtime, wheel } = this.#service;
    const attempt = this.#attempt as Attempt;
    const { endpoint, startedMs } = attempt;
    const { upstream } = this.#target as RouteTarget;
    this.#pending = undefined;
    const connectMs = runtime.clock.now() - startedMs;
    this.facts.connectMs = connectMs;
    upstream.connectTimes.observeMs(connectMs);
    endpoint.connections.add(1);
    attempt.connected();
    const pool = plane.pools.of(endpoint, upstream.settings.http.keepAlive);
    const connection = new EndpointConnection(socket, pool, plane.responses, wheel.coarseNowMs);
    this.#send(connection);
    socket.resume();
  }

  /** The port's other answer to `proceed`; the connect timeout comes here too. */
  onConnectError(failure: ConnectFailure): void {
    this.#pending = undefined;
    const outcome = connectOutcomes[failure];
    this.#attempt?.endpoint.connectFailures.add(1);
    // What we ran out of ourselves says nothing about the endpoint.
    this.#attemptFailed(outcome, failure === "resources" ? "unknown" : "failure");
  }

  /** The head of an answer. What follows it in `bytes`, from `at`, may be its body: the position up to which it was taken. */
  responseHead(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number {
    if (head.status === 101) return this.#switch(head, bytes, at, end);
    if (head.isInterim) {
      this.#passInterim(head);
      return at;
    }
    const { plane, runtime } = this.#service;
    const { facts } = this;
    const attempt = this.#attempt as Attempt;
    const endpoint = this.#endpoint as EndpointConnection;
    const failed = head.status >= 500;
    const now = runtime.clock.now();
    facts.firstByteMs = now - facts.startedMs;
    if (!failed) attempt.endpoint.latency.observe(now - this.#sentMs, now);
    const retry = this.#retry as RetryState;
    if (retry.allowsStatus(head.status, this.#request.repeatable)) {
      this.tried = [...this.tried, attempt.endpoint];
      this.#leaveAttempt(failed ? "failure" : "success");
      this.#tryAgain("no-endpoint", retry.backoff(runtime.random));
      return end;
    }
    attempt.settle(failed ? "failure" : "success");
    this.#request.letGo();
    this.#waiting = "body";
    facts.status = head.status;
    this.#endpointKeepsAlive = head.keepAlive;
    const response = this.#response;
    response.begin(head, endpoint.socket, facts.minorVersion === 1);
    // A request that is not read to its end takes the connection with it.
    if (!this.#request.done || response.framing === "close") facts.closes = true;
    if (this.#connection.shallEnd) facts.closes = true;
    facts.close = facts.closes;
    facts.plan?.writeResponse(plane.out, head, response.framing, facts);
    return this.responseBytes(bytes, at, end);
  }

  /** More of the answer's body: the position up to which it was taken. */
  responseBytes(bytes: Uint8Array, at: number, end: number): number {
    const response = this.#response;
    const next = response.read(bytes, at, end);
    if (response.fault !== "") {
      this.facts.reason = response.fault;
      this.#cut("response-malformed");
      return end;
    }
    if (response.done) this.#responseDone(next < end);
    else if (this.#waiting === "body") this.#awaitBody();
    return next;
  }

  /** What the endpoint sent is no answer. */
  responseMalformed(reason: string): void {
    this.#attempt?.settle("failure");
    this.facts.reason = reason;
    if (this.#response.started) this.#cut("response-malformed");
    else this.#answer("response-malformed", reason);
  }

  /** The endpoint takes more of the request. */
  endpointDrained(): void {
    this.#request.drained();
  }

  /** The endpoint has sent FIN. */
  endpointEnded(): void {
    if (this.#response.started && this.#response.end()) {
      this.#endpointKeepsAlive = false;
      this.#responseDone(false);
    } else {
      this.endpointLost("endpoint-closed");
    }
  }

  /** The endpoint's connection is over before its answer was. */
  endpointLost(outcome: OutcomeCode): void {
    const answered = this.#endpoint?.answered === true;
    if (this.#response.started) {
      this.#cut("response-truncated");
    } else if (this.#reused && !answered && this.#retry?.takeStale(this.#request.repeatable) === true) {
      // It had gone while it was idle: that is nobody's failure.
      this.#leaveAttempt("unknown");
      this.#ask();
    } else {
      this.#attemptFailed(outcome, "failure");
    }
  }

  /** The client takes more of the answer. */
  clientDrained(): void {
    this.#response.drained();
  }

  /** The client has sent FIN: no more of the request comes. */
  clientEnded(): void {
    if (!this.#request.done) this.#requestFailed("request-malformed", "the request ended early");
  }

  /** The client's connection is over. */
  clientLost(reason: CloseReason): void {
    this.#finish(clientOutcomes[reason]);
  }

  /** Ends it at once. */
  abort(outcome: OutcomeCode): void {
    if (this.#tunnel === undefined) this.#cut(outcome);
    else this.#tunnel.end(outcome);
  }

  onDeadline(): void {
    switch (this.#waiting) {
      case "queue":
        this.#answer(this.isRetry && this.#retry !== undefined ? this.#retry.failure : "queue-timeout", "");
        return;
      case "backoff":
        this.#ask();
        return;
      case "connect":
        this.#pending?.cancel();
        this.onConnectError("timeout");
        return;
      case "response":
        this.#awaitResponse();
        return;
      case "body":
        this.#awaitBody();
        return;
      default:
        this.#requestFailed("request-timeout", "");
    }
  }

  /** Asks the upstream for an endpoint. */
  #ask(): void {
    const { wheel } = this.#service;
    const { upstream } = this.#target as RouteTarget;
    this.#waiting = "nothing";
    const attempt = upstream.request(this);
    if (attempt === "queued") {
      this.#waiting = "queue";
      this.facts.enteredQueue();
      wheel.set(this.#connection, upstream.settings.queue.timeoutMs);
    } else if (typeof attempt === "string") {
      this.refuse(attempt);
    } else {
      this.proceed(attempt);
    }
  }

  #send(connection: EndpointConnection): void {
    const attempt = this.#attempt as Attempt;
    this.#endpoint = connection;
    this.#sentMs = this.#reused ? attempt.startedMs : this.#service.runtime.clock.now();
    this.#waiting = "response";
    this.facts.reused = this.#reused;
    connection.begin(this);
    this.#request.attach(connection.socket, this.#retry?.repeats === true || this.#upgrade !== "");
    this.#awaitResponse();
  }

  /** Looks whose turn it is, and how long that may take. */
  #awaitResponse(): void {
    const { wheel, settings } = this.#service;
    const request = this.#request;
    const clientLeftMs = request.leftMs(settings.http);
    if (clientLeftMs <= 0) {
      this.#requestFailed("request-timeout", "");
      return;
    }
    const endpointLeftMs = request.done || request.held ? this.#endpointLeftMs(request.activityMs) : Infinity;
    if (endpointLeftMs <= 0) {
      this.#attemptFailed("response-timeout", "failure");
      return;
    }
    wheel.set(this.#connection, Math.min(endpointLeftMs, clientLeftMs, request.done ? Infinity : rateCheckMs));
  }

  #endpointLeftMs(activityMs: number): number {
    const { upstream } = this.#target as RouteTarget;
    const { responseTimeoutMs, retry } = upstream.settings.http;
    const timeoutMs = this.facts.plan?.settings.responseTimeoutMs ?? responseTimeoutMs;
    const leftMs = activityMs + timeoutMs - this.#service.wheel.coarseNowMs;
    if (retry.perTryTimeoutMs === undefined || this.#retry?.allows("response-timeout", this.#request.repeatable) !== true) {
      return leftMs;
    }
    return Math.min(leftMs, this.#sentMs + retry.perTryTimeoutMs - this.#service.runtime.clock.now());
  }

  #awaitBody(): void {
    const { wheel, settings } = this.#service;
    const { upstream } = this.#target as RouteTarget;
    const response = this.#response;
    const now = wheel.coarseNowMs;
    const forClient = response.waitsForClient;
    const timeoutMs = forClient ? settings.http.bodyTimeoutMs : upstream.settings.http.readTimeoutMs;
    const leftMs = response.activityMs + timeoutMs - now;
    const requestLeftMs = this.#request.leftMs(settings.http);
    if (leftMs <= 0) this.#cut(forClient ? "client-stalled" : "response-stalled");
    else if (requestLeftMs <= 0) this.#cut("request-timeout");
    else wheel.set(this.#connection, Math.min(leftMs, requestLeftMs));
  }

  #attemptFailed(outcome: OutcomeCode, result: AttemptResult): void {
    const { endpoint } = this.#attempt as Attempt;
    this.tried = [...this.tried, endpoint];
    this.#leaveAttempt(result);
    const delayMs = this.#retry?.next(outcome, this.#request.repeatable, this.#service.runtime.random);
    this.#tryAgain(outcome, delayMs);
  }

  #tryAgain(outcome: OutcomeCode, delayMs: number | undefined): void {
    if (delayMs === undefined) {
      this.#answer(outcome, "");
    } else if (delayMs === 0) {
      this.#ask();
    } else {
      this.#waiting = "backoff";
      this.#service.wheel.set(this.#connection, delayMs);
    }
  }

  /** Gives back what the attempt holds, its connection too. */
  #leaveAttempt(result: AttemptResult): void {
    const attempt = this.#attempt;
    const endpoint = this.#endpoint;
    this.#attempt = undefined;
    this.#endpoint = undefined;
    this.#request.detach();
    this.#response.detach();
    endpoint?.reset();
    attempt?.settle(result);
    attempt?.end();
  }

  #responseDone(leftover: boolean): void {
    const attempt = this.#attempt as Attempt;
    const endpoint = this.#endpoint as EndpointConnection;
    if (!this.#request.done) {
      // The rest of the request goes nowhere, and the connection cannot be used again.
      this.#leaveAttempt("success");
      this.#finish("ok");
      return;
    }
    this.#attempt = undefined;
    this.#endpoint = undefined;
    // First: who waits for the place may take the connection too.
    if (this.#endpointKeepsAlive && !leftover && !endpoint.closed) endpoint.rest();
    else endpoint.close();
    attempt.end();
    this.#finish("ok");
  }

  #passInterim(head: ResponseHead): void {
    const { plane } = this.#service;
    const { facts } = this;
    if (facts.minorVersion === 0 || facts.plan === undefined) return;
    facts.close = false;
    facts.plan.writeResponse(plane.out, head, "none", facts);
    flush(plane.out, this.#connection.socket);
  }

  /** The endpoint has switched to the protocol that the client asked for. */
  #switch(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number {
    const { plane } = this.#service;
    const { facts } = this;
    const attempt = this.#attempt as Attempt;
    const endpoint = this.#endpoint as EndpointConnection;
    const upgrade = head.find(HeaderId.upgrade);
    if (this.#upgrade === "" || !head.upgrade || head.value(upgrade).toLowerCase() !== this.#upgrade) {
      this.responseMalformed("protocols switched unasked");
      return end;
    }
    attempt.settle("success");
    this.#request.letGo();
    this.#response.started = true;
    facts.status = 101;
    facts.upgrade = this.#upgrade;
    const plan = facts.plan as RoutePlan;
    facts.close = false;
    plan.writeResponse(plane.out, head, "none", facts);
    this.#waiting = "nothing";
    this.#endpoint = undefined;
    endpoint.release();
    plane.out.range(bytes, at, end);
    facts.bytesDown += end - at;
    const room = flush(plane.out, this.#connection.socket);
    const { client, ahead, clientEnded } = this.#connection.handOver();
    this.#tunnel = new Tunnel(
      this.#service,
      { client, endpoint: endpoint.socket, ahead, clientEnded, room },
      attempt.endpoint,
      plan.settings.tunnelTimeoutMs,
      this,
    );
    return end;
  }

  /** The tunnel is over. */
  tunnelOver(outcome: OutcomeCode): void {
    const { facts } = this;
    const tunnel = this.#tunnel;
    this.#tunnel = undefined;
    facts.bytesUp += tunnel?.bytesUp ?? 0;
    facts.bytesDown += tunnel?.bytesDown ?? 0;
    facts.cut = true;
    this.#finish(outcome);
  }

  /** The client has not sent what a request is. */
  #requestFailed(outcome: OutcomeCode, reason: string): void {
    this.facts.closes = true;
    if (this.#response.started) this.#cut(outcome);
    else this.#answer(outcome, reason);
  }

  #answerAndGoOn(outcome: OutcomeCode, reason: string, bytes: Uint8Array, at: number, end: number): number {
    this.#answer(outcome, reason);
    return this.#goOn(bytes, at, end);
  }

  /** What is left of the request is read, if that is not too much. */
  #goOn(bytes: Uint8Array, at: number, end: number): number {
    return this.#over ? at : this.requestBytes(bytes, at, end);
  }

  /** The answer is ours. */
  #answer(outcome: OutcomeCode, reason: string): void {
    if (this.#over) return;
    const { facts } = this;
    facts.fail(outcome, reason);
    this.answerWith((out) => this.#service.answers.error(out, facts.answer(facts.closes)));
  }

  /** Sends an own answer; what is left of the request is read, if it is little, or the connection ends. */
  answerWith(write: (out: ByteWriter) => void): void {
    const { plane, settings, wheel } = this.#service;
    const { facts } = this;
    this.#release("unknown");
    const discards = !this.#request.done && this.#request.fault === "ok" && this.#request.isShort(maxDiscardedBytes);
    if (this.#connection.shallEnd || !(this.#request.done || discards)) facts.closes = true;
    this.#response.started = true;
    facts.close = facts.closes;
    write(plane.out);
    flush(plane.out, this.#connection.socket);
    if (this.#request.done || facts.closes) {
      this.#finish(facts.outcome);
    } else {
      this.#waiting = "discard";
      this.#request.discard();
      wheel.set(this.#connection, settings.http.bodyTimeoutMs);
    }
  }

  /** The client must not take what it got for a whole answer: its connection is reset. */
  #cut(outcome: OutcomeCode): void {
    this.facts.cut = true;
    this.#finish(outcome);
  }

  /** Gives back all that is held for the endpoint's side. */
  #release(result: AttemptResult): void {
    if (this.#waiting === "queue") this.#target?.upstream.leave(this);
    this.#waiting = "nothing";
    this.#pending?.cancel();
    this.#pending = undefined;
    this.#leaveAttempt(result);
    this.#request.letGo();
  }

  /** The one end of an exchange. */
  #finish(outcome: OutcomeCode): void {
    if (this.#over) return;
    this.#over = true;
    this.#release("unknown");
    const { facts } = this;
    facts.outcome = outcome;
    facts.bytesUp += this.#request.byteCount;
    facts.bytesDown += this.#response.byteCount;
    this.#service.exchangeOver(facts);
    this.#connection.exchangeOver(facts);
  }
}

/** No endpoint was tried yet: shared, as most exchanges never try a second. */
const noEndpoints: readonly Endpoint[] = [];
