import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { ExchangeRecord } from "../observe/exchange-record.ts";
import { type OutcomeCode, outcomes } from "../observe/outcome.ts";
import type { BodyKind } from "../wire/framing.ts";
import { HeaderId } from "../wire/header-id.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { acceptsJson, type ErrorFacts } from "./answer/answer-writer.ts";
import { clientAddress } from "./forward/client-address.ts";
import type { ClientFacts } from "./forward/client-facts.ts";
import { RequestId } from "./forward/request-id.ts";
import type { RequestFacts } from "./forward/request-writer.ts";
import type { ResponseFacts } from "./forward/response-writer.ts";
import type { TraceContext } from "./forward/trace-context.ts";
import type { Variables } from "./forward/variables.ts";
import type { HttpService } from "./http-service.ts";
import type { RoutePlan } from "./route-plan.ts";

/** What header rules may ask of an exchange. */
class ExchangeVariables implements Variables {
  readonly wallTimeMs: number;
  readonly #facts: ExchangeFacts;

  constructor(facts: ExchangeFacts, wallTimeMs: number) {
    this.#facts = facts;
    this.wallTimeMs = wallTimeMs;
  }

  get clientIp(): string {
    return this.#facts.clientIp;
  }

  get clientPort(): number {
    return this.#facts.client.port;
  }

  get listener(): string {
    return this.#facts.listener;
  }

  get route(): string {
    return this.#facts.plan?.settings.name ?? "";
  }

  get upstream(): string {
    return this.#facts.chosen?.settings.name ?? "";
  }

  get requestId(): string {
    return this.#facts.requestId.text;
  }

  get method(): string {
    return this.#facts.method;
  }

  get host(): string {
    return this.#facts.host;
  }

  get path(): string {
    return this.#facts.rawTarget.split("?", 1)[0] as string;
  }

  get query(): string {
    const at = this.#facts.rawTarget.indexOf("?");
    return at === -1 ? "" : this.#facts.rawTarget.slice(at + 1);
  }

  get traceId(): string {
    return this.#facts.trace.traceId;
  }
}

/** What is known of an exchange: for the heads that are written, for header rules, and for its record. Used again and again. */
export class ExchangeFacts implements RequestFacts, ResponseFacts {
  readonly requestId: RequestId;
  /** What the endpoint is asked for: written by the route, read at once. */
  readonly target: ByteWriter;
  client!: ClientFacts;
  clientIp = "";
  /** When the request's head was there, by the clock. */
  startedMs = 0;
  minorVersion: 0 | 1 = 1;
  isHead = false;
  /** What is asked for by `Accept`: JSON rather than text, for own answers. */
  acceptsJson = false;
  body: BodyKind = "none";
  contentLength = 0;
  expectsContinue = false;
  trace!: TraceContext;
  /** As the client sent them, when a record or a rule needs them; else empty. */
  method = "";
  host = "";
  rawTarget = "";
  userAgent = "";
  referer = "";
  upgrade = "";
  /** The connection of whoever gets the head that is written ends after the exchange. */
  close = false;
  /** The client's connection ends after this exchange. */
  closes = false;
  /** The client's connection is reset: its answer is not whole. */
  cut = false;
  plan: RoutePlan | undefined = undefined;
  chosen: Upstream | undefined = undefined;
  endpoint: Endpoint | undefined = undefined;
  attempts = 0;
  reused = false;
  status = 0;
  outcome: OutcomeCode = "ok";
  reason = "";
  bytesUp = 0;
  bytesDown = 0;
  queueMs: number | undefined = undefined;
  connectMs: number | undefined = undefined;
  firstByteMs: number | undefined = undefined;
  #queuedMs = 0;
  readonly #service: HttpService;

  /** `begin` before anything else. */
  constructor(service: HttpService) {
    this.#service = service;
    this.target = service.plane.target;
    this.requestId = new RequestId(service.plane.requestIds);
  }

