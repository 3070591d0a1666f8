import type { OutcomeCode } from "../observe/outcome.ts";
import type { ConnectFailure } from "../runtime/runtime.ts";
import type { CloseReason } from "../runtime/socket.ts";
import type { AttemptResult } from "../upstream/attempt-result.ts";
import type { Attempt } from "../upstream/attempt.ts";
import { connectOutcomes } from "../upstream/connect-outcomes.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { Client, Refusal } from "../upstream/upstream.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { EndpointConnection } from "./endpoint-connection.ts";
import { EndpointLink, type LinkOwner } from "./endpoint-link.ts";
import { awaitBody, awaitResponse } from "./exchange-pace.ts";
import { ExchangeFacts } from "./exchange-facts.ts";
import { Hedge, type Hedged } from "./hedge.ts";
import type { HttpService } from "./http-service.ts";
import { sendOwnAnswer } from "./own-answer.ts";
import { RequestStream } from "./request-stream.ts";
import { maxCopiedBytes, ResponseStream } from "./response-stream.ts";
import { RetryState } from "./retry-state.ts";
import { openTunnel, switchesTo } from "./protocol-switch.ts";
import type { RouteTarget } from "./route-target.ts";
import { clientOutcomes } from "../relay/close-outcomes.ts";
import type { Tunnel } from "./tunnel.ts";

/** What an exchange waits for: that is what its deadline is of. */
type Waiting = "nothing" | "queue" | "backoff" | "connect" | "response" | "body" | "discard";

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
 * Both directions are under way at the same time: a response may begin before the request's body has ended. While it waits for the
 * response there may be a hedge, a second attempt; when one of the two has failed, the other goes on as the only one.
 */
export class Exchange implements Client, LinkOwner, Hedged {
  clientHash = 0;
  /** The answer has no body, whatever its head says. */
  isHead = false;
  readonly facts: ExchangeFacts;
  readonly #service: HttpService;
  readonly #request: RequestStream;
  readonly #response: ResponseStream;
  readonly #retry: RetryState = new RetryState();
  #link: EndpointLink;
  /** Made when a route's upstream first asks for it. */
  #hedge: Hedge | undefined = undefined;
  #connection: ClientConnection;
  #target: RouteTarget | undefined = undefined;
  #waiting: Waiting = "nothing";
  /** The protocol that the client asks to switch to; empty: none. */
  #upgrade = "";
  #endpointKeepsAlive = false;
  /** What the exchange has become. */
  #tunnel: Tunnel | undefined = undefined;
  /** What the clock said in this event; undefined when nobody has asked in it. */
  #nowMs: number | undefined = undefined;
  #over = true;

  /** `begin` before anything else. */
  constructor(connection: ClientConnection) {
    const { service, socket } = connection;
    this.#connection = connection;
    this.#service = service;
    this.facts = new ExchangeFacts(service);
    this.#request = new RequestStream(service, socket);
    this.#response = new ResponseStream(service, socket);
    this.#link = new EndpointLink(this, service);
  }

  get tried(): readonly Endpoint[] {
    return this.#retry.tried;
  }

  get isRetry(): boolean {
    return this.tried.length > 0;
  }

  /** The request has come to its end. */
  get requestDone(): boolean {
    return this.#request.done;
  }

  /**
   * Starts with a request of this client. What follows its head in `bytes`, from `at`, may be its body: the position up to
   * which it was taken. `head` is valid during this call only.
   */
  begin(connection: ClientConnection, head: RequestHead, bytes: Uint8Array, at: number, end: number): number {
    const { socket } = connection;
    this.#connection = connection;
    this.clientHash = 0;
    this.isHead = head.isHead;
    this.facts.begin(connection.client, head);
    this.#request.begin(socket, head);
    this.#response.expect(socket);
    this.#target = undefined;
    this.#waiting = "nothing";
    this.#upgrade = "";
    this.#endpointKeepsAlive = false;
    this.#over = false;
    this.#nowMs = this.facts.startedMs;
    const next = this.#start(head, bytes, at, end);
    this.#nowMs = undefined;
    return next;
  }

