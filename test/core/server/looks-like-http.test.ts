import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { looksLikeHttp } from "../../../src/core/server/looks-like-http.ts";

const encoder = new TextEncoder();

describe("looksLikeHttp", () => {
  for (const [text, expected] of [
    ["GET / HTTP/1.1\r\n", true],
    ["OPTIONS * HTTP/1.1", true],
    ["M-SEARCH * HTTP/1.1", true],
    ["GET http://a.test/ HTTP/1.0", true],
    ["PRI * HTTP/2.0", true],
    ["GET /a b HTTP/1.1", true],
    // A command of Redis, with a key that is a path.
    ["GET /key\r\n", false],
    ["PING\r\n", false],
    ["*1\r\n$4\r\nPING\r\n", false],
    ["SET hello HTTP/1.1\r\n", false],
    ["EHLO mail.test\r\n", false],
    ["\u0016\u0003\u0001", false],
    ["get / HTTP/1.1", false],
    [" GET / HTTP/1.1", false],
    ["A".repeat(33), false],
  ] as const) {
    it(`${JSON.stringify(text)}: ${expected}, and nothing is certain before`, () => {
      const bytes = encoder.encode(text);
      assert.equal(looksLikeHttp(bytes), expected);
      let decided: boolean | undefined;
      for (let end = 0; end <= bytes.length && decided === undefined; end++)
        decided = looksLikeHttp(bytes.subarray(0, end));
      assert.equal(decided, expected, "a byte at a time");
    });
  }

  it("waits while it may be either", () => {
    for (const text of ["", "GET", "GET ", "GET /", "GET /a HTT"])
      assert.equal(looksLikeHttp(encoder.encode(text)), undefined);
  });
});
