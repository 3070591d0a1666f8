import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.ts";
import { Template } from "../../../src/core/http/forward/template.ts";
import { variableNames } from "../../../src/core/http/forward/variables.ts";
import { requestHead, textOf, variables } from "./http-fixtures.ts";

const head = requestHead("GET / HTTP/1.1", "Host: h", "X-One: 1\t\u00e9", "x-one: 2");

function fill(text: string, values = variables): string {
  const out = new ByteWriter(4);
  new Template(text).write(out, head, values);
  return textOf(out);
}

describe("the value of a header rule", () => {
  it("holds every variable", () => {
    assert.equal(
      fill(variableNames.map((name) => `{${name}}`).join("|")),
      "192.0.2.7|5000|web|api|api-v1|the-id|GET|example.com|/a|b=c||2026-11-01T02:03:04.056Z",
    );
    assert.equal(fill("{header:X-One} {header:host}{header:none}."), "1\t\u00e9 h.");
  });

  it("holds text and braces", () => {
    assert.equal(fill(""), "");
    assert.equal(
      fill("a {{{client.ip}}} }} {{client.ip}} {nope} {client.ip"),
      "a {192.0.2.7} } {client.ip} {nope} {client.ip",
    );
    assert.equal(fill("caf\u00e9"), "caf\u00c3\u00a9");
  });

  it("knows whether it needs the exchange", () => {
    assert.equal(new Template("a {header:x} {{route}}").usesExchange, false);
    assert.equal(new Template("a {route}").usesExchange, true);
  });

  it("needs no head", () => {
    const out = new ByteWriter(4);
    new Template("<{header:x-one}{route}>").write(out, undefined, variables);
    assert.equal(textOf(out), "<api>");
  });

  it("holds no control character, whatever is put into it (CWE-113)", () => {
    const evil = "a\r\nSet-Cookie: b\u0000\u001b\u007f\u010a\u010d\u2028c\t";
    assert.equal(fill("{request.path}", { ...variables, path: evil }), "aSet-Cookie: b???c\t");
    assert.equal(fill("x\r\ny: z"), "xy: z");
    const unchecked = requestHead("GET / HTTP/1.1", "Host: h", "X: a  b");
    unchecked.bytes.set([13, 10], unchecked.bytes.length - 7);
    const out = new ByteWriter(4);
    new Template("{header:x}").write(out, unchecked, variables);
    assert.equal(textOf(out), "ab");
    const text = fc.string({ unit: "binary", maxLength: 12 });
    const piece = fc.oneof(
      text,
      fc.constantFrom(...variableNames.map((name) => `{${name}}`), "{header:x-one}", "{", "}"),
    );
    const values = fc.record({
      clientIp: text,
      clientPort: fc.nat(65_535),
      listener: text,
      route: text,
      upstream: text,
      requestId: text,
      method: text,
      host: text,
      path: text,
      query: text,
      traceId: text,
      wallTimeMs: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), values, (pieces, one) => {
        assert.match(fill(pieces.join(""), one), /^[\t\u0020-\u007e\u0080-\u00ff]*$/);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});
