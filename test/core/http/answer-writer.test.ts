import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.ts";
import {
  acceptsJson,
  AnswerWriter,
  type ErrorFacts,
  FixedAnswer,
} from "../../../src/core/http/answer/answer-writer.ts";
import { reasonPhrase } from "../../../src/core/http/answer/reason-phrase.ts";
import { CompiledHeaderRules } from "../../../src/core/http/forward/header-rules.ts";
import { HttpDate } from "../../../src/core/http/forward/wall-time.ts";
import { outcomeCodes, outcomes } from "../../../src/core/observe/outcome.ts";
import type { RequestHead } from "../../../src/core/wire/request-head.ts";
import { clock, requestHead, responseHead, textOf, variables } from "./http-fixtures.ts";

const head = "Date: Sun, 01 Nov 2026 02:03:04 GMT\r\n";
const writer = new AnswerWriter(
  [{ status: 404, contentType: "text/html", body: "<h1>h\u00e9</h1>" }],
  new HttpDate(clock),
);

const facts: ErrorFacts = {
  ...of(requestHead("GET / HTTP/1.1", "Host: h")),
  close: false,
  requestId: "the-id",
  rules: undefined,
  variables,
  outcome: "connect-refused",
  status: 502,
  reason: "",
  retryAfterS: 0,
};

/** What an answer to a request depends on. */
function of(request: RequestHead): Pick<ErrorFacts, "isHead" | "minorVersion" | "acceptsJson"> {
  return { isHead: request.isHead, minorVersion: request.minorVersion, acceptsJson: acceptsJson(request) };
}

function error(change: Partial<ErrorFacts>): string {
  const out = new ByteWriter(4);
  writer.error(out, { ...facts, ...change });
  return textOf(out);
}

