/** Bytes: all of them, in order, at the pace of the slower side, and only where they belong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { isPattern, patternBytes, patternPeriod } from "../../src/cli/load/pattern.ts";
import { exchangePattern, writePattern } from "../support/pattern-traffic.ts";
import { Acceptor, aFewTurns, connect, rawClient, type Recorder, until } from "../support/sockets.ts";

/** Registers the suite for one implementation of the port. */
export function transferContract(name: string, runtime: Runtime): void {
  describe(`transfer contract: ${name}`, () => {
    it("echoes, and tells both addresses", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.whenData = (bytes) => served.socket.write(bytes);
      served.socket.resume();
      client.socket.write("hello");
      await until(() => client.text() === "hello", "the echo is back");
      assert.deepEqual(served.socket.localAddress, { kind: "tcp", host: "127.0.0.1", port: acceptor.port });
      assert.deepEqual(served.socket.remoteAddress, { kind: "tcp", host: "127.0.0.1", port: client.socket.localPort });
      client.socket.end();
      await served.ended;
      served.socket.end();
      assert.equal(await served.closed, "ended");
      assert.deepEqual(served.events, ["data", "end", "close ended"]);
    });

    it("delivers nothing before the first resume", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      client.socket.end("early");
      const served = await acceptor.accepted();
      await aFewTurns();
      assert.deepEqual(served.events, []);
      served.socket.resume();
      await served.ended;
      assert.deepEqual(served.events, ["data", "end"]);
      assert.equal(served.bytes, 5);
      served.socket.end();
      await served.closed;
    });

    it("stops at pause and goes on at resume, with no byte lost", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.socket.resume();
      let offset = 0;
      let intact = true;
      served.whenData = (bytes) => {
        if (served.events.includes("PAUSED")) intact = false;
        intact &&= isPattern(offset, bytes);
        offset += bytes.byteLength;
        served.socket.pause();
        served.events.push("PAUSED");
        setTimeout(() => {
          served.events.splice(served.events.indexOf("PAUSED"), 1);
          served.socket.resume();
        }, 1);
      };
      const total = 1024 * 1024;
      for (let sent = 0; sent < total;) {
        const chunk = patternBytes(sent, total - sent);
        client.socket.write(chunk);
        sent += chunk.byteLength;
      }
      client.socket.end();
      await served.ended;
      assert.equal(offset, total);
      assert.ok(intact, "in order, and never while paused");
      served.socket.destroy();
      await served.closed;
    });

    it("pause and resume inside onData change nothing", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await connect(runtime, acceptor.port);
      const served = await acceptor.accepted();
      client.socket.resume();
      const total = 8 * 1024 * 1024;
      let offset = 0;
      let intact = true;
      served.whenData = (bytes) => {
        served.socket.pause();
        served.socket.resume();
        intact &&= isPattern(offset, bytes);
        offset += bytes.byteLength;
      };
      served.socket.resume();
      writePattern(client, total, () => client.socket.end());
      await served.ended;
      assert.deepEqual([offset, intact], [total, true]);
      served.socket.end();
      assert.equal(await served.closed, "ended");
    });

    it("carries 64 MiB both ways at once, every byte in its place", { timeout: 120_000 }, async () => {
      await using acceptor = await Acceptor.open(runtime);
      const total = 64 * 1024 * 1024;
      const client = await connect(runtime, acceptor.port);
      const served = await acceptor.accepted();
      const sides = [client, served].map((side) => exchangePattern(side, total));
      const results = await Promise.all(sides);
      for (const { received, intact, maxBuffered } of results) {
        assert.equal(received, total);
        assert.ok(intact, "every byte in its place");
        // The high-water mark, and the one chunk that crossed it.
        assert.ok(maxBuffered <= 64 * 1024 + patternPeriod, `at most one chunk above the mark, not ${maxBuffered}`);
      }
      assert.equal(await client.closed, "ended");
      assert.equal(await served.closed, "ended");
    });

    it("carries 10,000 writes of one byte", { timeout: 60_000 }, async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await connect(runtime, acceptor.port);
      const served = await acceptor.accepted();
      let offset = 0;
      let intact = true;
      served.whenData = (bytes) => {
        intact &&= isPattern(offset, bytes);
        offset += bytes.byteLength;
      };
      served.socket.resume();
      client.socket.resume();
      for (let sent = 0; sent < 10_000; sent++) client.socket.write(patternBytes(sent, 1));
      client.socket.end();
      await served.ended;
      assert.equal(offset, 10_000);
      assert.ok(intact);
      served.socket.end();
      assert.equal(await client.closed, "ended");
    });

    it("holds the writer back while the peer does not read, within the high-water mark", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      client.socket.pause();
      const served = await acceptor.accepted();
      served.socket.resume();
      let sent = 0;
      const fill = (): void => {
        while (sent < 64 * 1024 * 1024) {
          const chunk = patternBytes(sent, 16 * 1024);
          sent += chunk.byteLength;
          if (!served.socket.write(chunk)) return;
        }
      };
      served.whenDrain = fill;
      fill();
      let before = -1;
      while (before !== sent) {
        before = sent;
        await aFewTurns();
      }
      assert.ok(sent < 64 * 1024 * 1024, "write said false");
      assert.ok(served.socket.bufferedBytes > 0);
      assert.ok(served.socket.bufferedBytes <= 64 * 1024 + 16 * 1024);
      served.whenDrain = () => {};
      const drains = served.drains;
      client.socket.resume();
      await until(() => served.drains > drains, "it drained");
      assert.equal(served.socket.bufferedBytes, 0);
      served.socket.end();
      await client.ended;
      assert.equal(client.bytes, sent);
      client.socket.end();
      assert.equal(await served.closed, "ended");
    });

    it("a chunk may be passed on to several sockets, in parts, and by one that closes in that call", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const source = await connect(runtime, acceptor.port);
      const relay = await acceptor.accepted();
      const sinks: { near: Recorder; far: Recorder; offset: number; intact: boolean }[] = [];
      for (let index = 0; index < 3; index++) {
        const near = await connect(runtime, acceptor.port);
        const sink = { near, far: await acceptor.accepted(), offset: 0, intact: true };
        sink.far.whenData = (bytes) => {
          sink.intact &&= isPattern(sink.offset, bytes);
          sink.offset += bytes.byteLength;
        };
        sinks.push(sink);
      }
      const total = 4 * 1024 * 1024;
      relay.whenData = (bytes) => {
        if (relay.bytes >= total) relay.socket.destroy();
        const middle = bytes.byteLength >> 1;
        for (const { near } of sinks) {
          near.socket.write(bytes.subarray(0, middle));
          near.socket.write(bytes.subarray(middle));
        }
      };
      // One sink reads at once, the others when all is sent: their bytes wait while buffers are used again.
      sinks[0]?.far.socket.resume();
      relay.socket.resume();
      source.socket.resume();
      writePattern(source, total, () => {});
      assert.equal(await relay.closed, "local");
      for (const { far, near } of sinks) {
        far.socket.resume();
        near.socket.end();
      }
      await Promise.all(sinks.map(({ far }) => far.ended));
      assert.deepEqual(
        sinks.map(({ offset, intact }) => [offset, intact]),
        sinks.map(() => [total, true]),
      );
      for (const socket of [source, ...sinks.flatMap(({ near, far }) => [near, far])]) socket.socket.destroy();
    });

    it("bytes never show up on another connection, whatever is closed in onData", { timeout: 60_000 }, async () => {
      await using acceptor = await Acceptor.open(runtime);
      const rounds = 8;
      for (let round = 0; round < rounds; round++) {
        const client = await rawClient(acceptor.port);
        const served = await acceptor.accepted();
        served.whenData = () => served.bytes > 10_000 && served.socket.destroy();
        served.socket.resume();
        client.socket.write(new Uint8Array(10_000));
        await until(() => served.bytes === 10_000, "the first bytes are here");
        client.socket.write(new Uint8Array(100));
        assert.equal(await served.closed, "local");
        client.socket.destroy();
      }
      const pairs = await Promise.all(
        Array.from({ length: rounds }, async (_, index) => {
          const client = await connect(runtime, acceptor.port);
          const served = await acceptor.accepted();
          return { client, served, index };
        }),
      );
      const total = 2 * 1024 * 1024;
      const results = pairs.map(({ client, served }) => {
        writePattern(client, total, () => client.socket.end());
        return exchangePattern(served, total);
      });
      for (const { client } of pairs) client.socket.resume();
      for (const { received, intact } of await Promise.all(results))
        assert.deepEqual([received, intact], [total, true]);
    });

    it("the next event goes to a handler that was replaced", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.socket.resume();
      client.socket.write("first");
      await until(() => served.bytes === 5, "the first bytes are here");
      let second = 0;
      served.socket.handler = { onData: (b) => (second += b.byteLength), onDrain() {}, onEnd() {}, onClose() {} };
      client.socket.write("second");
      await until(() => second === 6, "the new handler got the rest");
      assert.equal(served.bytes, 5);
      served.socket.destroy();
      client.socket.destroy();
    });
  });
}
