import type { ByteWriter } from "../../bytes/byte-writer.ts";
import { type OutcomeCode, outcomes } from "../../observe/outcome.ts";
import type { ErrorPageSettings, RespondAction } from "../../server/http-settings.ts";
import { headerStride } from "../../wire/head.ts";
import { HeaderId } from "../../wire/header-id.ts";
import type { RequestHead } from "../../wire/request-head.ts";
import { writeFieldValue } from "../forward/field-value.ts";
import type { CompiledHeaderRules } from "../forward/header-rules.ts";
import type { Variables } from "../forward/variables.ts";
import type { HttpDate } from "../forward/wall-time.ts";
import { reasonPhrase } from "./reason-phrase.ts";

/** What an own answer depends on. */
export interface AnswerFacts {
  /** The request was HEAD: the answer has no body. */
  readonly isHead: boolean;
  /** The version of the request. */
  readonly minorVersion: 0 | 1;
  /** The client prefers JSON to text: see `acceptsJson`. */
  readonly acceptsJson: boolean;
  /** The client's connection ends after the answer. */
  readonly close: boolean;
  /** Empty: none is named. */
  readonly requestId: string;
  /** The route's rules for answers, when one matched. */
  readonly rules: CompiledHeaderRules | undefined;
  /** Asked only by header rules. */
  readonly variables: Variables;
}

/** Why an error is answered. */
export interface ErrorFacts extends AnswerFacts {
  readonly outcome: OutcomeCode;
  /** Of the outcome, unless there is a reason for another one. */
  readonly status: number;
  /** In words, where the outcome has several reasons. Told only to clients whose own doing it was. */
  readonly reason: string;
  /** Seconds until it is worth trying again; 0: not known. */
  readonly retryAfterS: number;
}

/** A body and what it is. */
interface Content {
  readonly type: string;
  readonly body: Uint8Array;
}

const encoder = new TextEncoder();
const nothing = new Uint8Array(0);
const plainText = "text/plain; charset=utf-8";
const problemJson = "application/problem+json";

/**
 * Writes the answers that are the proxy's own, head and body: errors, redirects, and those that a route holds. They are
 * small, never cached, and tell of the proxy neither name nor version. One for each listener.
 */
export class AnswerWriter {
  readonly #pages: ReadonlyMap<number, Content>;
  readonly #date: HttpDate;

  constructor(errorPages: readonly ErrorPageSettings[], date: HttpDate) {
    this.#pages = new Map(
      errorPages.map(({ status, contentType, body }) => [status, { type: contentType, body: encoder.encode(body) }]),
    );
    this.#date = date;
  }

  /**
   * An error: the page of its status, if there is one; JSON (RFC 9457) for whose `Accept` names a kind of JSON; else one
   * line of text.
   */
  error(out: ByteWriter, facts: ErrorFacts): void {
    const { status, retryAfterS } = facts;
    const content = this.#pages.get(status) ?? (facts.acceptsJson ? problem(facts) : line(facts));
    this.#start(out, status, facts);
    if (retryAfterS > 0) writeField(out, "Retry-After", String(Math.ceil(retryAfterS)), facts.rules);
    this.#finish(out, status, content, facts);
  }

  /** Sends the client to `location`: see `RedirectLocation`. */
  redirect(out: ByteWriter, status: number, location: ByteWriter, facts: AnswerFacts): void {
    this.#start(out, status, facts);
    out.latin1("Location: ");
    out.range(location.bytes, 0, location.length);
    out.latin1("\r\n");
    this.#finish(out, status, { type: plainText, body: encoder.encode(`${reasonPhrase(status)}\n`) }, facts);
  }

  /** An OPTIONS that goes no further; `methods`: all that the route takes, when it names them. */
  options(out: ByteWriter, methods: readonly string[] | undefined, facts: AnswerFacts): void {
    this.#start(out, 200, facts);
    if (methods !== undefined) writeField(out, "Allow", methods.join(", "), facts.rules);
    this.#finish(out, 200, { type: "", body: nothing }, facts);
  }

  /** What a route answers at once. */
  respond(out: ByteWriter, answer: FixedAnswer, facts: AnswerFacts): void {
    this.#start(out, answer.status, facts);
    this.#finish(out, answer.status, answer, facts);
  }

  #start(out: ByteWriter, status: number, { minorVersion, close, rules }: AnswerFacts): void {
    out.latin1(`HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`);
    if (rules?.replaces("date") !== true) this.#date.write(out);
    if (close) out.latin1("Connection: close\r\n");
    else if (minorVersion === 0) out.latin1("Connection: keep-alive\r\n");
  }

  #finish(out: ByteWriter, status: number, { type, body }: Content, facts: AnswerFacts): void {
    const { isHead, requestId, rules } = facts;
    // RFC 9110 section 8.6: 204 has no length, and that of 304 would be another answer's.
    const hasContent = status !== 204 && status !== 304;
    if (hasContent) {
      if (body.length > 0) writeField(out, "Content-Type", type, rules);
      out.latin1(`Content-Length: ${body.length}\r\n`);
    }
    writeField(out, "Cache-Control", "no-store", rules);
    if (requestId !== "") writeField(out, "X-Request-ID", requestId, rules);
    rules?.write(out, undefined, facts.variables);
    out.latin1("\r\n");
    if (hasContent && !isHead) out.all(body);
  }
}