  /** A new exchange. `head` is undefined when it could not be read; it is valid during this call only. */
  begin(client: ClientFacts, head: RequestHead | undefined): void {
    const service = this.#service;
    this.client = client;
    this.startedMs = service.runtime.clock.now();
    this.requestId.begin(head, service.settings.http.forwarding.requestId);
    this.trace = service.traceFor(head);
    this.clientIp = head === undefined ? client.address : clientAddress(head, client, service.trustedProxies);
    this.minorVersion = head?.minorVersion ?? 1;
    this.isHead = head?.isHead ?? false;
    this.acceptsJson = head !== undefined && acceptsJson(head);
    this.body = head?.bodyKind ?? "none";
    this.contentLength = head?.contentLength ?? 0;
    this.expectsContinue = head?.expectsContinue ?? false;
    this.method = "";
    this.host = "";
    this.rawTarget = "";
    this.userAgent = "";
    this.referer = "";
    this.upgrade = "";
    this.close = false;
    this.closes = head?.keepAlive !== true;
    this.cut = false;
    this.plan = undefined;
    this.chosen = undefined;
    this.endpoint = undefined;
    this.attempts = 0;
    this.reused = false;
    this.status = 0;
    this.outcome = "ok";
    this.reason = "";
    this.bytesUp = 0;
    this.bytesDown = 0;
    this.queueMs = undefined;
    this.connectMs = undefined;
    this.firstByteMs = undefined;
    this.#queuedMs = 0;
    if (head !== undefined && service.keepsHeads) this.#keep(head);
  }

  get listener(): string {
    return this.#service.settings.name;
  }

  get variables(): Variables {
    return new ExchangeVariables(this, this.#service.runtime.clock.wallTime());
  }

  /** What an own answer depends on. */
  answer(close: boolean): ErrorFacts {
    const { isHead, minorVersion, status, outcome, reason, variables, plan } = this;
    return {
      isHead,
      minorVersion,
      acceptsJson: this.acceptsJson,
      close,
      requestId: this.requestId.text,
      rules: plan?.responses.rules,
      variables,
      outcome,
      status,
      reason,
      retryAfterS: 0,
    };
  }

  /** It failed so, and the client is answered so. */
  fail(outcome: OutcomeCode, reason: string): void {
    this.outcome = outcome;
    this.reason = reason;
    this.status = outcomes[outcome].status;
  }

  enteredQueue(): void {
    this.#queuedMs = this.#service.runtime.clock.now();
  }

  leftQueue(): void {
    if (this.#queuedMs === 0) return;
    this.queueMs = (this.queueMs ?? 0) + this.#service.runtime.clock.now() - this.#queuedMs;
    this.#queuedMs = 0;
  }

  /** The record of the exchange, which is over. */
  record(durationMs: number): ExchangeRecord {
    return {
      listener: this.listener,
      route: this.plan?.settings.name,
      upstream: this.chosen?.settings.name,
      endpoint: this.endpoint?.address,
      peer: this.client.peer,
      client: this.clientIp,
      method: this.method,
      host: this.host,
      target: this.rawTarget,
      protocol: this.minorVersion === 1 ? "HTTP/1.1" : "HTTP/1.0",
      userAgent: this.userAgent,
      referer: this.referer,
      requestId: this.requestId.text,
      traceId: this.trace.traceId,
      status: this.status,
      outcome: this.outcome,
      reason: this.reason,
      attempts: this.attempts,
      reused: this.reused,
      bytesUp: this.bytesUp,
      bytesDown: this.bytesDown,
      queueMs: this.queueMs,
      connectMs: this.connectMs,
      firstByteMs: this.firstByteMs,
      durationMs,
    };
  }

  #keep(head: RequestHead): void {
    this.method = head.method;
    this.host = head.authority;
    this.rawTarget = head.target;
    const userAgent = head.find(HeaderId.userAgent);
    if (userAgent !== -1) this.userAgent = head.value(userAgent);
    const referer = head.find(HeaderId.referer);
    if (referer !== -1) this.referer = head.value(referer);
  }
}
