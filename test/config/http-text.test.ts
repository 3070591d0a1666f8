import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  headerNamePattern,
  headerValuePattern,
  hostPattern,
  parseBodyText,
  parseHeaderName,
  parseHeaderValue,
  parseHostHeader,
  parsePath,
  pathPattern,
} from "../../src/config/http-text.ts";
import { parseStatuses, statusPattern } from "../../src/config/statuses.ts";

/** Text of the letters that a request is made of, and of those that would break it. */
const nearRequest = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..." \t\r\n\0\u007f:/#?[]a-Z09é".split("")),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
});

describe("the pieces of an http probe", () => {
  for (const [name, parse, pattern] of [
    ["parsePath()", parsePath, pathPattern],
    ["parseHostHeader()", parseHostHeader, hostPattern],
    ["parseHeaderName()", parseHeaderName, headerNamePattern],
    ["parseHeaderValue()", parseHeaderValue, headerValuePattern],
  ] as const) {
    it(`${name} lets nothing through that ends a line or is not ASCII, and takes what its pattern takes`, () => {
      fc.assert(
        fc.property(nearRequest, (text) => {
          const read = parse(text);
          assert.equal(read.ok, new RegExp(pattern).test(text));
          if (!read.ok) return;
          assert.equal(read.value, text);
          assert.match(text, /^[\t -~]+$/);
        }),
        { numRuns: 2000 },
      );
    });
  }

  it("takes what people write", () => {
    for (const path of ["/", "/health", "/a/b?c=d&e=%20", "/*", "/~a;b=c"]) assert.ok(parsePath(path).ok, path);
    for (const host of ["a", "a.example", "a_b.example:8080", "10.0.0.1", "[::1]:80"]) {
      assert.ok(parseHostHeader(host).ok, host);
    }
    for (const value of ["a", "Bearer a.b-c", "a\tb", '"x"']) assert.ok(parseHeaderValue(value).ok, value);
    assert.ok(parseHeaderName("X-Probe_1").ok);
    assert.ok(parseBodyText("größe\n").ok);
  });

  it("keeps the headers that frame the request to itself", () => {
    for (const name of ["Host", "HOST", "Content-Length", "transfer-encoding", "Connection"]) {
      assert.equal(parseHeaderName(name).ok, false, name);
    }
  });
});

describe("parseStatuses()", () => {
  it("reads one status, and a range", () => {
    assert.deepEqual(parseStatuses("204"), { ok: true, value: [204, 204] });
    assert.deepEqual(parseStatuses("200-399"), { ok: true, value: [200, 399] });
    assert.deepEqual(parseStatuses("100-599"), { ok: true, value: [100, 599] });
  });

  it("takes what its pattern takes, unless a range ends before it starts", () => {
    const part = fc.oneof(fc.integer({ min: 90, max: 610 }).map(String), fc.constantFrom("", "-", " ", "x"));
    fc.assert(
      fc.property(part, fc.constantFrom("-", "", " - "), part, (from, dash, to) => {
        const text = `${from}${dash}${to}`;
        const read = parseStatuses(text);
        if (read.ok) assert.match(text, new RegExp(statusPattern));
        else if (new RegExp(statusPattern).test(text)) assert.match(read.mistake.what, /ends before it starts/);
      }),
      { numRuns: 1000 },
    );
  });
});
