/** The buffers that Deno's sockets share: none is given to a second reader while the first one's bytes are in use. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  lend,
  lender,
  nextSize,
  type ReadBuffer,
  smallestSize,
  takeReadBuffer,
} from "../../src/adapters/deno/read-buffer.ts";

describe("Deno's read buffers", () => {
  it("go to the next reader when all that held them have released them", () => {
    const buffer = takeReadBuffer(smallestSize);
    buffer.hold();
    buffer.hold();
    for (let holds = 3; holds > 0; holds--) {
      const other = takeReadBuffer(smallestSize);
      assert.notEqual(other, buffer, `${holds} hold it`);
      buffer.release();
    }
    assert.equal(takeReadBuffer(smallestSize), buffer);
  });

  it("that went round are held by their new reader alone", () => {
    const first = takeReadBuffer(2);
    first.hold();
    first.release();
    first.release();
    const second = takeReadBuffer(2);
    assert.equal(second, first);
    second.release();
    assert.equal(takeReadBuffer(2), second);
  });

  it("of different sizes do not mix", () => {
    const small = takeReadBuffer(smallestSize);
    small.release();
    const large = takeReadBuffer(2);
    assert.notEqual(large, small);
    assert.ok(large.bytes.byteLength > small.bytes.byteLength);
  });

  it("are known by their parts, while they are lent", () => {
    const buffer = takeReadBuffer(smallestSize);
    lend(buffer);
    assert.equal(lender(buffer.bytes), buffer);
    assert.equal(lender(buffer.bytes.subarray(3, 5)), buffer);
    assert.equal(lender(new Uint8Array(5)), undefined);
    lend(undefined);
    assert.equal(lender(buffer.bytes), undefined);
  });

  it("grow while reads fill them, and shrink to what reads bring", () => {
    const [small = 0, middle = 0, large = 0] = [0, 1, 2].map((size) => takeReadBuffer(size).bytes.byteLength);
    assert.deepEqual(
      [nextSize(0, small), nextSize(1, middle), nextSize(2, large)],
      [1, 2, 2],
      "after a read that filled one",
    );
    assert.deepEqual([nextSize(0, 1), nextSize(1, small), nextSize(2, small)], [0, 0, 0], "after a small one");
    assert.deepEqual([nextSize(1, small + 1), nextSize(2, middle), nextSize(2, middle + 1)], [1, 1, 2]);
  });

  it("are not kept without bound", () => {
    const taken: ReadBuffer[] = Array.from({ length: 5000 }, () => takeReadBuffer(smallestSize));
    for (const buffer of taken) buffer.release();
    const again = new Set(Array.from({ length: 5000 }, () => takeReadBuffer(smallestSize)));
    assert.equal(taken.filter((buffer) => again.has(buffer)).length, 1024);
  });
});