/** A route's answer, encoded once. */
export class FixedAnswer implements Content {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;

  constructor(action: RespondAction) {
    this.status = action.status;
    this.type = action.contentType;
    this.body = encoder.encode(action.body);
  }
}

/** Unless a rule writes or removes it. */
function writeField(out: ByteWriter, name: string, value: string, rules: CompiledHeaderRules | undefined): void {
  if (rules?.replaces(name.toLowerCase()) === true) return;
  out.latin1(`${name}: `);
  writeFieldValue(out, value);
  out.latin1("\r\n");
}

const letterJ = "j".charCodeAt(0);
const letterS = "s".charCodeAt(0);
const letterO = "o".charCodeAt(0);
const letterN = "n".charCodeAt(0);

/** `Accept` names a kind of JSON; `*` is nobody's wish for it. */
export function acceptsJson(head: RequestHead): boolean {
  for (let index = 0; index < head.headerCount; index++) {
    if (head.headers[index * headerStride] !== HeaderId.accept) continue;
    const field = index * headerStride;
    if (namesJson(head.bytes, head.headers[field + 3] as number, head.headers[field + 4] as number)) return true;
  }
  return false;
}

/** Each request is asked, hardly one is answered here: without a string. */
function namesJson(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 4 <= end; at++) {
    // The bit of a letter's case, set; no other octet of a value becomes one of these by it.
    if (((bytes[at] as number) | 32) !== letterJ) continue;
    if (((bytes[at + 1] as number) | 32) !== letterS) continue;
    if (((bytes[at + 2] as number) | 32) === letterO && ((bytes[at + 3] as number) | 32) === letterN) return true;
  }
  return false;
}

function problem({ status, outcome, reason, requestId }: ErrorFacts): Content {
  const detail = tellsReason(outcome) && reason !== "" ? { detail: reason } : {};
  const id = requestId === "" ? {} : { request_id: requestId };
  const body = `${JSON.stringify({ title: reasonPhrase(status), status, ...detail, code: outcome, ...id })}\n`;
  return { type: problemJson, body: encoder.encode(body) };
}

function line({ status, outcome, reason, requestId }: ErrorFacts): Content {
  const detail = tellsReason(outcome) && reason !== "" ? `: ${reason}` : "";
  const id = requestId === "" ? "" : ` (request ${requestId})`;
  return { type: plainText, body: encoder.encode(`${status} ${reasonPhrase(status)}: ${outcome}${detail}${id}\n`) };
}

/** What is wrong with an endpoint is no client's business. */
function tellsReason(outcome: OutcomeCode): boolean {
  return outcomes[outcome].source === "downstream";
}
