/** What Deno's socket does with its connection, seen from the connection's side. The contract tests the other one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DenoConn } from "../../src/adapters/deno/deno-api.ts";
import { DenoSocket } from "../../src/adapters/deno/socket.ts";
import type { CloseReason, SocketHandler } from "../../src/core/runtime/socket.ts";
import { aFewTurns, socketOptions } from "../support/sockets.ts";

/** A connection whose reads and writes end when the test says so. */
class FakeConn implements DenoConn {
  readonly remoteAddr = { transport: "tcp", hostname: "192.0.2.1", port: 1 } as const;
  readonly localAddr = { transport: "tcp", hostname: "192.0.2.2", port: 2 } as const;
  /** What was called, in order. */
  readonly calls: string[] = [];
  into: Uint8Array = new Uint8Array();
  written: Uint8Array = new Uint8Array();
  endRead: (bytes: number | null) => void = () => {};
  endWrite: (bytes: number) => void = () => {};

  read(into: Uint8Array): Promise<number | null> {
    this.into = into;
    return new Promise((resolve) => (this.endRead = resolve));
  }

  write(bytes: Uint8Array): Promise<number> {
    this.calls.push(`write ${bytes.byteLength}`);
    this.written = bytes;
    return new Promise((resolve) => (this.endWrite = resolve));
  }

  async closeWrite(): Promise<void> {
    this.calls.push("closeWrite");
  }

  close(): void {
    this.calls.push("close");
  }

  setNoDelay(on: boolean): void {
    this.calls.push(`setNoDelay ${on}`);
  }

  /** Ends the pending read with these bytes. */
  async receive(...bytes: number[]): Promise<void> {
    this.into.set(bytes);
    this.endRead(bytes.length);
    await aFewTurns();
  }

  async sent(bytes: number): Promise<void> {
    this.endWrite(bytes);
    await aFewTurns();
  }
}

function open(): readonly [DenoSocket, FakeConn] {
  const conn = new FakeConn();
  return [new DenoSocket(conn, undefined, socketOptions), conn];
}

/** What one socket receives goes to another. */
function passOnTo(to: DenoSocket): SocketHandler {
  return { onData: (bytes) => void to.write(bytes), onDrain() {}, onEnd() {}, onClose() {} };
}

describe("Deno's socket", () => {
  it("sets TCP_NODELAY before a second write", async () => {
    const [socket, conn] = open();
    socket.write(new Uint8Array(13));
    socket.write(new Uint8Array(14));
    await conn.sent(13);
    await conn.sent(14);
    socket.write(new Uint8Array(15));
    assert.deepEqual(conn.calls, ["write 13", "setNoDelay true", "write 14", "write 15"]);
  });

  it("sets TCP_NODELAY before a first write that may take more than a segment", () => {
    const [socket, conn] = open();
    socket.write(new Uint8Array(537));
    assert.deepEqual(conn.calls, ["setNoDelay true", "write 537"]);
  });

  it("reads into no buffer that a write still sends from", async () => {
    const [from, fromConn] = open();
    const [to, toConn] = open();
    from.handler = passOnTo(to);
    from.resume();
    await fromConn.receive(1, 2, 3);
    // The first is being written, the next two wait behind it: one is copied, one is not.
    await fromConn.receive(4, 5, 6);
    const long = Array.from({ length: 600 }, () => 7);
    await fromConn.receive(...long);
    await fromConn.receive(8, 8, 8, 8);
    assert.deepEqual([...toConn.written], [1, 2, 3]);
    await toConn.sent(3);
    assert.deepEqual([...toConn.written], [4, 5, 6]);
    await toConn.sent(3);
    assert.deepEqual([...toConn.written], long);
    await toConn.sent(200);
    await fromConn.receive(9);
    assert.deepEqual([...toConn.written], long.slice(200));
    await toConn.sent(400);
    assert.deepEqual([...toConn.written], [8, 8, 8, 8]);
  });

  it("lends the buffer of a pending read to nobody, even when it is closed", async () => {
    const [closed, closedConn] = open();
    closed.resume();
    closed.destroy();
    const [next, nextConn] = open();
    next.resume();
    assert.notEqual(nextConn.into.buffer, closedConn.into.buffer);
    // Now the read is over.
    closedConn.endRead(5);
    await aFewTurns();
    const [third, thirdConn] = open();
    third.resume();
    assert.equal(thirdConn.into.buffer, closedConn.into.buffer);
  });

  it("lends the buffer of a pending write to nobody, even when both sides are closed", async () => {
    const [from, fromConn] = open();
    const [to, toConn] = open();
    from.handler = passOnTo(to);
    from.resume();
    await fromConn.receive(1, 2, 3);
    from.destroy();
    to.destroy();
    const others = Array.from({ length: 2000 }, () => {
      const [socket, conn] = open();
      socket.resume();
      return conn.into.buffer;
    });
    assert.ok(!others.includes(toConn.written.buffer));
  });

  it("ends with one close where the peer has sent FIN before", async () => {
    const [socket, conn] = open();
    const reasons: CloseReason[] = [];
    let ended = false;
    socket.handler = {
      onData() {},
      onDrain() {},
      onEnd: () => void (ended = true),
      onClose: (reason) => void reasons.push(reason),
    };
    socket.resume();
    conn.endRead(null);
    await aFewTurns();
    assert.ok(ended);
    socket.write(new Uint8Array(1));
    socket.end();
    assert.deepEqual(conn.calls, ["write 1"]);
    await conn.sent(1);
    assert.deepEqual(conn.calls, ["write 1", "close"]);
    assert.deepEqual(reasons, ["ended"]);
  });

  it("takes the 0 of the cheaper call for FIN, as it takes null", async () => {
    const [socket, conn] = open();
    let ends = 0;
    socket.handler = { onData() {}, onDrain() {}, onEnd: () => void ends++, onClose() {} };
    socket.resume();
    conn.endRead(0);
    await aFewTurns();
    assert.equal(ends, 1);
    socket.end();
    assert.deepEqual(conn.calls, ["close"]);
  });
});