  #start(head: RequestHead, bytes: Uint8Array, at: number, end: number): number {
    const forwards = this.#route(head);
    if (this.#over) return at;
    // A few bytes of its body are copied, and leave together with the head. Without an endpoint, what is left of it is read, if that is little.
    const follows = end - at > maxCopiedBytes;
    const next = this.#request.done || follows ? at : this.requestBytes(bytes, at, end);
    if (forwards && !this.#response.started && !this.#over) this.#ask();
    return follows && !this.#request.done && !this.#over ? this.requestBytes(bytes, at, end) : next;
  }

  /** Whether the request is to be forwarded: then its head is ready. Else it is answered. */
  #route(head: RequestHead): boolean {
    const { facts } = this;
    const { path, match, settings, routes, runtime } = this.#service;
    const fault = path.set(head, settings.http);
    if (fault !== "") return this.#answer("request-malformed", fault);
    const plan = routes.find(head, path, this.#service.clientOf(facts), match);
    if (plan === undefined) return this.#answer("no-route", "");
    facts.plan = plan;
    this.#request.maxBytes = plan.maxBodyBytes;
    if (head.contentLength > plan.maxBodyBytes) return this.#answer("request-too-large", "");
    const target = plan.choose(head, runtime.random);
    if (target === undefined) {
      this.#answerWith((out) => plan.writeAnswer(out, head, path, match, facts));
      return false;
    }
    this.#target = target;
    facts.chosen = target.upstream;
    this.clientHash = target.hashClient(facts.clientIp);
    this.#retry.begin(target.upstream.settings, head.isIdempotent);
    this.#upgrade = plan.upgradeOf(head);
    facts.upgrade = this.#upgrade;
    if (target.pace.upstream.hedge !== undefined)
      this.#hedge ??= new Hedge(this, this.#service, { facts, request: this.#request, retry: this.#retry });
    this.#hedge?.begin(target, this.#upgrade);
    const refused = plan.writeRequest(this.#request.open(this.#retry.maxKeptBytes), head, path, match, facts);
    return refused === "" || this.#answer("request-malformed", refused);
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
    if (this.#waiting === "discard") this.#finish(this.facts.outcome);
    else if (this.#waiting === "response") this.#awaitResponse();
    return next;
  }

  proceed(attempt: Attempt): void {
    const { facts } = this;
    const target = this.#target as RouteTarget;
    facts.leftQueue();
    facts.attempts++;
    facts.endpoint = attempt.endpoint;
    if (this.#link.start(attempt, target, this.#retry.wantsFresh)) this.#send();
    else this.#wait("connect", target.upstream.settings.connectTimeoutMs);
  }

  /** There is none. A retry ends with why the attempt before it failed: that is what went wrong first. */
  refuse(reason: Refusal | "queue-timeout"): void {
    this.#answer(this.isRetry ? this.#retry.failure : reason, "");
  }

  connected(connectMs: number): void {
    this.facts.connectMs = connectMs;
    this.#send();
  }

  connectFailed(failure: ConnectFailure): void {
    // What we ran out of ourselves says nothing about the endpoint.
    this.#attemptFailed(connectOutcomes[failure], failure === "resources" ? "unknown" : "failure");
  }

  responseHead(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number {
    this.#nowMs = this.#service.runtime.clock.now();
    const next = head.isInterim
      ? this.#interim(head, bytes, at, end)
      : this.#answered(head, bytes, at, end, this.#nowMs);
    this.#nowMs = undefined;
    return next;
  }

  #interim(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number {
    if (head.status === 101) return this.#switch(head, bytes, at, end);
    if (head.status === 100) this.#request.continued();
    this.facts.plan?.passInterim(head, this.#connection.socket, this.#service.plane.out, this.facts);
    return at;
  }

  #answered(head: ResponseHead, bytes: Uint8Array, at: number, end: number, now: number): number {
    const { plane, runtime } = this.#service;
    const { facts } = this;
    const link = this.#link;
    const attempt = link.attempt as Attempt;
    const failed = head.status >= 500;
    facts.firstByteMs = now - facts.startedMs;
    if (!failed) attempt.endpoint.latency.observe(now - link.sentMs, now);
    if (this.#hedge?.outlives(head.status) === true) {
      this.#attemptFailed("no-endpoint", failed ? "failure" : "success");
      return end;
    }
    const retry = this.#retry;
    const allowed = retry.allowsStatus(head.status, this.#request.repeatable);
    // Without another endpoint this answer is better than none.
    if (allowed && (this.#target as RouteTarget).upstream.hasUntried(retry.triedAnd(attempt.endpoint))) {
      retry.failedAt(attempt.endpoint);
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
    response.begin(head, link.connection as EndpointConnection, attempt.endpoint.down, facts.minorVersion === 1);
    // A request that is not read to its end takes the connection with it.
    facts.closes ||= !this.#request.done || response.framing === "close" || this.#connection.shallEnd;
    facts.close = facts.closes;
    facts.plan?.writeResponse(plane.out, head, response.framing, facts);
    const next = this.responseBytes(bytes, at, end);
    if (!this.#over && !response.done) this.#awaitBody();
    return next;
  }

  responseBytes(bytes: Uint8Array, at: number, end: number): number {
    const response = this.#response;
    const next = response.read(bytes, at, end);
    if (response.fault !== "") {
      this.responseMalformed(response.fault);
      return end;
    }
    if (response.done) this.#responseDone(next < end);
    return next;
  }

  responseMalformed(reason: string): void {
    if (this.#hedge?.underWay === true) return this.#attemptFailed("response-malformed", "failure");
    this.#link.attempt?.settle("failure");
    this.facts.reason = reason;
    if (this.#response.started) this.#cut("response-malformed");
    else this.#answer("response-malformed", reason);
  }

  endpointDrained(): void {
    this.#request.drained();
  }

  endpointEnded(): void {
    if (this.#response.started && this.#response.end()) {
      this.#endpointKeepsAlive = false;
      this.#responseDone(false);
    } else {
      this.endpointLost("endpoint-closed");
    }
  }

  endpointLost(outcome: OutcomeCode): void {
    const link = this.#link;
    if (this.#response.started) {
      this.#cut("response-truncated");
    } else if (link.reused && link.silent && this.#retry.takeStale(this.#request.repeatable)) {
      // It had gone while it was idle: that is nobody's failure.
      this.#leaveAttempt("unknown");
      if (!this.#goOnWithHedge()) this.#ask();
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
    this.#finish(reason === "ended" ? "client-reset" : clientOutcomes[reason]);
  }

  /** Ends it at once. */
  abort(outcome: OutcomeCode): void {
    if (this.#tunnel === undefined) this.#cut(outcome);
    else this.#tunnel.end(outcome);
  }

  onDeadline(): void {
    const waiting = this.#waiting;
    if (waiting === "queue") this.refuse("queue-timeout");
    else if (waiting === "backoff") this.#ask();
    else if (waiting === "connect") this.#link.giveUpConnect();
    else if (waiting === "response") this.#awaitResponse();
    else if (waiting === "body") this.#awaitBody();
    else this.#requestFailed("request-timeout", "");
  }

  /** Asks the upstream for an endpoint. */
  #ask(): void {
    const { upstream } = this.#target as RouteTarget;
    this.#waiting = "nothing";
    const attempt = upstream.request(this, this.#now);
    if (attempt === "queued") {
      this.facts.enteredQueue();
      this.#wait("queue", upstream.settings.queue.timeoutMs);
    } else if (typeof attempt === "string") {
      this.refuse(attempt);
    } else {
      this.proceed(attempt);
    }
  }

  #send(): void {
    const { connection, attempt, reused } = this.#link;
    const { socket } = connection as EndpointConnection;
    this.#waiting = "response";
    this.facts.reused = reused;
    this.#request.attach(socket, (attempt as Attempt).endpoint.up, this.#retry.repeats);
    this.#awaitResponse();
  }

  #wait(waiting: Waiting, forMs: number): void {
    this.#waiting = waiting;
    this.#service.wheel.set(this.#connection, forMs);
  }

  #awaitResponse(): void {
    const { wheel } = this.#service;
    const request = this.#request;
    const now = this.#now;
    const tryLeftMs = this.#retry.tryLeftMs(this.#link.sentMs, now, request.repeatable);
    const pace = awaitResponse(request, (this.#target as RouteTarget).pace, wheel.coarseNowMs, tryLeftMs);
    if (typeof pace === "number")
      wheel.set(this.#connection, Math.min(pace, this.#hedge?.leftMs(this.#link) ?? pace), now);
    else if (pace === "request-timeout") this.#requestFailed(pace, "");
    else this.#attemptFailed(pace, "failure");
  }

  hedgeAnswered(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number {
    this.#leaveAttempt("unknown");
    this.#link = (this.#hedge as Hedge).adopt(this.#link);
    return this.responseHead(head, bytes, at, end);
  }

  /** An attempt is over, and nothing came of it: whether a hedge is under way, which goes on alone. */
  #goOnWithHedge(): boolean {
    const hedge = this.#hedge;
    if (hedge?.underWay !== true) return false;
    this.#link = hedge.adopt(this.#link);
    if (this.#link.connection === undefined) this.#wait("connect", hedge.connectLeftMs);
    else this.#awaitResponse();
    return true;
  }

  #awaitBody(): void {
    const { wheel } = this.#service;
    const pace = awaitBody(this.#request, this.#response, (this.#target as RouteTarget).pace, wheel.coarseNowMs);
    if (typeof pace === "number") wheel.set(this.#connection, pace, this.#now);
    else this.#cut(pace);
  }

  get #now(): number {
    return this.#nowMs ?? this.#service.runtime.clock.now();
  }

  #attemptFailed(outcome: OutcomeCode, result: AttemptResult): void {
    this.#retry.failedAt(this.#link.attempt?.endpoint);
    this.#leaveAttempt(result);
    if (this.#goOnWithHedge()) return;
    const delayMs = this.#retry.next(outcome, this.#request.repeatable, this.#service.runtime.random);
    this.#tryAgain(outcome, delayMs);
  }

  #tryAgain(outcome: OutcomeCode, delayMs: number | undefined): void {
    if (delayMs === undefined) return void this.#answer(outcome, "");
    if (delayMs === 0) return this.#ask();
    this.#wait("backoff", delayMs);
  }

  /** Gives back what the attempt holds, its connection too. */
  #leaveAttempt(result: AttemptResult): void {
    this.#request.detach();
    this.#response.detach();
    this.#link.leave(result);
  }

  #responseDone(leftover: boolean): void {
    // Of a request that is not whole yet the rest goes nowhere, and neither connection can be used again.
    if (this.#request.done) this.#link.complete(this.#endpointKeepsAlive && !leftover);
    else this.#leaveAttempt("success");
    this.#finish("ok");
  }

  /** The endpoint has switched to the protocol that the client asked for. */
  #switch(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number {
    if (!switchesTo(head, this.#upgrade)) {
      this.responseMalformed("protocols switched unasked");
      return end;
    }
    this.#link.attempt?.settle("success");
    this.#request.letGo();
    this.#response.started = true;
    this.#waiting = "nothing";
    this.#tunnel = openTunnel(head, this.#connection, this.#link, this.facts, this);
    if (at < end) this.#tunnel.begin(bytes.subarray(at, end));
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
    // It was answered, and that is whole.
    if (this.#waiting === "discard") this.#finish(this.facts.outcome);
    else if (this.#response.started) this.#cut(outcome);
    else this.#answer(outcome, reason);
  }

  /** The answer is ours: false. */
  #answer(outcome: OutcomeCode, reason: string): false {
    if (this.#over) return false;
    const { facts } = this;
    facts.fail(outcome, reason);
    this.#answerWith((out) => this.#service.answers.error(out, facts.answer(facts.closes)));
    return false;
  }

  #answerWith(write: (out: ByteWriter) => void): void {
    this.#release("unknown");
    this.#response.started = true;
    const discards = sendOwnAnswer(this.#connection, this.facts, this.#request, write);
    if (discards) this.#wait("discard", this.#service.settings.http.bodyTimeoutMs);
    else this.#finish(this.facts.outcome);
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
    this.facts.leftQueue();
    this.#hedge?.leave();
    this.#leaveAttempt(result);
    this.#request.leave();
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
    const now = this.#now;
    this.#service.exchangeOver(facts, now);
    this.#connection.exchangeOver(this, now);
  }
}
