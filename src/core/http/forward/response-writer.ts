import type { ByteWriter } from "../../bytes/byte-writer.ts";
import type { HttpSettings, RouteSettings } from "../../server/http-settings.ts";
import type { BodyKind } from "../../wire/framing.ts";
import { HeaderId } from "../../wire/header-id.ts";
import type { ResponseHead } from "../../wire/response-head.ts";
import { writeFieldValue } from "./field-value.ts";
import { type CompiledHeaderRules, compileHeaderRules } from "./header-rules.ts";
import type { HttpDate } from "./wall-time.ts";
import { copyKeptFields, dropIds, type Dropped, hopByHop } from "./kept-fields.ts";
import type { Variables } from "./variables.ts";

/** What of an answer is not in its head. */
export interface ResponseFacts {
  /** The client's connection ends after this answer. */
  readonly close: boolean;
  /** The version of the client's request. */
  readonly minorVersion: 0 | 1;
  /** How the body goes to the client; `chunked` never to HTTP/1.0. */
  readonly body: BodyKind;
  /** When `body` is `length`. */
  readonly contentLength: number;
  /** The protocol that a 101 switches to; else empty. */
  readonly upgrade: string;
  /** Asked only by header rules. */
  readonly variables: Variables;
}

const encoder = new TextEncoder();
const version = encoder.encode("HTTP/1.1 ");
const crlf = encoder.encode("\r\n");
const contentLengthStart = encoder.encode("Content-Length: ");
const chunkedField = encoder.encode("Transfer-Encoding: chunked\r\n");
const closeField = encoder.encode("Connection: close\r\n");
const keepAliveField = encoder.encode("Connection: keep-alive\r\n");
const upgradeStart = encoder.encode("Connection: upgrade\r\nUpgrade: ");
const switchingProtocols = 101;

/**
 * Writes the heads of endpoints' answers to clients: one for each listener and route. The id of the request is sent back
 * only when a rule says so (`{request.id}`), as other proxies do: an endpoint that wants its client to know it can say it.
 */
export class ResponseWriter {
  /** A header rule needs `Variables`, when the request's head may be gone. */
  readonly usesExchange: boolean;
  /** Of the route; undefined when there are none. */
  readonly rules: CompiledHeaderRules | undefined;
  readonly #dropped: Dropped;
  readonly #date: HttpDate;

  /** Without a route there are no rules. */
  constructor(http: HttpSettings, route: RouteSettings | undefined, date: HttpDate) {
    this.rules = compileHeaderRules(route?.responseHeaders, false);
    this.usesExchange = this.rules?.usesExchange ?? false;
    this.#dropped = dropIds(hopByHop(http.trailers.length > 0));
    this.#date = date;
  }

  /** Writes all of the head, up to its empty line; of interim answers (1xx) too. */
  write(out: ByteWriter, head: ResponseHead, facts: ResponseFacts): void {
    const { status } = head;
    const isFinal = status >= 200 || status === switchingProtocols;
    out.all(version);
    out.decimal(status);
    out.byte(32);
    out.range(head.bytes, head.reasonStart, head.reasonEnd);
    out.all(crlf);
    copyKeptFields(out, head, this.#dropped, undefined, isFinal ? this.rules?.removed : undefined);
    if (isFinal) {
      this.#writeFraming(out, head, facts);
      // RFC 9110 section 6.6.1: who passes an answer on adds it.
      if (head.find(HeaderId.date) === -1 && this.rules?.replaces("date") !== true) this.#date.write(out);
      this.rules?.write(out, head, facts.variables);
    }
    out.all(crlf);
  }

  #writeFraming(out: ByteWriter, head: ResponseHead, facts: ResponseFacts): void {
    if (head.status === switchingProtocols) {
      out.all(upgradeStart);
      writeFieldValue(out, facts.upgrade);
      out.all(crlf);
      return;
    }
    if (facts.close) out.all(closeField);
    else if (facts.minorVersion === 0) out.all(keepAliveField);
    if (facts.body === "chunked") {
      out.all(chunkedField);
    } else if (facts.body === "length" || (facts.body === "none" && head.hasContentLength)) {
      // HEAD and 304 say how long a body would be that does not follow (RFC 9110 section 8.6).
      out.all(contentLengthStart);
      out.decimal(facts.body === "length" ? facts.contentLength : head.contentLength);
      out.all(crlf);
    }
  }
}
