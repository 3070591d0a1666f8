import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.ts";
import { RequestId, RequestIds } from "../../../src/core/http/forward/request-id.ts";
import { TraceContext } from "../../../src/core/http/forward/trace-context.ts";
import { half, requestHead, textOf } from "./http-fixtures.ts";

/** The id as it is written; it is the same as text. */
function written(id: RequestId): string {
  const out = new ByteWriter(4);
  id.write(out);
  assert.equal(textOf(out), id.text);
  return id.text;
}

describe("the id of a request", () => {
  const head = (value: string) => requestHead("GET / HTTP/1.1", "Host: h", `X-Request-ID: ${value}`);

  it("is made of the thread's and a number", () => {
    const ids = new RequestIds(half);
    const [one, other] = [new RequestId(ids), new RequestId(ids)];
    one.begin(undefined, "keep");
    other.begin(head("x"), "make");
    assert.equal(written(one), "8888888888888888-00000000");
    assert.equal(written(other), "8888888888888888-00000001");
    one.begin(requestHead("GET / HTTP/1.1", "Host: h"), "keep");
    assert.equal(written(one), "8888888888888888-00000002");
  });

  it("differs between threads", () => {
    let draw = 0;
    const random = { next: () => (draw++ % 16) / 16 };
    const first = new RequestIds(random);
    draw++;
    assert.notEqual(first.prefix, new RequestIds(random).prefix);
    assert.equal(first.prefix, "0123456789abcdef-");
  });

  it("grows when eight digits are not enough", () => {
    const ids = new RequestIds(half);
    const id = new RequestId(ids);
    for (const [number, digits] of [
      [0xffff_ffff, "ffffffff"],
      [0x1_0000_0000, "100000000"],
    ] as const) {
      ids.next = () => number;
      id.begin(undefined, "make");
      assert.equal(written(id), `8888888888888888-${digits}`);
    }
  });

  it("is the client's, when that is fit", () => {
    const id = new RequestId(new RequestIds(half));
    for (const fit of ["a", "A-1_2.3/4+5=~", "x".repeat(128)]) {
      id.begin(head(fit), "keep");
      assert.equal(written(id), fit);
    }
    for (const unfit of ["", "x".repeat(129), "a b", 'a"b', "a\\b", "a\tb", "a,b", "\u00e9"]) {
      id.begin(head(unfit), "keep");
      assert.match(written(id), /^8{16}-/, unfit);
    }
  });

  it("is none, when it is off", () => {
    const id = new RequestId(new RequestIds(half));
    id.begin(head("a"), "keep");
    id.begin(head("a"), "off");
    assert.equal(written(id), "");
  });
});

describe("a trace", () => {
  const trace = new TraceContext(half);
  const id = "0af7651916cd43dd8448eb211c80319c";
  const begin = (value: string): string => {
    trace.begin(requestHead("GET / HTTP/1.1", "Host: h", `traceparent: ${value}`), "continue");
    assert.equal(trace.continued, trace.present);
    const out = new ByteWriter(4);
    trace.write(out);
    assert.equal(textOf(out), trace.present ? value : "");
    return trace.traceId;
  };

  it("is read when it is valid", () => {
    assert.equal(begin(`00-${id}-b7ad6b7169203331-01`), id);
    assert.equal(begin(`00-${id}-b7ad6b7169203331-ff`), id);
    assert.equal(begin(`cc-${id}-b7ad6b7169203331-01`), id);
    assert.equal(begin(`cc-${id}-b7ad6b7169203331-01-what-comes`), id);
    assert.equal(begin(`00-${id}-b7ad6b7169203331-00`), id);
  });

  for (const wrong of [
    "",
    id,
    `ff-${id}-b7ad6b7169203331-01`,
    `00-${id}-b7ad6b7169203331-01-`,
    `00-${id}-b7ad6b7169203331-01-x`,
    `cc-${id}-b7ad6b7169203331-01x`,
    `cc-${id}-b7ad6b7169203331-01.x`,
    `00-${id.toUpperCase()}-b7ad6b7169203331-01`,
    `00-${id}-B7AD6B7169203331-01`,
    `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
    `00-${id}-0000000000000000-01`,
    `00-${id}-b7ad6b7169203331-0`,
    `00-${id}-b7ad6b7169203331-0g`,
    `0g-${id}-b7ad6b7169203331-01`,
    `00_${id}-b7ad6b7169203331-01`,
    `00-${id}_b7ad6b7169203331-01`,
    `00-${id}-b7ad6b7169203331_01`,
    `00-${id.slice(1)}-b7ad6b7169203331-001`,
  ]) {
    it(`is none: ${wrong}`, () => assert.equal(begin(wrong), ""));
  }

  it("is started with ids that are not all zeros", () => {
    const zeros = new TraceContext({ next: () => 0 });
    zeros.begin(requestHead("GET / HTTP/1.1", "Host: h"), "start");
    const out = new ByteWriter(4);
    zeros.write(out);
    assert.equal(textOf(out), `00-${"0".repeat(31)}1-${"0".repeat(15)}1-03`);
    assert.ok(zeros.present && !zeros.continued);
  });

  it("does not last longer than its exchange", () => {
    begin(`cc-${id}-b7ad6b7169203331-01-what-comes`);
    trace.begin(requestHead("GET / HTTP/1.1", "Host: h"), "start");
    assert.equal(trace.traceId, "80000000".repeat(4));
    trace.begin(requestHead("GET / HTTP/1.1", "Host: h"), "continue");
    assert.equal(trace.traceId, "");
    assert.ok(!trace.present);
  });
});
