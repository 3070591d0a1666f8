/** What must never reach the kernel: lengths that are not within their memory. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Body, type Calls, mapSignatures } from "../../src/adapters/reactor/libc/calls.ts";
import { type Block, type Libc, NativeLibc } from "../../src/adapters/reactor/libc/libc.ts";
import { AF_INET, EAGAIN, SOCK_STREAM } from "../../src/adapters/reactor/linux.ts";
import { findLibc } from "../support/reactor.ts";

/** A body whose calls only note that they were made, and answer `result`. */
function notingBody(result = 0): { readonly libc: Libc; readonly made: string[] } {
  const made: string[] = [];
  const calls = mapSignatures((name) => (...args: number[]): number => {
    made.push([name, ...args].join(" "));
    return result;
  }) as unknown as Calls;
  const body: Body = {
    name: "notes",
    immediatesStarveSockets: false,
    calls,
    errno: () => 11,
    pointer: () => 1000,
    offset: (_, pointer, by) => (pointer as number) + by,
  };
  return { libc: new NativeLibc(body), made };
}

/** A length that the kernel is told, and fills in. */
function lengthOf(libc: Libc, bytes: number): Block {
  const block = libc.allocate(4);
  new Int32Array(block.bytes.buffer)[0] = bytes;
  return block;
}

const outside: [string, (libc: Libc, block: Block) => number][] = [
  ["recv, too long", (libc, block) => libc.recv(3, block, 17, 0)],
  ["recv, negative", (libc, block) => libc.recv(3, block, -1, 0)],
  ["recv, no number", (libc, block) => libc.recv(3, block, Number.NaN, 0)],
  ["send, too long", (libc, block) => libc.send(3, block, 0, 17, 0)],
  ["send, behind an offset", (libc, block) => libc.send(3, block, 9, 8, 0)],
  ["send, before the block", (libc, block) => libc.send(3, block, -1, 8, 0)],
  ["read", (libc, block) => libc.read(3, block, 17)],
  ["bind", (libc, block) => libc.bind(3, block, 17)],
  ["connect", (libc, block) => libc.connect(3, block, 17)],
  ["setsockopt", (libc, block) => libc.setsockopt(3, 1, 2, block, 17)],
  ["getsockopt", (libc, block) => libc.getsockopt(3, 1, 2, block, lengthOf(libc, 17))],
  ["accept", (libc, block) => libc.accept(3, block, lengthOf(libc, 17), 0)],
  ["accept, negative", (libc, block) => libc.accept(3, block, lengthOf(libc, -1), 0)],
  ["accept, a length of no length", (libc, block) => libc.accept(3, block, libc.allocate(2), 0)],
  ["getsockname", (libc, block) => libc.getsockname(3, block, lengthOf(libc, 17))],
  ["getpeername", (libc, block) => libc.getpeername(3, block, lengthOf(libc, 17))],
  ["epoll_wait", (libc, block) => libc.epollWait(3, block, 2, 0)],
  ["epoll_ctl", (libc) => libc.epollControl(3, 1, 4, libc.allocate(8))],
  ["pipe2", (libc) => libc.pipe(libc.allocate(4), 0)],
  ["open", (libc, block) => libc.open(filled(block), 0)],
  ["unlink", (libc, block) => libc.unlink(filled(block))],
];

function filled(block: Block): Block {
  block.bytes.fill(47);
  return block;
}

describe("NativeLibc", () => {
  for (const [what, call] of outside) {
    it(`refuses what is not within its memory: ${what}`, () => {
      const { libc, made } = notingBody();
      assert.throws(() => call(libc, libc.allocate(16)), RangeError);
      assert.deepEqual(made, []);
    });
  }

  it("passes what is, to the last byte", () => {
    const { libc, made } = notingBody();
    const block = libc.allocate(16);
    libc.recv(3, block, 16, 0);
    libc.send(3, block, 0, 16, 0);
    libc.send(3, block, 15, 1, 0);
    libc.send(3, block, 16, 0, 0);
    libc.accept(3, block, lengthOf(libc, 16), 0);
    assert.deepEqual(made, [
      "recv 3 1000 16 0",
      "send 3 1000 16 0",
      "send 3 1015 1 0",
      "send 3 1016 0 0",
      "accept4 3 1000 1000 0",
    ]);
  });

  it("answers errors as negative numbers", () => {
    const { libc } = notingBody(-1);
    assert.equal(libc.recv(3, libc.allocate(1), 1, 0), EAGAIN);
  });
});

const { libc, skip } = await findLibc();

describe("libc of this process", { skip }, () => {
  it("answers what the kernel does", () => {
    assert.equal(libc.close(-1), -9);
    const fd = libc.socket(AF_INET, SOCK_STREAM, 0);
    assert.ok(fd > 2);
    assert.equal(libc.listen(fd, 1), 0);
    assert.equal(libc.close(fd), 0);
    assert.equal(libc.close(fd), -9);
  });

  it("has memory that stays where it is", () => {
    const blocks = Array.from({ length: 200 }, (_, index) => libc.allocate(1 + index * 37));
    const garbage = Array.from({ length: 2000 }, () => new Uint8Array(new ArrayBuffer(4096)));
    assert.equal(garbage.length, 2000);
    const pipe = libc.allocate(8);
    assert.equal(libc.pipe(pipe, 0), 0);
    const [from = -1, to = -1] = new Int32Array(pipe.bytes.buffer);
    const path = libc.allocate(32);
    path.bytes.set(new TextEncoder().encode("/proc/self/comm"));
    for (const block of blocks) {
      const fd = libc.open(path, 0);
      const wanted = Math.min(4, block.bytes.byteLength);
      assert.equal(libc.read(fd, block, wanted), wanted);
      assert.ok(block.bytes.subarray(0, wanted).every((byte) => byte > 0));
      assert.ok(block.bytes.subarray(wanted).every((byte) => byte === 0));
      libc.close(fd);
    }
    libc.close(from);
    libc.close(to);
  });
});
