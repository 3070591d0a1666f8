import type { OutcomeCode } from "../observe/outcome.ts";
import type { ConnectFailure } from "../runtime/runtime.ts";
import { connectOutcomes } from "../upstream/connect-outcomes.ts";
import type { Attempt } from "../upstream/attempt.ts";
import type { AttemptResult } from "../upstream/attempt-result.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { Seeker } from "../upstream/upstream.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import type { EndpointConnection } from "./endpoint-connection.ts";
import { EndpointLink, type LinkOwner } from "./endpoint-link.ts";
import type { ExchangeFacts } from "./exchange-facts.ts";
import type { HttpService } from "./http-service.ts";
import type { RequestStream } from "./request-stream.ts";
import type { RetryState } from "./retry-state.ts";
import type { RouteTarget } from "./route-target.ts";

/** What a hedge needs of the exchange that it is for. */
export interface Hedged extends LinkOwner {
  readonly clientHash: number;
  /** The hedge has a good answer, the first one: `adopt` it, and go on with the head as in `responseHead`. */
  hedgeAnswered(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number;
}

/**
 * The second attempt of an exchange whose first one takes long: at another endpoint, at the same time, from the kept bytes of the
 * request. (Dean and Barroso, "The Tail at Scale", CACM 2013.) The first good answer is the exchange's, whoever it comes from; of two
 * attempts the one that fails leaves it to the other. Used for one exchange after the other, at most once in each.
 */
export class Hedge implements LinkOwner, Seeker {
  readonly isRetry = true;
  tried: readonly Endpoint[] = [];
  /** It has an attempt. */
  underWay = false;
  readonly #hedged: Hedged;
  readonly #service: HttpService;
  readonly #facts: ExchangeFacts;
  readonly #request: RequestStream;
  readonly #retry: RetryState;
  #link: EndpointLink;
  #target!: RouteTarget;
  #delayMs = Infinity;
  /** There was one in this exchange, or none could be had. */
  #spent = false;
  /** How long its connect took; undefined: there was none, or it is under way. */
  #connectMs: number | undefined = undefined;
  /** When it began to connect, or its endpoint last took some of the request, by the wheel's time. */
  #activityMs = 0;

  /** `begin` before anything else. */
  constructor(
    hedged: Hedged,
    service: HttpService,
    of: { readonly facts: ExchangeFacts; readonly request: RequestStream; readonly retry: RetryState },
  ) {
    this.#hedged = hedged;
    this.#service = service;
    this.#facts = of.facts;
    this.#request = of.request;
    this.#retry = of.retry;
    this.#link = new EndpointLink(this, service);
  }

  /** A new exchange, which asks for `upgrade`, if any. Nothing is left of the one before: it has gone through `leave` or `adopt`. */
  begin(target: RouteTarget, upgrade: string): void {
    this.#target = target;
    this.#delayMs = target.pace.upstream.hedge?.delayMs ?? Infinity;
    // Whoever switches protocols does so with one endpoint.
    this.#spent = upgrade !== "";
  }

  get isHead(): boolean {
    return this.#hedged.isHead;
  }

  get clientHash(): number {
    return this.#hedged.clientHash;
  }

