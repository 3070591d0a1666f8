/** The buffers that Deno's sockets share: none is given to a second reader while the first one's bytes are in use. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lend, lender, type ReadBuffer, takeReadBuffer } from "../../src/adapters/deno/read-buffer.ts";

describe("Deno's read buffers", () => {
  it("go to the next reader when all that held them have released them", () => {
    const buffer = takeReadBuffer(false);
    buffer.hold();
    buffer.hold();
    for (let holds = 3; holds > 0; holds--) {
      const other = takeReadBuffer(false);
      assert.notEqual(other, buffer, `${holds} hold it`);
      buffer.release();
    }
    assert.equal(takeReadBuffer(false), buffer);
  });

  it("that went round are held by their new reader alone", () => {
    const first = takeReadBuffer(true);
    first.hold();
    first.release();
    first.release();
    const second = takeReadBuffer(true);
    assert.equal(second, first);
    second.release();
    assert.equal(takeReadBuffer(true), second);
  });

  it("for bulk and for small reads do not mix", () => {
    const small = takeReadBuffer(false);
    small.release();
    const large = takeReadBuffer(true);
    assert.notEqual(large, small);
    assert.ok(large.bytes.byteLength > small.bytes.byteLength);
  });

  it("are known by their parts, while they are lent", () => {
    const buffer = takeReadBuffer(false);
    lend(buffer);
    assert.equal(lender(buffer.bytes), buffer);
    assert.equal(lender(buffer.bytes.subarray(3, 5)), buffer);
    assert.equal(lender(new Uint8Array(5)), undefined);
    lend(undefined);
    assert.equal(lender(buffer.bytes), undefined);
  });

  it("are not kept without bound", () => {
    const taken: ReadBuffer[] = Array.from({ length: 5000 }, () => takeReadBuffer(false));
    for (const buffer of taken) buffer.release();
    const again = new Set(Array.from({ length: 5000 }, () => takeReadBuffer(false)));
    assert.equal(taken.filter((buffer) => again.has(buffer)).length, 1024);
  });
});