describe("an error of the proxy's own", () => {
  it("is a line of text, unless something else is asked for", () => {
    const body = "502 Bad Gateway: connect-refused (request the-id)\n";
    const expected =
      `HTTP/1.1 502 Bad Gateway\r\n${head}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
      `Cache-Control: no-store\r\nX-Request-ID: the-id\r\n\r\n${body}`;
    assert.equal(error({}), expected);
    const browser = requestHead("GET / HTTP/1.1", "Host: h", "Accept: text/html,*/*;q=0.8");
    assert.equal(error(of(browser)), expected);
    assert.match(error({ requestId: "" }), /no-store\r\n\r\n502 Bad Gateway: connect-refused\n$/);
  });

  it("is JSON for whose Accept names it", () => {
    for (const accept of ["application/json", "text/html, Application/Problem+JSON;q=0.5"]) {
      const answer = error(of(requestHead("GET / HTTP/1.1", "Host: h", "Accept: text/*", `Accept: ${accept}`)));
      assert.match(answer, /\r\nContent-Type: application\/problem\+json\r\n/);
      assert.deepEqual(JSON.parse(answer.split("\r\n\r\n")[1] ?? ""), {
        title: "Bad Gateway",
        status: 502,
        code: "connect-refused",
        request_id: "the-id",
      });
    }
  });

  it("tells a client what it did, and nobody what an endpoint did", () => {
    const malformed = { outcome: "request-malformed", status: 400, reason: "two content-length" } as const;
    assert.match(error({ ...malformed }), /\n400 Bad Request: request-malformed: two content-length \(/);
    assert.doesNotMatch(error({ outcome: "response-malformed", reason: "two content-length" }), /content-length \(/);
    const json = { acceptsJson: true };
    assert.match(error({ ...malformed, ...json }), /"detail":"two content-length"/);
    assert.doesNotMatch(error({ outcome: "response-malformed", reason: "two", ...json }), /two/);
  });

  it("has the page of its status", () => {
    const answer = error({ outcome: "no-route", status: 404 });
    assert.match(answer, /\r\nContent-Type: text\/html\r\nContent-Length: 12\r\n.*\r\n\r\n<h1>h\u00c3\u00a9<\/h1>$/s);
  });

  it("has no body for HEAD, but its length", () => {
    const answer = error(of(requestHead("HEAD / HTTP/1.1", "Host: h")));
    assert.match(answer, /\r\nContent-Length: 50\r\n.*\r\n\r\n$/s);
    assert.ok(answer.endsWith("\r\n\r\n"));
  });

  it("says when the connection ends, and when to come again", () => {
    assert.match(error({ close: true }), /\r\nConnection: close\r\n/);
    assert.match(error(of(requestHead("GET / HTTP/1.0"))), /\r\nConnection: keep-alive\r\n/);
    assert.doesNotMatch(error({}), /Connection|Retry-After/);
    assert.match(error({ outcome: "breaker-open", status: 503, retryAfterS: 1.2 }), /\r\nRetry-After: 2\r\n/);
  });

  it("can be read by our own parser, for every outcome", () => {
    for (const outcome of outcomeCodes) {
      const { status } = outcomes[outcome];
      if (status === 0) continue;
      const [answerHead = "", body = ""] = error({ outcome, status }).split("\r\n\r\n");
      const parsed = responseHead(answerHead.split("\r\n"));
      assert.equal(parsed.status, status);
      assert.equal(parsed.contentLength, body.length);
      assert.notEqual(reasonPhrase(status), reasonPhrase(status - (status % 100) + 99), `${status} has no phrase`);
    }
  });
});

describe("what a route answers itself", () => {
  const answer = (status: number, method: string, rules?: CompiledHeaderRules): string => {
    const out = new ByteWriter(4);
    const fixed = new FixedAnswer({ kind: "respond", status, contentType: "text/plain\r\nEvil: 1", body: "h\u00e9" });
    writer.respond(out, fixed, {
      ...facts,
      requestId: "",
      rules,
      ...of(requestHead(`${method} / HTTP/1.1`, "Host: h")),
    });
    return textOf(out);
  };

  it("is as the route has it", () => {
    assert.equal(
      answer(200, "GET"),
      `HTTP/1.1 200 OK\r\n${head}Content-Type: text/plainEvil: 1\r\nContent-Length: 3\r\nCache-Control: no-store\r\n\r\nh\u00c3\u00a9`,
    );
    assert.ok(answer(200, "HEAD").endsWith("Content-Length: 3\r\nCache-Control: no-store\r\n\r\n"));
    assert.equal(answer(299, "HEAD").slice(0, 20), "HTTP/1.1 299 Success");
  });

  it("has neither length nor body where there may be none", () => {
    assert.equal(answer(204, "GET"), `HTTP/1.1 204 No Content\r\n${head}Cache-Control: no-store\r\n\r\n`);
    assert.equal(answer(304, "GET"), `HTTP/1.1 304 Not Modified\r\n${head}Cache-Control: no-store\r\n\r\n`);
  });

  it("follows the route's rules", () => {
    const rules = new CompiledHeaderRules(
      {
        remove: ["date"],
        set: [{ name: "cache-control", value: "max-age=60" }],
        add: [{ name: "x-path", value: "{request.path}{header:host}" }],
      },
      false,
    );
    assert.equal(
      answer(200, "HEAD", rules),
      "HTTP/1.1 200 OK\r\nContent-Type: text/plainEvil: 1\r\nContent-Length: 3\r\ncache-control: max-age=60\r\nx-path: /a\r\n\r\n",
    );
  });
});

describe("a redirect", () => {
  it("is answered", () => {
    const out = new ByteWriter(4);
    const path = new ByteWriter(4);
    path.latin1("/b");
    writer.redirect(out, 308, path, facts);
    assert.equal(
      textOf(out),
      `HTTP/1.1 308 Permanent Redirect\r\n${head}Location: /b\r\nContent-Type: text/plain; charset=utf-8\r\n` +
        "Content-Length: 19\r\nCache-Control: no-store\r\nX-Request-ID: the-id\r\n\r\nPermanent Redirect\n",
    );
  });
});