  /**
   * The first attempt, on `link`, waits for its answer: begins when it has done so for long enough, and gives up a connect that takes too
   * long. In how many milliseconds that is to be looked at again.
   */
  leftMs({ attempt }: EndpointLink): number {
    if (this.underWay) {
      const leftMs = this.connectLeftMs;
      if (leftMs <= 0) this.#link.giveUpConnect();
      return leftMs > 0 ? leftMs : Infinity;
    }
    const request = this.#request;
    if (this.#spent || !request.done || !request.repeatable) return Infinity;
    const leftMs = request.activityMs + this.#delayMs - this.#service.wheel.coarseNowMs;
    if (leftMs > 0) return leftMs;
    this.#start((attempt as Attempt).endpoint);
    return this.underWay ? this.connectLeftMs : Infinity;
  }

  /** In how many milliseconds its connect is given up; infinite when it has its connection. */
  get connectLeftMs(): number {
    if (this.#link.connection !== undefined) return Infinity;
    return this.#activityMs + this.#target.upstream.settings.connectTimeoutMs - this.#service.wheel.coarseNowMs;
  }

  /** The first attempt has its answer. Is it a good one, the hedge is left; else it goes on, if it is under way: true. */
  outlives(status: number): boolean {
    if (this.underWay && !this.#isGood(status)) return true;
    this.leave();
    return false;
  }

  /** It is the only attempt from here on. Its link for that of the exchange, which holds nothing. */
  adopt(link: EndpointLink): EndpointLink {
    const own = this.#link;
    const facts = this.#facts;
    this.underWay = false;
    this.#link = link;
    link.passTo(this);
    own.passTo(this.#hedged);
    this.#request.activityMs = this.#activityMs;
    facts.endpoint = own.attempt?.endpoint;
    facts.reused = own.reused;
    facts.connectMs = this.#connectMs;
    return own;
  }

  /** Gives all back: the first attempt is the one; or nobody waits any more. */
  leave(): void {
    if (!this.underWay) return;
    this.underWay = false;
    this.#link.leave("unknown");
  }

  connected(connectMs: number): void {
    this.#connectMs = connectMs;
    this.#send();
  }

  connectFailed(failure: ConnectFailure): void {
    // What we ran out of ourselves says nothing about the endpoint.
    this.#fail(connectOutcomes[failure], failure === "resources" ? "unknown" : "failure");
  }

  responseHead(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number {
    if (head.status === 101) {
      this.responseMalformed();
      return end;
    }
    // It may yet come to nothing.
    if (head.isInterim) return at;
    if (this.#isGood(head.status)) return this.#hedged.hedgeAnswered(head, bytes, at, end);
    this.#fail("no-endpoint", head.status >= 500 ? "failure" : "success");
    return end;
  }

  /** Nothing of a body: with the head the exchange has the connection, or nobody has. */
  responseBytes(_bytes: Uint8Array, _at: number, end: number): number {
    return end;
  }

  responseMalformed(): void {
    this.#fail("response-malformed", "failure");
  }

  endpointDrained(): void {
    this.#activityMs = this.#service.wheel.coarseNowMs;
  }

  endpointEnded(): void {
    this.endpointLost("endpoint-closed");
  }

  endpointLost(outcome: OutcomeCode): void {
    const { reused, silent } = this.#link;
    // It had gone while it was idle: that is nobody's failure.
    if (reused && silent) this.leave();
    else this.#fail(outcome, "failure");
  }

  /** An answer with this status is passed on, whatever the other attempt may bring. */
  #isGood(status: number): boolean {
    return status < 500 && !this.#retry.allowsStatus(status, this.#request.repeatable);
  }

  /** At once, or not at all. */
  #start(first: Endpoint): void {
    this.#spent = true;
    this.tried = this.#retry.triedAnd(first);
    const attempt = this.#target.upstream.requestNow(this);
    if (attempt === undefined) return;
    this.underWay = true;
    this.#facts.attempts += 1;
    this.#connectMs = undefined;
    this.#activityMs = this.#service.wheel.coarseNowMs;
    if (this.#link.start(attempt, this.#target, false)) this.#send();
  }

  #send(): void {
    const { connection, attempt } = this.#link;
    this.#activityMs = this.#service.wheel.coarseNowMs;
    this.#request.copyTo((connection as EndpointConnection).socket, (attempt as Attempt).endpoint.up);
  }

  #fail(outcome: OutcomeCode, result: AttemptResult): void {
    this.#retry.hedgeFailed(outcome, this.#link.attempt?.endpoint);
    this.underWay = false;
    this.#link.leave(result);
  }
}
