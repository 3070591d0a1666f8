import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderId } from "../../../src/core/wire/header-id.ts";
import { ResponseParser } from "../../../src/core/wire/response-parser.ts";
import { bytesOf, eachByte, limits, WireReader, type Verdict } from "./read-wire.ts";

/** The verdict on an answer, which must be the same byte by byte. */
function judge(text: string, toHead: boolean = false, headLimits: typeof limits = limits): Verdict {
  const bytes = bytesOf(text);
  const whole = new WireReader(headLimits).answer([bytes], toHead);
  assert.deepEqual(new WireReader(headLimits).answer(eachByte(bytes), toHead), whole, "byte by byte");
  return whole;
}

function parsed(text: string, toHead: boolean = false): ResponseParser {
  const parser = new ResponseParser(limits);
  const bytes = bytesOf(text);
  assert.equal(parser.read(bytes, 0, bytes.length, undefined, toHead), bytes.length, parser.reason);
  return parser;
}

function lines(...all: string[]): string {
  return `${all.join("\r\n")}\r\n\r\n`;
}

describe("ResponseParser", () => {
  it("finds the parts of an answer", () => {
    const { head } = parsed(lines("HTTP/1.1 404 Not \x80 Found\t", "Server: x", "Set-Cookie: a", "Set-Cookie: b"));
    assert.equal(head.status, 404);
    assert.equal(head.minorVersion, 1);
    assert.equal(head.text(head.reasonStart, head.reasonEnd), "Not \x80 Found\t");
    assert.equal(head.find(HeaderId.setCookie), 1);
    assert.equal(head.findName("set-cookie", 2), 2);
    assert.equal(head.isInterim, false);
  });

  it("takes each status from 100 to 599", () => {
    for (let status = 100; status < 600; status++)
      assert.equal(parsed(lines(`HTTP/1.1 ${status} x`)).head.status, status);
  });

  it("takes an empty reason phrase, with its space and without", () => {
    for (const line of ["HTTP/1.1 200 ", "HTTP/1.1 200"]) {
      const { head } = parsed(lines(line));
      assert.deepEqual([head.status, head.reasonStart - head.reasonEnd], [200, 0]);
    }
  });

  for (const [line, fields, toHead, framing, keepAlive] of [
    ["HTTP/1.1 200 OK", [], false, "close", false],
    ["HTTP/1.1 200 OK", ["Content-Length: 5"], false, "length 5", true],
    ["HTTP/1.1 200 OK", ["Content-Length: 0"], false, "length 0", true],
    ["HTTP/1.1 200 OK", ["Transfer-Encoding: Chunked"], false, "chunked", true],
    ["HTTP/1.1 200 OK", ["Content-Length: 5"], true, "none", true],
    ["HTTP/1.1 200 OK", ["Transfer-Encoding: chunked"], true, "none", true],
    ["HTTP/1.1 200 OK", [], true, "none", true],
    ["HTTP/1.1 304 Not Modified", ["Content-Length: 5"], false, "none", true],
    ["HTTP/1.1 304 Not Modified", ["Transfer-Encoding: chunked"], false, "none", true],
    ["HTTP/1.1 204 No Content", [], false, "none", true],
    ["HTTP/1.1 204 No Content", ["Content-Length: 0"], false, "none", true],
    ["HTTP/1.1 204 No Content", ["Content-Length: 5"], false, "none", false],
    ["HTTP/1.1 204 No Content", ["Transfer-Encoding: chunked"], false, "none", false],
    ["HTTP/1.1 100 Continue", ["Content-Length: 0"], false, "none", true],
    ["HTTP/1.1 103 Early Hints", ["Link: a"], false, "none", true],
    ["HTTP/1.1 205 Reset Content", [], false, "close", false],
    ["HTTP/1.1 200 OK", ["Content-Length: 5", "Connection: close"], false, "length 5", false],
    ["HTTP/1.1 200 OK", ["Transfer-Encoding: chunked", "Connection: x, CLOSE"], false, "chunked", false],
    ["HTTP/1.0 200 OK", ["Content-Length: 5"], false, "length 5", false],
    ["HTTP/1.0 200 OK", ["Content-Length: 5", "Connection: Keep-Alive"], false, "length 5", true],
    ["HTTP/1.0 200 OK", ["Connection: keep-alive"], false, "close", false],
  ] as const) {
    it(`${line} with ${JSON.stringify(fields)}${toHead ? " to HEAD" : ""}: ${framing}, ${keepAlive ? "goes on" : "ends"}`, () => {
      const { head } = parsed(lines(line, ...fields), toHead);
      const found = head.bodyKind === "length" ? `length ${head.contentLength}` : head.bodyKind;
      assert.deepEqual([found, head.keepAlive], [framing, keepAlive]);
    });
  }

  it("knows the length of a body that is not sent, but of 1xx and 204", () => {
    for (const [status, toHead, has] of [
      [200, true, true],
      [304, false, true],
      [204, false, false],
      [100, false, false],
      [204, true, false],
    ] as const) {
      const { head } = parsed(lines(`HTTP/1.1 ${status} x`, "Content-Length: 0"), toHead);
      assert.equal(head.hasContentLength, has, `${status}`);
    }
    const { head } = parsed(lines("HTTP/1.1 200 OK", "Content-Length: 1234"), true);
    assert.deepEqual([head.hasContentLength, head.contentLength, head.bodyKind], [true, 1234, "none"]);
    assert.equal(parsed(lines("HTTP/1.1 200 OK")).head.hasContentLength, false);
  });

  it("knows an upgrade", () => {
    const upgrade = (...fields: string[]): boolean => parsed(lines("HTTP/1.1 101 Switching", ...fields)).head.upgrade;
    assert.equal(upgrade("Connection: upgrade", "Upgrade: websocket"), true);
    assert.equal(upgrade("Upgrade: websocket"), false);
    assert.equal(upgrade("Connection: upgrade"), false);
    assert.equal(upgrade("Connection: upgrade", "Upgrade: a", "Upgrade: b"), false);
  });

  it("reads how long the endpoint keeps a connection", () => {
    for (const [value, seconds] of [
      ["timeout=5", 5],
      ["Timeout=5, max=100", 5],
      ["max=100,timeout=72", 72],
      ["max=100, timeout=0", 0],
      ["timeout=99999999999999999999", 86_400],
      ["timeout=", undefined],
      ["timeout=5s", undefined],
      ["timeout = 5", undefined],
      ["xtimeout=5", undefined],
      ["", undefined],
    ] as const) {
      assert.equal(parsed(lines("HTTP/1.1 200 OK", `Keep-Alive: ${value}`)).head.keepAliveSeconds, seconds, value);
    }
    assert.equal(parsed(lines("HTTP/1.1 200 OK")).head.keepAliveSeconds, undefined);
  });

  it("drops what Connection names, but no field that is for all", () => {
    const { head } = parsed(lines("HTTP/1.1 200 OK", "Connection: x-mine, set-cookie", "X-Mine: 1", "Set-Cookie: a"));
    assert.deepEqual([head.isHopByHop(1), head.isHopByHop(2)], [true, false]);
  });

  it("does not mind underscores", () => {
    parsed(lines("HTTP/1.1 200 OK", "X_Forwarded_For: 1"));
  });

  it("reads interim answers one by one", () => {
    const parser = new ResponseParser(limits);
    const interim = lines("HTTP/1.1 103 Early Hints", "Link: a");
    const bytes = bytesOf(interim + lines("HTTP/1.1 200 OK", "Content-Length: 0"));
    assert.equal(parser.read(bytes, 0, bytes.length, undefined, false), interim.length);
    assert.equal(parser.head.isInterim, true);
    assert.equal(parser.read(bytes, interim.length, bytes.length, undefined, false), bytes.length);
    assert.equal(parser.head.isInterim, false);
  });
});

