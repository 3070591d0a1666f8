import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.ts";
import { latin1Text } from "../../../src/core/bytes/octets.ts";
import { BodyReader } from "../../../src/core/wire/body-reader.ts";
import { writeChunk, writeChunkSize, writeLastChunk } from "../../../src/core/wire/chunk-writer.ts";
import type { BodyKind } from "../../../src/core/wire/framing.ts";
import { TrailerParser } from "../../../src/core/wire/trailer-parser.ts";
import { bytesOf, eachByte } from "./read-wire.ts";

interface Read {
  readonly body: string;
  readonly state: string;
  /** What is behind the body. */
  readonly rest: string;
  readonly trailers: string;
}

function readPieces(pieces: readonly Uint8Array[], kind: BodyKind, length: number, allowed: readonly string[]): Read {
  const reader = new BodyReader(new TrailerParser(allowed));
  reader.begin(kind, length);
  let body = "";
  let rest = "";
  for (const piece of pieces) {
    const bytes = piece.slice();
    let at = 0;
    while (at < bytes.length && !reader.done && !reader.malformed) {
      const next = reader.next(bytes, at, bytes.length);
      body += latin1Text(bytes, reader.dataStart, reader.dataEnd);
      assert.ok(next > at || reader.malformed, "It stands still");
      at = next;
    }
    rest += latin1Text(bytes, at, bytes.length);
    bytes.fill(0xff);
  }
  const { trailers } = reader;
  return {
    body,
    state: reader.malformed ? reader.reason : reader.done ? "done" : "more",
    rest: reader.malformed ? "" : rest,
    trailers: trailers === undefined ? "" : latin1Text(trailers.bytes, 0, trailers.length),
  };
}

/** The same in one piece and byte by byte. */
function read(text: string, kind: BodyKind = "chunked", length: number = 0, allowed: readonly string[] = []): Read {
  const bytes = bytesOf(text);
  const whole = readPieces([bytes], kind, length, allowed);
  assert.deepEqual(readPieces(eachByte(bytes), kind, length, allowed), whole, "byte by byte");
  return whole;
}

