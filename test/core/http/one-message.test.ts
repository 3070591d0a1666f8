/**
 * Whatever a client or an endpoint sends, and whatever the rules are: what is written is one head that our own parser
 * takes, with one host and one framing, and nothing behind it.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ClientFacts } from "../../../src/core/http/forward/client-facts.ts";
import { variableNames } from "../../../src/core/http/forward/variables.ts";
import type { HeaderRules } from "../../../src/core/server/http-settings.ts";
import type { Head } from "../../../src/core/wire/head.ts";
import { HeaderId } from "../../../src/core/wire/header-id.ts";
import { RequestParser } from "../../../src/core/wire/request-parser.ts";
import { ResponseParser } from "../../../src/core/wire/response-parser.ts";
import { bytesOf, fieldsOf, forwardRequest, forwardResponse, requestHead, responseHead } from "./http-fixtures.ts";

/** Room for what the proxy adds. */
const limits = { maxLineBytes: 65_536, maxHeadBytes: 1_000_000, maxHeaders: 120 };

const framing = [
  "Host",
  "content-length",
  "Transfer-Encoding",
  "CONNECTION",
  "te",
  "Trailer",
  "Upgrade",
  "Expect",
  "Keep-Alive",
];
const knownNames = [
  ...["X-Forwarded-For", "x-forwarded-host", "X-FORWARDED-PROTO", "X-Forwarded-Port", "X-Forwarded-User", "X-Real-IP"],
  ...[
    "Forwarded",
    "Via",
    "X-Request-ID",
    "traceparent",
    "tracestate",
    "Max-Forwards",
    "Authorization",
    "Cookie",
    "Accept",
  ],
  ...["Proxy-Connection", "Proxy-Authorization", "x-hop", "X-Auth-User", "Set-Cookie", "Date", "Server"],
];
const token = fc.string({ unit: fc.constantFrom(..."abcXYZ019!#$%&'*+-.^`|~"), minLength: 1, maxLength: 8 });
const name = fc.oneof(fc.constantFrom(...knownNames), token);
const value = fc.string({ unit: fc.constantFrom(...'abc,;="\\:[]<>(){} \t\u0080\u0093\u00ff'), maxLength: 12 });
const line = fc.tuple(name, value).map(([one, other]) => `${one}:${other}`);
const lines = fc.array(line, { maxLength: 10 });