describe("ResponseParser refuses", () => {
  for (const [text, reason] of [
    ["\r\nHTTP/1.1 200 OK\r\n\r\n", "malformed status line"],
    ["ICY 200 OK\r\n\r\n", "malformed status line"],
    ["http/1.1 200 OK\r\n\r\n", "malformed status line"],
    ["HTTP/2.0 200 OK\r\n\r\n", "malformed status line"],
    ["HTTP/1.2 200 OK\r\n\r\n", "unknown version"],
    ["HTTP/1.1 2000 OK\r\n\r\n", "malformed status line"],
    ["HTTP/1.1 20 OK\r\n\r\n", "malformed status line"],
    ["HTTP/1.1  200 OK\r\n\r\n", "malformed status line"],
    ["HTTP/1.1 +20 OK\r\n\r\n", "malformed status line"],
    ["HTTP/1.1 200\tOK\r\n\r\n", "malformed status line"],
    ["HTTP/1.1 099 OK\r\n\r\n", "invalid status"],
    ["HTTP/1.1 000 OK\r\n\r\n", "invalid status"],
    ["HTTP/1.1 600 OK\r\n\r\n", "invalid status"],
    ["HTTP/1.1 999 OK\r\n\r\n", "invalid status"],
    ["HTTP/1.1 200 O\0K\r\n\r\n", "invalid octet in the status line"],
    ["HTTP/1.1 200 OK\n\n", "invalid octet in the status line"],
    ["HTTP/1.1 200 O\rK\r\n\r\n", "bare carriage return"],
    ["HTTP/1.1 200\n\n", "malformed status line"],
    [lines("HTTP/1.1 200 OK", "a: b", " c"), "folded field"],
    [lines("HTTP/1.1 200 OK", "a : b"), "white space before colon"],
    ["HTTP/1.1 200 OK\r\na: b\n\r\n", "bare line feed"],
    [lines("HTTP/1.1 200 OK", "Content-Length: 5", "Content-Length: 5"), "two content-length"],
    [lines("HTTP/1.1 200 OK", "Content-Length: 5,5"), "invalid content-length"],
    [lines("HTTP/1.1 200 OK", "Content-Length: -1"), "invalid content-length"],
    [lines("HTTP/1.1 200 OK", "Content-Length:"), "invalid content-length"],
    [lines("HTTP/1.1 304 x", "Content-Length: x"), "invalid content-length"],
    [
      lines("HTTP/1.1 200 OK", "Content-Length: 5", "Transfer-Encoding: chunked"),
      "content-length and transfer-encoding",
    ],
    [
      lines("HTTP/1.1 304 x", "Content-Length: 5", "Transfer-Encoding: chunked"),
      "content-length and transfer-encoding",
    ],
    [lines("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"), "unknown transfer coding"],
    [lines("HTTP/1.1 200 OK", "Transfer-Encoding: identity"), "unknown transfer coding"],
    [lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "two transfer-encoding"],
    [lines("HTTP/1.0 200 OK", "Transfer-Encoding: chunked"), "transfer-encoding in HTTP/1.0"],
    [lines("HTTP/1.1 103 x", "Content-Length: 5"), "content-length without a body"],
    [lines("HTTP/1.1 101 x", "Transfer-Encoding: chunked"), "transfer-encoding without a body"],
    [lines("HTTP/1.1 200 OK", "Connection: a b"), "invalid connection"],
  ] as const) {
    it(`${reason}: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(judge(text), { verdict: "refused", fault: "response-malformed", reason });
    });
  }

  it("more than its limits", () => {
    const small = { maxLineBytes: 40, maxHeadBytes: 90, maxHeaders: 3 };
    const reasonOf = (text: string): string => {
      const verdict = judge(text, false, small);
      return verdict.verdict === "refused" ? verdict.reason : verdict.verdict;
    };
    assert.equal(reasonOf(lines(`HTTP/1.1 200 ${"x".repeat(27)}`)), "whole");
    assert.equal(reasonOf(lines(`HTTP/1.1 200 ${"x".repeat(28)}`)), "status line too long");
    assert.equal(reasonOf(lines("HTTP/1.1 200", `a: ${"x".repeat(38)}`)), "field too long");
    assert.equal(reasonOf(lines("HTTP/1.1 200", "a:", "b:", "c:")), "whole");
    assert.equal(reasonOf(lines("HTTP/1.1 200", "a:", "b:", "c:", "d:")), "too many fields");
    assert.equal(reasonOf(lines("HTTP/1.1 200", `a: ${"x".repeat(37)}`, `b: ${"x".repeat(37)}`)), "head too large");
  });
});
