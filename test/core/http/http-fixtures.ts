import assert from "node:assert/strict";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.ts";
import { ClientFacts } from "../../../src/core/http/forward/client-facts.ts";
import { RequestId, RequestIds } from "../../../src/core/http/forward/request-id.ts";
import { type RequestFacts, RequestWriter } from "../../../src/core/http/forward/request-writer.ts";
import { type ResponseFacts, ResponseWriter } from "../../../src/core/http/forward/response-writer.ts";
import { TraceContext } from "../../../src/core/http/forward/trace-context.ts";
import type { Variables } from "../../../src/core/http/forward/variables.ts";
import { HttpDate } from "../../../src/core/http/forward/wall-time.ts";
import type { Clock, Random } from "../../../src/core/runtime/clock.ts";
import type { ForwardingSettings, HttpSettings, RouteSettings } from "../../../src/core/server/http-settings.ts";
import type { RequestHead } from "../../../src/core/wire/request-head.ts";
import { RequestParser } from "../../../src/core/wire/request-parser.ts";
import type { ResponseHead } from "../../../src/core/wire/response-head.ts";
import { ResponseParser } from "../../../src/core/wire/response-parser.ts";
import { httpSettings, routeSettings } from "../../support/http-settings.ts";

export const forwarding: ForwardingSettings = {
  xForwarded: true,
  forwarded: false,
  xRealIp: true,
  via: "geryon",
  requestId: "keep",
  trace: "continue",
};

/** With all that the proxy tells of a client by default. */
export const http: HttpSettings = httpSettings({ forwarding });

export const route: RouteSettings = routeSettings({ name: "api" });

export const wallTimeMs: number = Date.UTC(2026, 10, 1, 2, 3, 4, 56);
export const clock: Clock = { now: () => 0, wallTime: () => wallTimeMs, after: () => ({ cancel() {} }) };

/** Draws 0.5 for ever: the hex digit 8. */
export const half: Random = { next: () => 0.5 };

export const variables: Variables = {
  clientIp: "192.0.2.7",
  clientPort: 5000,
  listener: "web",
  route: "api",
  upstream: "api-v1",
  requestId: "the-id",
  method: "GET",
  host: "example.com",
  path: "/a",
  query: "b=c",
  traceId: "",
  wallTimeMs,
};

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function textOf(out: ByteWriter): string {
  // Not TextDecoder: its latin1 is windows-1252, where 0x80 is no U+0080.
  return String.fromCharCode(...out.written);
}

/** A request's head, lines without CRLF; it fails when it is none that may be forwarded. */
export function requestHead(...lines: string[]): RequestHead {
  const parser = new RequestParser({ ...http, maxHeadBytes: 65_536, maxHeaders: 120 });
  const bytes = bytesOf(`${lines.join("\r\n")}\r\n\r\n`);
  assert.equal(parser.read(bytes, 0, bytes.length, undefined), bytes.length, `${parser.fault}: ${parser.reason}`);
  return parser.head;
}

/** The same of an answer's. */
export function responseHead(lines: readonly string[], toHead = false): ResponseHead {
  const parser = new ResponseParser({ ...http, maxHeadBytes: 65_536, maxHeaders: 120 });
  const bytes = bytesOf(`${lines.join("\r\n")}\r\n\r\n`);
  assert.equal(parser.read(bytes, 0, bytes.length, undefined, toHead), bytes.length, parser.reason);
  return parser.head;
}

export function clientAt(host: string, trusted = false): ClientFacts {
  return new ClientFacts({ kind: "tcp", host, port: 5000 }, { kind: "tcp", host: "127.0.0.1", port: 8080 }, trusted);
}

/** How a test changes what it writes with. */
export interface RequestCase {
  readonly forwarding?: Partial<ForwardingSettings>;
  readonly http?: Partial<HttpSettings>;
  readonly route?: Partial<RouteSettings>;
  readonly facts?: Partial<RequestFacts>;
}

/** What goes to an endpoint for a request, as text. */
export function forwardRequest(head: RequestHead, change: RequestCase = {}): string {
  const settings = { ...http, forwarding: { ...forwarding, ...change.forwarding }, ...change.http };
  const writer = new RequestWriter(settings, { ...route, ...change.route });
  const target = new ByteWriter(16);
  target.latin1(head.target);
  const requestId = new RequestId(new RequestIds(half));
  requestId.begin(head, settings.forwarding.requestId);
  const trace = new TraceContext(half);
  trace.begin(head, settings.forwarding.trace);
  const out = new ByteWriter(16);
  writer.write(out, head, {
    client: clientAt("192.0.2.7"),
    target,
    body: head.bodyKind,
    contentLength: head.contentLength,
    upgrade: "",
    expectsContinue: head.expectsContinue,
    close: false,
    requestId,
    trace,
    variables,
    ...change.facts,
  });
  return textOf(out);
}

/** What goes to a client for an answer, as text. */
export function forwardResponse(
  head: ResponseHead,
  facts: Partial<ResponseFacts> = {},
  change: Partial<RouteSettings> = {},
  settings: HttpSettings = http,
): string {
  const writer = new ResponseWriter(settings, { ...route, ...change }, new HttpDate(clock));
  const out = new ByteWriter(16);
  writer.write(out, head, {
    close: false,
    minorVersion: 1,
    body: head.bodyKind,
    contentLength: head.contentLength,
    upgrade: "",
    variables,
    ...facts,
  });
  return textOf(out);
}

/** The lines of a head, without the first one and the empty one. */
export function fieldsOf(head: string): string[] {
  assert.ok(head.endsWith("\r\n\r\n"));
  return head.slice(0, -4).split("\r\n").slice(1);
}
