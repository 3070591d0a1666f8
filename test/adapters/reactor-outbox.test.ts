import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Block, Libc } from "../../src/adapters/reactor/libc/libc.ts";
import { Outbox, type Sender } from "../../src/adapters/reactor/outbox.ts";

const libc = {
  allocate: (byteLength: number): Block => ({ bytes: new Uint8Array(new ArrayBuffer(byteLength)), pointer: 0 }),
} as unknown as Libc;

function openOutbox(): Outbox {
  const outbox = new Outbox(libc);
  outbox.open = true;
  return outbox;
}

/** A connection: `wire` is what left, over all connections, message by message. */
class Connection implements Sender {
  readonly name: number;
  readonly wire: string[];
  pending = 0;

  constructor(name: number, wire: string[]) {
    this.name = name;
    this.wire = wire;
  }

  sendGathered(block: Block, length: number): void {
    this.wire.push(`${this.name}:${[...block.bytes.subarray(0, length)].join(",")}`);
  }

  gatheredSent(): void {
    this.pending = 0;
  }
}

describe("Outbox", () => {
  it("sends each connection's bytes in their order, and nothing twice", () => {
    const message = fc.record({ from: fc.nat(3), size: fc.integer({ min: 1, max: 5 }), flush: fc.boolean() });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 300 }), (messages) => {
        const outbox = openOutbox();
        const wire: string[] = [];
        const connections = [0, 1, 2, 3].map((name) => new Connection(name, wire));
        const expected: number[][] = [[], [], [], []];
        let next = 0;
        for (const { from, size, flush } of messages) {
          const bytes = Uint8Array.from({ length: size }, () => next++ % 251);
          expected[from]?.push(...bytes);
          const connection = connections[from] as Connection;
          connection.pending++;
          assert.ok(outbox.add(connection, bytes));
          // The bytes are copied: whose they were may use them again.
          bytes.fill(255);
          if (flush) outbox.flush();
        }
        outbox.flush();
        outbox.flush();
        for (const { name, pending } of connections) {
          const sent = wire.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(2));
          assert.equal(sent.join(","), expected[name]?.join(","));
          assert.equal(pending, 0, "it is told when all is sent");
        }
      }),
    );
  });

  it("joins what follows each other on one connection", () => {
    const outbox = openOutbox();
    const wire: string[] = [];
    const one = new Connection(1, wire);
    const other = new Connection(2, wire);
    for (const [connection, byte] of [
      [one, 1],
      [one, 2],
      [other, 3],
      [one, 4],
    ] as const) {
      outbox.add(connection, Uint8Array.of(byte));
    }
    outbox.flush();
    assert.deepEqual(wire, ["1:1,2", "2:3", "1:4"]);
  });

  it("takes what is small, in a turn only", () => {
    const outbox = new Outbox(libc);
    const connection = new Connection(1, []);
    assert.equal(outbox.add(connection, Uint8Array.of(1)), false);
    outbox.open = true;
    assert.equal(outbox.add(connection, new Uint8Array(8 * 1024)), true);
    assert.equal(outbox.add(connection, new Uint8Array(8 * 1024 + 1)), false);
    // Nothing is sent for it, so nobody would be told either.
    assert.equal(outbox.add(connection, new Uint8Array(0)), false);
  });

  it("sends a message once, although sending it throws", () => {
    const outbox = openOutbox();
    let sends = 0;
    const sender: Sender = {
      sendGathered() {
        sends++;
        throw new Error("a bug");
      },
      gatheredSent() {},
    };
    outbox.add(sender, Uint8Array.of(1));
    assert.throws(() => outbox.flush(), /a bug/);
    outbox.flush();
    assert.equal(sends, 1);
  });
});