describe("BodyReader", () => {
  it("reads nothing, a length, and all to the end", () => {
    assert.deepEqual(read("abc", "none"), { body: "", state: "done", rest: "abc", trailers: "" });
    assert.deepEqual(read("abc", "length", 0), { body: "", state: "done", rest: "abc", trailers: "" });
    assert.deepEqual(read("abc", "length", 2), { body: "ab", state: "done", rest: "c", trailers: "" });
    assert.deepEqual(read("abc", "length", 4), { body: "abc", state: "more", rest: "", trailers: "" });
    assert.deepEqual(read("abc", "close"), { body: "abc", state: "more", rest: "", trailers: "" });
  });

  for (const [text, body, rest] of [
    ["0\r\n\r\n", "", ""],
    ["000;a\r\n\r\nGET", "", "GET"],
    ["3\r\nabc\r\n0\r\n\r\n", "abc", ""],
    ["0003\r\nabc\r\nA\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\nX", "abc01234567890123456789", "X"],
    ["2\r\n\r\n\r\n0\r\n\r\n", "\r\n", ""],
    ['1;a="b";c=def\r\nx\r\n0\r\n\r\n', "x", ""],
    ['1;a;b=c;d="e f\\"\t;\x80"\r\nx\r\n0;z\r\n\r\n', "x", ""],
    [`1;${"a".repeat(254)}\r\nx\r\n0\r\n\r\n`, "x", ""],
    ["0000000000001\r\nx\r\n0\r\n\r\n", "x", ""],
    ["1\r\nx\r\n0\r\na: b\r\nc:\r\n\r\n", "x", ""],
  ] as const) {
    it(`takes the framing off ${JSON.stringify(text)}`, () => {
      assert.deepEqual(read(text), { body, state: "done", rest, trailers: "" });
    });
  }

  const size = "invalid chunk size";
  const extension = "invalid chunk extension";
  const longer = "chunk longer than its size";
  for (const [text, reason] of [
    ["\r\n", size],
    ["\n", size],
    [" 1\r\n", size],
    ["1 \r\n", size],
    ["1\t\r\n", size],
    ["1 ;a\r\n", size],
    [";a\r\n", size],
    ["0x1\r\n", size],
    ["+1\r\n", size],
    ["-1\r\n", size],
    ["1_0\r\n", size],
    ["g\r\n", size],
    ["1\n", size],
    ["1\0", size],
    ["1\rx", "bare carriage return"],
    ["1\r\r", "bare carriage return"],
    ["00000000000001\r\n", "chunk too large"],
    ["fffffffffffffff\r\n", "chunk too large"],
    ["1;\r\n", extension],
    ["1;;a\r\n", extension],
    ["1; a\r\n", extension],
    ["1;a \r\n", extension],
    ["1;a=\r\n", extension],
    ["1;a=;b\r\n", extension],
    ["1;a==b\r\n", extension],
    ["1;a=b c\r\n", extension],
    ["1;a\n", extension],
    ["1;a\0\r\n", extension],
    ["1;a\x80\r\n", extension],
    ['1;a="b\r\n', extension],
    ['1;a="b\n"\r\n', extension],
    ['1;a="\\\n"\r\n', extension],
    ['1;a="b"c\r\n', extension],
    ['1;a="\x7f"\r\n', extension],
    [`1;${"a".repeat(255)}`, "chunk line too long"],
    ["1\r\nxy", longer],
    ["1\r\nx\n", longer],
    ["1\r\nx\rX", longer],
    ["1\r\nx0\r\n\r\n", longer],
    ["0\r\n\rX", "bare carriage return"],
    ["0\r\n\n", "bare line feed"],
    ["0\r\n a: b\r\n", "folded field"],
    ["0\r\na : b\r\n", "white space before colon"],
    ["0\r\na: b\0\r\n", "invalid octet in a field value"],
    ["0\r\na: b\nc", "bare line feed"],
    [`0\r\n${"a:\r\n".repeat(65)}\r\n`, "too many fields"],
    [`0\r\na: ${"b".repeat(9000)}`, "head too large"],
  ] as const) {
    it(`refuses, ${reason}: ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(read(text).state, reason);
    });
  }

  it("passes on the trailers that are allowed, and never those that are not for trailers", () => {
    const allowed = ["grpc-status", "x-sum", "content-length", "host"];
    const text =
      "0\r\nGrpc-Status:\t0 \r\nX-Other: 1\r\nContent-Length: 5\r\nX-SUM: \x80a\r\nHost: a\r\nTransfer-Encoding: chunked\r\nx_sum: 1\r\n\r\nX";
    assert.deepEqual(read(text, "chunked", 0, allowed), {
      body: "",
      state: "done",
      rest: "X",
      trailers: "grpc-status: 0\r\nx-sum: \x80a\r\n",
    });
  });

  it("gives the last run together with the end", () => {
    const reader = new BodyReader(new TrailerParser([]));
    reader.begin("chunked", 0);
    const bytes = bytesOf("2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
    assert.equal(reader.next(bytes, 0, bytes.length), 10);
    assert.deepEqual([reader.dataStart, reader.dataEnd, reader.done], [3, 5, false]);
    assert.equal(reader.next(bytes, 10, bytes.length), bytes.length);
    assert.deepEqual([reader.dataStart, reader.dataEnd, reader.done], [10, 13, true]);
    assert.equal(reader.next(bytes, bytes.length, bytes.length), bytes.length);
    assert.equal(reader.dataStart, reader.dataEnd);
  });

  it("begins anew", () => {
    const reader = new BodyReader(new TrailerParser(["a"]));
    reader.begin("chunked", 0);
    const bytes = bytesOf("0\r\na: b\r\n\r\n");
    reader.next(bytes, 0, bytes.length);
    assert.ok(reader.trailers !== undefined);
    reader.begin("chunked", 0);
    assert.equal(reader.trailers, undefined);
    reader.next(bytesOf("x"), 0, 1);
    assert.equal(reader.malformed, true);
    assert.equal(reader.next(bytes, 0, bytes.length), 0, "what is malformed stays so");
    reader.begin("length", 1);
    assert.deepEqual([reader.malformed, reader.done, reader.reason], [false, false, ""]);
  });
});

describe("writeChunk", () => {
  it("writes sizes in lower case hexadecimal without zeros before them", () => {
    for (const value of [1, 9, 10, 15, 16, 255, 256, 65_535, 65_536, 0x1234_abcd, 0x7fff_ffff]) {
      const into = new ByteWriter(1);
      writeChunkSize(into, value);
      assert.equal(latin1Text(into.bytes, 0, into.length), `${value.toString(16)}\r\n`);
    }
  });

  it("writes what BodyReader reads, and no chunk for nothing", () => {
    const into = new ByteWriter(1);
    const bytes = bytesOf("0123456789".repeat(20));
    writeChunk(into, bytes, 0, 3);
    writeChunk(into, bytes, 3, 3);
    writeChunk(into, bytes, 3, 200);
    const trailers = new ByteWriter(1);
    trailers.latin1("a: b\r\n");
    writeLastChunk(into, trailers);
    const text = latin1Text(into.bytes, 0, into.length);
    assert.ok(text.startsWith("3\r\n012\r\nc5\r\n3456"), text);
    assert.deepEqual(read(text, "chunked", 0, ["a"]), {
      body: latin1Text(bytes, 0, 200),
      state: "done",
      rest: "",
      trailers: "a: b\r\n",
    });
    into.clear();
    writeLastChunk(into);
    assert.equal(latin1Text(into.bytes, 0, into.length), "0\r\n\r\n");
  });
});