/** Valid ones, and such that try to break the head. */
const ruleName = fc.oneof(name, fc.constantFrom(...framing), fc.string({ unit: "binary", maxLength: 4 }));
const ruleValue = fc
  .array(
    fc.oneof(
      value,
      fc.constantFrom(
        ...variableNames.map((one) => `{${one}}`),
        "{header:x-hop}",
        "\r\n\r\n",
        "\r\nHost: b\r\n",
        "\0",
        "{",
      ),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(""));
const ruled = fc.array(fc.record({ name: ruleName, value: ruleValue }), { maxLength: 4 });
const rules: fc.Arbitrary<HeaderRules> = fc.record({
  remove: fc.array(ruleName, { maxLength: 4 }),
  set: ruled,
  add: ruled,
});

const evil = fc.string({ unit: "binary", maxLength: 10 });
const variables = fc.record({
  clientIp: fc.ipV6(),
  clientPort: fc.nat(65_535),
  listener: evil,
  route: evil,
  upstream: evil,
  requestId: evil,
  method: evil,
  host: evil,
  path: evil,
  query: evil,
  traceId: evil,
  wallTimeMs: fc.nat(),
});
const address = fc.oneof(
  fc.oneof(fc.ipV4(), fc.ipV6()).map((host) => ({ kind: "tcp" as const, host, port: 5000 })),
  fc.constant({ kind: "unix" as const, path: "" }),
);

/** How often a field with this id is in a head. */
function count(head: Head, id: number): number {
  let found = 0;
  for (let from = head.find(id); from !== -1 && from < head.headerCount; from++)
    if (head.headers[from * 5] === id) found++;
  return found;
}

function countName(head: Head, lowerName: string): number {
  let found = 0;
  for (let at = head.findName(lowerName); at !== -1; at = head.findName(lowerName, at + 1)) found++;
  return found;
}

describe("a written head is one message", () => {
  it("to an endpoint", () => {
    const bodies = fc.constantFrom<readonly string[]>([], ["Content-Length: 5"], ["transfer-encoding: CHUNKED"]);
    const connection = fc.constantFrom<readonly string[]>(
      [],
      ["Connection: x-hop"],
      ["connection: close, te,keep-alive"],
    );
    const modes = fc.record({
      xForwarded: fc.boolean(),
      forwarded: fc.boolean(),
      xRealIp: fc.boolean(),
      via: fc.constantFrom("", "geryon"),
      requestId: fc.constantFrom("keep", "make", "off"),
      trace: fc.constantFrom("continue", "start", "off"),
    });
    const minorVersions = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(
        lines,
        bodies,
        connection,
        rules,
        variables,
        fc.record({
          forwarding: modes,
          peer: address,
          local: address,
          trusted: fc.boolean(),
          minorVersion: minorVersions,
        }),
        (fields, body, options, requestHeaders, values, { forwarding, peer, local, trusted, minorVersion }) => {
          const hosts = minorVersion === 0 ? [] : ["Host: h.example:81"];
          const kept = minorVersion === 0 && body[0]?.startsWith("t") === true ? [] : body;
          const head = requestHead(`OPTIONS /p?q HTTP/1.${minorVersion}`, ...hosts, ...fields, ...options, ...kept);
          const text = forwardRequest(head, {
            http: { forwarding: forwarding },
            route: { requestHeaders },
            facts: { client: new ClientFacts(peer, local, trusted), variables: values },
          });
          const bytes = bytesOf(text);
          const parser = new RequestParser(limits);
          const end = parser.read(bytes, 0, bytes.length, undefined);
          assert.equal(end, bytes.length, `${parser.reason}: ${text}`);
          assert.equal(parser.head.target, "/p?q");
          assert.equal(parser.head.minorVersion, 1);
          if (minorVersion === 1) assert.equal(parser.head.authority, "h.example:81");
          assert.equal(parser.head.bodyKind, head.bodyKind);
          assert.equal(parser.head.contentLength, head.contentLength);
          assert.equal(count(parser.head, HeaderId.connection), 0);
          assert.equal(count(parser.head, HeaderId.upgrade), 0);
          // Of what is ours there is one: what a rule adds comes on top.
          if (requestHeaders.add.length + requestHeaders.set.length > 0 || trusted) return;
          for (const own of ["x-forwarded-for", "x-real-ip", "x-request-id", "forwarded", "x-forwarded-proto"]) {
            if (own === "x-request-id" && forwarding.requestId === "off") continue;
            assert.ok(countName(parser.head, own) <= 1, `${own}: ${text}`);
          }
          assert.equal(countName(parser.head, "x-forwarded-user"), 0);
          if (options[0] === "Connection: x-hop") assert.equal(countName(parser.head, "x-hop"), 0);
        },
      ),
      { numRuns: 1500, seed: 1 },
    );
  });

  it("to a client", () => {
    const bodies = fc.constantFrom<readonly string[]>([], ["Content-Length: 5"], ["transfer-encoding: CHUNKED"]);
    const statuses = fc.constantFrom(103, 200, 204, 304, 404, 503);
    fc.assert(
      fc.property(
        lines,
        bodies,
        rules,
        variables,
        statuses,
        fc.boolean(),
        (fields, body, rule, values, status, toHead) => {
          const framed = status < 200 || status === 204 ? [] : body;
          const head = responseHead([`HTTP/1.1 ${status} a b`, ...fields, ...framed], toHead);
          const text = forwardResponse(
            head,
            { variables: values, close: head.bodyKind === "close" },
            { responseHeaders: rule },
          );
          const bytes = bytesOf(text);
          const parser = new ResponseParser(limits);
          const end = parser.read(bytes, 0, bytes.length, undefined, toHead);
          assert.equal(end, bytes.length, `${parser.reason}: ${text}`);
          assert.equal(parser.head.status, status);
          assert.equal(parser.head.bodyKind, head.bodyKind);
          assert.equal(parser.head.contentLength, head.contentLength);
          assert.ok(countName(parser.head, "content-length") + countName(parser.head, "transfer-encoding") <= 1);
          assert.equal(countName(parser.head, "connection"), head.bodyKind === "close" ? 1 : 0);
          assert.equal(fieldsOf(text).filter((one) => one === "").length, 0);
        },
      ),
      { numRuns: 1500, seed: 2 },
    );
  });
});
