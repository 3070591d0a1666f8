import type { ByteWriter } from "../../bytes/byte-writer.ts";
import type { HttpSettings, RouteSettings } from "../../server/http-settings.ts";
import type { BodyKind } from "../../wire/framing.ts";
import { headerStride } from "../../wire/head.ts";
import { HeaderId } from "../../wire/header-id.ts";
import type { RequestHead } from "../../wire/request-head.ts";
import { type ClientFacts, OwnField } from "./client-facts.ts";
import { writeFieldValue } from "./field-value.ts";
import { type CompiledHeaderRules, compileHeaderRules } from "./header-rules.ts";
import { copyKeptFields, dropIds, type Dropped, hopByHop, type UnknownFields } from "./kept-fields.ts";
import { maxForwards } from "./max-forwards.ts";
import type { RequestId } from "./request-id.ts";
import type { TraceContext } from "./trace-context.ts";
import type { Variables } from "./variables.ts";

/** What of a request is not in its head. */
export interface RequestFacts {
  readonly client: ClientFacts;
  /** What is asked for: path and query, or `*`. */
  readonly target: ByteWriter;
  /** How the body goes to the endpoint: `none`, `length` or `chunked`, as it came. */
  readonly body: BodyKind;
  /** When `body` is `length`. */
  readonly contentLength: number;
  /** The protocol to switch to, as the client spelled it; else empty. */
  readonly upgrade: string;
  /** The endpoint is asked for 100 before the body: only of an HTTP/1.1 client's request (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
  /** The endpoint shall end the connection after its answer. */
  readonly close: boolean;
  readonly requestId: RequestId;
  readonly trace: TraceContext;
  /** Asked only by header rules. */
  readonly variables: Variables;
}

const encoder = new TextEncoder();
const versionAndHost = encoder.encode(" HTTP/1.1\r\nHost: ");
const crlf = encoder.encode("\r\n");
const contentLengthStart = encoder.encode("Content-Length: ");
const chunkedField = encoder.encode("Transfer-Encoding: chunked\r\n");
const closeField = encoder.encode("Connection: close\r\n");
const upgradeStart = encoder.encode("Connection: upgrade\r\nUpgrade: ");
const trailersField = encoder.encode("Connection: TE\r\nTE: trailers\r\n");
const expectField = encoder.encode("Expect: 100-continue\r\n");
const maxForwardsStart = encoder.encode("Max-Forwards: ");
const forwardedForStart = encoder.encode("X-Forwarded-For: ");
const forwardedHostStart = encoder.encode("X-Forwarded-Host: ");
const realIpStart = encoder.encode("X-Real-IP: ");
const requestIdStart = encoder.encode("X-Request-ID: ");
const traceparentStart = encoder.encode("traceparent: ");
const forwardedHost = encoder.encode(';host="');
const forwardedEnd = encoder.encode(";proto=http\r\n");
const quote = 34;

/** What clients may say of themselves only when they are trusted. */
const claims: readonly number[] = [
  HeaderId.forwarded,
  HeaderId.xForwardedFor,
  HeaderId.xForwardedProto,
  HeaderId.xForwardedHost,
  HeaderId.xForwardedPort,
  HeaderId.xForwardedPrefix,
  HeaderId.xForwardedServer,
  HeaderId.xForwardedSsl,
  HeaderId.xRealIp,
];

/**
 * Writes the heads of requests to endpoints: one for each listener and route. The order is what keeps clients from
 * playing with it: first goes what is hop-by-hop, named by `Connection`, or a claim of somebody untrusted; then comes
 * what is ours.
 */
export class RequestWriter {
  /** A header rule needs `Variables`. */
  readonly usesExchange: boolean;
  /** Bits of `OwnField`. */
  readonly #own: number;
  readonly #via: string;
  readonly #host: Uint8Array | undefined;
  readonly #rules: CompiledHeaderRules | undefined;
  readonly #trailers: boolean;
  readonly #trace: boolean;
  readonly #dropped: Dropped;
  readonly #droppedOfTrusted: Dropped;

