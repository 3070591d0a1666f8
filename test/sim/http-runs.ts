import type { ExchangeRecord } from "../../src/core/observe/exchange-record.ts";
import type { AnswerPlan, Field, RequestPlan } from "./http-plan.ts";
import type { Drawn } from "./model-heads.ts";
import type { SimSocket } from "./sim-socket.ts";

/** A request of the scenario, and what became of it. */
export class RequestRun {
  readonly plan: RequestPlan;
  /** What has come of it to endpoints, in order. */
  readonly servings: Serving[] = [];
  /** On how many connections to endpoints the proxy has begun to send it. */
  sent = 0;
  /** These connections, in order. */
  readonly sockets: SimSocket[] = [];
  /** When the proxy last began to send it. */
  sentMs = 0;
  /** The client has begun to send it. */
  begun = false;
  /** It has sent all of it. */
  whole = false;
  /** The position behind its head on the client's connection. */
  headEnd = Infinity;
  /** The position behind its body, likewise. */
  end = Infinity;
  /** Of the answer that the client got; 0: none. */
  status = 0;
  /** Of the answer's body that the client got. */
  bodyBytes = 0;
  /** The client got all of the answer. */
  answered = false;
  /** The answer is an endpoint's. */
  serving: Serving | undefined = undefined;
  /** An endpoint has sent bytes that nobody asked for, and the proxy could not know before it sent the request. */
  poisoned = false;
  record: ExchangeRecord | undefined = undefined;
  /** What the proxy has drawn for it, as its first endpoint saw it. */
  drawn: Drawn = {};

  constructor(plan: RequestPlan) {
    this.plan = plan;
  }

  /** It may be sent again although an endpoint may have seen it (RFC 9110 section 9.2.2). */
  get isIdempotent(): boolean {
    return this.plan.method !== "POST" && this.plan.method !== "PATCH";
  }
}

/** A request as one endpoint got it, and how that answered. */
export class Serving {
  /** Its place among all of the scenario. */
  readonly index: number;
  readonly request: RequestRun;
  readonly plan: AnswerPlan;
  /** Of the request's body. */
  gotBytes = 0;
  /** All of the request came. */
  gotWhole = false;
  gotWholeMs = Infinity;
  /** Nothing of the answer was sent yet. */
  silent = true;
  /** How much of the body of the answer was sent, when it ends with the connection or is a tunnel's. */
  sentBytes = 0;
  /** The answer was sent to its end. */
  complete = false;
  /** The endpoint has cut it: what arrives of it is less than was sent. */
  cut = false;
  /** The header fields of its answer, as they were sent. */
  fields: readonly Field[] = [];
  /** Of its interim answers, likewise. */
  interimFields: readonly Field[] = [];

  constructor(index: number, request: RequestRun, plan: AnswerPlan) {
    this.index = index;
    this.request = request;
    this.plan = plan;
  }
}
