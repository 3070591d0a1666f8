/** What a writer gives away stays as it is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.ts";

describe("ByteWriter.renew", () => {
  it("goes on behind what it leaves, in the same memory, until that is used up", () => {
    const writer = new ByteWriter(16 * 1024);
    const memory = writer.bytes.buffer;
    const given: Uint8Array[] = [];
    for (let turn = 0; turn < 100; turn++) {
      writer.latin1(String(turn).padStart(1000, "."));
      given.push(writer.written);
      writer.renew();
      assert.equal(writer.length, 0);
    }
    given.forEach((bytes, turn) => assert.equal(new TextDecoder().decode(bytes), String(turn).padStart(1000, ".")));
    assert.equal(given[1]?.buffer, memory);
    assert.ok(new Set(given.map(({ buffer }) => buffer)).size < 10);
  });

  it("does not stay as large as it once grew", () => {
    const writer = new ByteWriter(1024);
    writer.all(new Uint8Array(1024 * 1024));
    writer.renew();
    assert.equal(writer.bytes.buffer.byteLength, 1024);
  });
});

describe("ByteWriter.written", () => {
  it("is what was written last, whatever was before and however its memory changes", () => {
    const step = fc.record({
      size: fc.integer({ min: 0, max: 300 }),
      next: fc.constantFrom("clear", "renew", "grow"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const writer = new ByteWriter(256);
        let count = 0;
        for (const { size, next } of steps) {
          const bytes = Uint8Array.from({ length: size }, () => count++ % 251);
          writer.range(bytes, 0, size);
          assert.deepEqual([...writer.written], [...bytes]);
          if (next === "renew") writer.renew();
          else writer.clear();
          if (next === "grow") writer.reserve(writer.bytes.length + 1);
        }
      }),
    );
  });
});