  /** Without a route there are no rules, and the host stays. */
  constructor(http: HttpSettings, route: RouteSettings | undefined) {
    const rules = compileHeaderRules(route?.requestHeaders, true);
    this.#rules = rules;
    this.usesExchange = rules?.usesExchange ?? false;
    this.#own = ownFields(http, rules);
    this.#via = http.forwarding.via;
    const host = route?.action.kind === "forward" ? route.action.rewrite?.host : undefined;
    this.#host = host === undefined ? undefined : encoder.encode(host);
    this.#trailers = http.trailers.length > 0;
    this.#trace = http.forwarding.trace !== "off" && rules?.replaces("traceparent") !== true;
    const always = [...hopByHop(this.#trailers), HeaderId.host, HeaderId.expect];
    if (http.forwarding.requestId !== "off") always.push(HeaderId.xRequestId);
    if (http.forwarding.trace !== "off") always.push(HeaderId.traceparent);
    this.#dropped = dropIds([...always, ...claims]);
    // Of a trusted proxy's, X-Forwarded-For is written anew with the peer behind it, X-Real-IP by what that says.
    const anew: number[] = [];
    if (http.forwarding.xForwarded) anew.push(HeaderId.xForwardedFor);
    if (http.forwarding.xRealIp) anew.push(HeaderId.xRealIp);
    this.#droppedOfTrusted = dropIds([...always, ...anew]);
  }

  /** Writes all of the head, up to its empty line. */
  write(out: ByteWriter, head: RequestHead, facts: RequestFacts): void {
    const { client, target } = facts;
    const { bytes } = head;
    out.range(bytes, head.methodStart, head.methodEnd);
    out.byte(32);
    out.range(target.bytes, 0, target.length);
    out.all(versionAndHost);
    this.#writeHost(out, head, client);
    out.all(crlf);
    this.#writeKept(out, head, facts);
    this.#writeFraming(out, head, facts);
    this.#writeForwarding(out, head, facts);
    if ((this.#own & OwnField.requestId) !== 0) {
      out.all(requestIdStart);
      facts.requestId.write(out);
      out.all(crlf);
    }
    if (this.#trace && facts.trace.present) {
      out.all(traceparentStart);
      facts.trace.write(out);
      out.all(crlf);
    }
    this.#rules?.write(out, head, facts.variables);
    out.all(crlf);
  }

  /** The client's, unless the route says another; never none: HTTP/1.1 wants one. */
  #writeHost(out: ByteWriter, head: RequestHead, client: ClientFacts): void {
    if (this.#host !== undefined) out.all(this.#host);
    else if (head.authorityEnd > head.authorityStart) out.range(head.bytes, head.authorityStart, head.authorityEnd);
    else out.latin1(client.localAuthority);
  }

  #writeKept(out: ByteWriter, head: RequestHead, facts: RequestFacts): void {
    const { trusted } = facts.client;
    const dropped = trusted ? this.#droppedOfTrusted : this.#dropped;
    const left = maxForwards(head);
    dropped[HeaderId.maxForwards] = left === -1 ? 0 : 1;
    // Without its traceparent it means nothing (Trace Context, section 3.3.1).
    dropped[HeaderId.tracestate] = this.#trace && !facts.trace.continued ? 1 : 0;
    copyKeptFields(out, head, dropped, trusted ? undefined : unknownClaims, this.#rules?.removed);
    if (left === -1) return;
    out.all(maxForwardsStart);
    out.decimal(left - 1);
    out.all(crlf);
  }

  /** As the body came: a proxy that frames it otherwise makes two requests of one (CVE-2026-29057). */
  #writeFraming(out: ByteWriter, head: RequestHead, facts: RequestFacts): void {
    if (facts.upgrade !== "") {
      out.all(upgradeStart);
      writeFieldValue(out, facts.upgrade);
      out.all(crlf);
    } else if (facts.close) {
      out.all(closeField);
    } else if (this.#trailers && acceptsTrailers(head)) {
      out.all(trailersField);
    }
    if (facts.body === "chunked") {
      out.all(chunkedField);
    } else if (facts.body === "length") {
      out.all(contentLengthStart);
      out.decimal(facts.contentLength);
      out.all(crlf);
    }
    if (facts.expectsContinue) out.all(expectField);
  }

  #writeForwarding(out: ByteWriter, head: RequestHead, facts: RequestFacts): void {
    const { client } = facts;
    let own = this.#own;
    if (client.trusted) own = this.#writeForTrusted(out, head, facts);
    out.all(client.lines(own, this.#via, head.minorVersion));
    const { authorityStart, authorityEnd } = head;
    if ((own & OwnField.xForwardedHost) !== 0 && authorityEnd > authorityStart) {
      out.all(forwardedHostStart);
      out.range(head.bytes, authorityStart, authorityEnd);
      out.all(crlf);
    }
    if ((own & OwnField.forwarded) !== 0) writeForwarded(out, head, client);
  }

  /** Writes what depends on the trusted proxy's fields, and returns what else is to be written: what it did not say. */
  #writeForTrusted(out: ByteWriter, head: RequestHead, facts: RequestFacts): number {
    let own = this.#own;
    if ((own & OwnField.xForwardedFor) !== 0) {
      out.all(forwardedForStart);
      for (let index = 0; index < head.headerCount; index++) {
        const at = index * headerStride;
        if (head.headers[at] !== HeaderId.xForwardedFor) continue;
        const start = head.headers[at + 3] as number;
        const end = head.headers[at + 4] as number;
        if (end === start) continue;
        out.range(head.bytes, start, end);
        out.latin1(", ");
      }
      out.latin1(facts.client.address);
      out.all(crlf);
      own &= ~OwnField.xForwardedFor;
    }
    if ((own & OwnField.xRealIp) !== 0) {
      out.all(realIpStart);
      out.latin1(facts.variables.clientIp);
      out.all(crlf);
      own &= ~OwnField.xRealIp;
    }
    if (head.find(HeaderId.xForwardedProto) !== -1) own &= ~OwnField.xForwardedProto;
    if (head.find(HeaderId.xForwardedPort) !== -1) own &= ~OwnField.xForwardedPort;
    if (head.find(HeaderId.xForwardedHost) !== -1) own &= ~OwnField.xForwardedHost;
    return own;
  }
}

function ownFields(http: HttpSettings, rules: CompiledHeaderRules | undefined): number {
  const { xForwarded, forwarded, xRealIp, via, requestId } = http.forwarding;
  const bit = (on: boolean, name: string, field: number): number => (on && rules?.replaces(name) !== true ? field : 0);
  return (
    bit(xForwarded, "x-forwarded-for", OwnField.xForwardedFor) |
    bit(xForwarded, "x-forwarded-proto", OwnField.xForwardedProto) |
    bit(xForwarded, "x-forwarded-host", OwnField.xForwardedHost) |
    bit(xForwarded, "x-forwarded-port", OwnField.xForwardedPort) |
    bit(xRealIp, "x-real-ip", OwnField.xRealIp) |
    bit(forwarded, "forwarded", OwnField.forwarded) |
    // A rule about it is about ours too, as `via: off` is: RFC 9110 section 7.6.3 wants one, but whose gateway it is may be nobody's business.
    bit(via !== "", "via", OwnField.via) |
    bit(requestId !== "off", "x-request-id", OwnField.requestId)
  );
}

/** RFC 7239: a hop more, behind those of trusted proxies. */
function writeForwarded(out: ByteWriter, head: RequestHead, client: ClientFacts): void {
  out.all(client.forwardedStart);
  if (head.authorityEnd > head.authorityStart) {
    out.all(forwardedHost);
    // Nothing that must be escaped is in an authority.
    out.range(head.bytes, head.authorityStart, head.authorityEnd);
    out.byte(quote);
  }
  out.all(forwardedEnd);
}

/** `TE` has the member `trailers`. */
function acceptsTrailers(head: RequestHead): boolean {
  for (let index = head.find(HeaderId.te); index !== -1 && index < head.headerCount; index++) {
    if (head.headers[index * headerStride] !== HeaderId.te) continue;
    if (
      head
        .value(index)
        .toLowerCase()
        .split(",")
        .some((member) => member.trim() === "trailers")
    )
      return true;
  }
  return false;
}

const xForwardedPrefix = encoder.encode("x-forwarded-");

/** A claim too: `X-Forwarded-User`, and all that begins like it. The parser has refused what has underscores for hyphens. */
const unknownClaims: UnknownFields = {
  drops(bytes, nameStart, nameEnd) {
    const { length } = xForwardedPrefix;
    if (nameEnd - nameStart < length) return false;
    for (let offset = 0; offset < length; offset++) {
      // In a token only a letter becomes another one of these by the bit of its case.
      if (((bytes[nameStart + offset] as number) | 32) !== xForwardedPrefix[offset]) return false;
    }
    return true;
  },
};
