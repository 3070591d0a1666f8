import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BlockPool } from "../../src/adapters/reactor/block-pool.ts";
import type { Block, Libc } from "../../src/adapters/reactor/libc/libc.ts";
import { EAGAIN, EINTR } from "../../src/adapters/reactor/linux.ts";
import { PipePool } from "../../src/adapters/reactor/pipe-pool.ts";
import { type WriteMeans, WriteQueue } from "../../src/adapters/reactor/write-queue.ts";

/** A kernel that takes as much as `takes` says, call by call, and then nothing more. */
class Wire {
  readonly chunks: Uint8Array[] = [];
  byteLength = 0;
  readonly takes: number[] = [];
  allocated = 0;

  readonly libc = {
    allocate: (byteLength: number): Block => {
      this.allocated++;
      return { bytes: new Uint8Array(new ArrayBuffer(byteLength)), pointer: 0 };
    },
    send: (_fd: number, from: Block, offset: number, length: number): number => {
      const take = this.takes.shift() ?? EAGAIN;
      if (take < 0) return take;
      const count = Math.min(length, take);
      assert.ok(count > 0, "nothing is never sent");
      this.chunks.push(from.bytes.slice(offset, offset + count));
      this.byteLength += count;
      return count;
    },
  } as unknown as Libc;
}

function meansOf({ libc }: Wire): WriteMeans {
  return { libc, pool: new BlockPool(libc), pipes: new PipePool(libc) };
}

describe("WriteQueue", () => {
  it("sends what was pushed, in order, however much the kernel takes", () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat(70_000) }),
      fc.record({
        takes: fc.array(fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constant(EINTR)), { maxLength: 5 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const wire = new Wire();
        const means = meansOf(wire);
        const queue = new WriteQueue();
        let pushed = 0;
        for (const one of steps) {
          if ("push" in one) {
            const bytes = Uint8Array.from({ length: one.push }, (_, index) => (pushed + index) % 251);
            queue.push(bytes, means);
            pushed += one.push;
            // The bytes are copied: whose they were may use them again.
            bytes.fill(255);
          } else {
            wire.takes.splice(0, wire.takes.length, ...one.takes);
            const result = queue.flush(3, means);
            assert.equal(result, queue.byteLength === 0 ? 0 : EAGAIN);
          }
          assert.equal(queue.byteLength, pushed - wire.byteLength);
        }
        wire.takes.splice(0, wire.takes.length, ...Array.from({ length: 1000 }, () => 1_000_000));
        assert.equal(queue.flush(3, means), 0);
        assert.equal(wire.byteLength, pushed);
        assert.ok(Buffer.concat(wire.chunks).every((byte, index) => byte === index % 251));
      }),
      { numRuns: 60 },
    );
  });

  it("answers the error that came, and keeps what waits", () => {
    const wire = new Wire();
    const means = meansOf(wire);
    const queue = new WriteQueue();
    queue.push(new Uint8Array(10), means);
    wire.takes.push(4, -104);
    assert.equal(queue.flush(3, means), -104);
    assert.equal(queue.byteLength, 6);
    queue.clear(means);
    assert.equal(queue.byteLength, 0);
    assert.equal(queue.flush(3, means), 0);
  });
});

describe("BlockPool", () => {
  it("gives the smallest block that holds it, or the largest there is", () => {
    const pool = new BlockPool(new Wire().libc);
    const sizes = [1, 4096, 4097, 65_536, 200_000, 10_000_000].map((wanted) => pool.take(wanted).bytes.byteLength);
    assert.deepEqual(sizes, [4096, 4096, 16_384, 65_536, 262_144, 262_144]);
  });

  it("never has a block in two hands, and uses again what was given back", () => {
    const wire = new Wire();
    const pool = new BlockPool(wire.libc);
    const blocks = Array.from({ length: 20 }, () => pool.take(5000));
    assert.equal(new Set(blocks).size, 20);
    for (const block of blocks) pool.give(block);
    const again = Array.from({ length: 20 }, () => pool.take(5000));
    assert.equal(new Set(again).size, 20);
    assert.equal(wire.allocated, 20);
  });

  it("keeps a bounded amount of each size", () => {
    const wire = new Wire();
    const pool = new BlockPool(wire.libc);
    const blocks = Array.from({ length: 10 }, () => pool.take(262_144));
    for (const block of blocks) pool.give(block);
    for (let index = 0; index < 10; index++) pool.take(262_144);
    assert.equal(wire.allocated, 16, "four of ten were kept: a mebibyte");
  });
});
