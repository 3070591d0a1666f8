/** What every adapter's sockets do, whatever the runtime: the port's contract, as tests. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CapabilityName } from "../../src/core/runtime/capabilities.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { BlackHole } from "../support/black-hole.ts";
import { matchesPattern, patternAt } from "../support/pattern.ts";
import {
  Acceptor,
  aFewTurns,
  connect,
  connectTo,
  hopefulClient,
  loopback,
  rawClient,
  RawServer,
  type Recorder,
  socketOptions,
  until,
} from "../support/sockets.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Registers the suite for one implementation of the port. */
export function socketContract(name: string, runtime: Runtime): void {
  /** A test that needs a capability is skipped by its name where the adapter lacks it, with the adapter's reason. */
  const needs = (capability: CapabilityName): { skip: string | false } => {
    const { supported, reason } = runtime.capabilities[capability];
    return { skip: supported ? false : `${capability}: ${reason}` };
  };

  describe(`socket contract: ${name}`, () => {
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
        intact &&= matchesPattern(offset, bytes);
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
        const chunk = patternAt(sent, total - sent);
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
        intact &&= matchesPattern(offset, bytes);
        offset += bytes.byteLength;
      };
      served.socket.resume();
      writePattern(client, total, () => client.socket.end());
      await served.ended;
      assert.deepEqual([offset, intact], [total, true]);
      served.socket.end();
      assert.equal(await served.closed, "ended");
    });

    it("a FIN that comes while paused is told after resume, with no data before it too", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.socket.resume();
      client.socket.write("x");
      await until(() => served.bytes === 1, "the byte is here");
      served.socket.pause();
      client.socket.end();
      await aFewTurns();
      assert.deepEqual(served.events, ["data"]);
      served.socket.end();
      await client.ended;
      await aFewTurns();
      assert.deepEqual(served.events, ["data"], "nor is the close that follows both FINs");
      served.socket.resume();
      assert.equal(await served.closed, "ended");
      assert.deepEqual(served.events, ["data", "end", "close ended"]);
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
        assert.ok(maxBuffered <= 64 * 1024 + 65_521, `at most one chunk above the mark, not ${maxBuffered}`);
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
        intact &&= matchesPattern(offset, bytes);
        offset += bytes.byteLength;
      };
      served.socket.resume();
      client.socket.resume();
      for (let sent = 0; sent < 10_000; sent++) client.socket.write(patternAt(sent, 1));
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
          const chunk = patternAt(sent, 16 * 1024);
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

    it("half-close: the client's FIN first, then 8 MiB back", { timeout: 60_000 }, async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.socket.resume();
      client.socket.end("request");
      await served.ended;
      const total = 8 * 1024 * 1024;
      writePattern(served, total, () => served.socket.end());
      await client.ended;
      assert.equal(client.bytes, total);
      assert.equal(await served.closed, "ended");
    });

    it("half-close: our FIN first, then 8 MiB from the peer", { timeout: 60_000 }, async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await connect(runtime, acceptor.port);
      const served = await acceptor.accepted();
      client.socket.resume();
      served.socket.end();
      await client.ended;
      const total = 8 * 1024 * 1024;
      let offset = 0;
      let intact = true;
      served.whenData = (bytes) => {
        intact &&= matchesPattern(offset, bytes);
        offset += bytes.byteLength;
      };
      served.socket.resume();
      writePattern(client, total, () => client.socket.end());
      assert.equal(await served.closed, "ended");
      assert.equal(offset, total);
      assert.ok(intact);
      assert.deepEqual(served.events, ["data", "end", "close ended"]);
      assert.equal(await client.closed, "ended");
    });

    it("half-close: our FIN first while paused, the peer's data and FIN wait for resume", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.socket.end();
      await client.ended;
      client.socket.end("answer");
      await aFewTurns();
      assert.deepEqual(served.events, []);
      served.socket.resume();
      assert.equal(await served.closed, "ended");
      assert.equal(served.bytes, 6);
      assert.deepEqual(served.events, ["data", "end", "close ended"]);
    });

    it("sends FIN only after what was written", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      client.socket.pause();
      const served = await acceptor.accepted();
      served.socket.resume();
      let sent = 0;
      while (served.socket.write(patternAt(sent, 64 * 1024))) sent += patternAt(sent, 64 * 1024).byteLength;
      sent += patternAt(sent, 64 * 1024).byteLength;
      served.socket.end();
      served.socket.end();
      assert.equal(served.socket.write(text("late")), true, "a write after end is dropped");
      client.socket.resume();
      await client.ended;
      assert.equal(client.bytes, sent);
      client.socket.end();
      assert.equal(await served.closed, "ended");
      assert.equal(served.drains, 0, "no drain after end");
    });

    it("end and reset in one turn close the socket", async () => {
      await using acceptor = await Acceptor.open(runtime);
      for (const resumed of [true, false]) {
        const client = await rawClient(acceptor.port);
        const served = await acceptor.accepted();
        if (resumed) served.socket.resume();
        served.socket.end();
        served.socket.reset();
        assert.equal(await served.closed, "local");
        await Promise.race([client.ended, client.closed]);
        client.socket.destroy();
      }
    });

    it("clients that reset before they are accepted do not stop the others", { timeout: 30_000 }, async () => {
      await using acceptor = await Acceptor.open(runtime);
      for (let round = 0; round < 5; round++) {
        for (let index = 0; index < 100; index++) {
          const client = hopefulClient(acceptor.port);
          client.socket.once("connect", () => client.socket.resetAndDestroy());
        }
        const good = await connect(runtime, acceptor.port);
        good.socket.resume();
        good.socket.write(text("hello"));
        good.socket.end();
        let served = await acceptor.accepted();
        while (true) {
          served.socket.resume();
          const ended = served.ended.then(() => true);
          if ((await Promise.race([ended, served.closed.then(() => false)])) && served.bytes === 5) break;
          served = await acceptor.accepted();
        }
        served.socket.end();
        assert.equal(await good.closed, "ended");
      }
    });

    for (const [stage, prepare] of resetStages) {
      it(`the peer's RST is told once: ${stage}`, async () => {
        await using acceptor = await Acceptor.open(runtime);
        const client = await rawClient(acceptor.port);
        const served = await acceptor.accepted();
        served.socket.resume();
        await prepare(served, client);
        client.socket.resetAndDestroy();
        assert.equal(await served.closed, "reset");
        await aFewTurns();
        assert.equal(served.events.filter((event) => event.startsWith("close")).length, 1);
        assert.equal(served.events.at(-1), "close reset");
        assert.equal(served.events.includes("REENTERED"), false);
      });

      it(`our reset reaches the peer as RST: ${stage}`, needs("reset"), async () => {
        await using acceptor = await Acceptor.open(runtime);
        const client = await rawClient(acceptor.port);
        const served = await acceptor.accepted();
        served.socket.resume();
        await prepare(served, client);
        served.socket.reset();
        assert.equal(await served.closed, "local");
        client.socket.resume();
        // A peer that has our FIN no longer reads: it meets the reset when it writes, as EPIPE (tcp(7)).
        if (client.socket.readableEnded) client.socket.write("x");
        await client.closed;
        assert.match(client.error, /^(ECONNRESET|EPIPE)$/);
      });
    }

    it("the peer's RST is never a clean end, although a write and our FIN meet it first", async () => {
      for (let round = 0; round < 20; round++) {
        await using acceptor = await Acceptor.open(runtime);
        const client = await rawClient(acceptor.port);
        const served = await acceptor.accepted();
        if (round % 2 === 1) served.socket.resume();
        client.socket.resetAndDestroy();
        await client.closed;
        // The RST is in the kernel, and may not have been told yet.
        if (round % 4 < 2) served.socket.write(text("too late"));
        served.socket.end();
        served.socket.resume();
        assert.equal(await served.closed, "reset", `round ${round}`);
      }
    });

    it("after destroy: one close, and every method is a no-op", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.socket.resume();
      client.socket.write("x");
      await until(() => served.bytes === 1, "the byte is here");
      served.socket.destroy();
      served.socket.destroy();
      served.socket.reset();
      served.socket.end();
      served.socket.pause();
      served.socket.resume();
      assert.equal(served.socket.write(text("x")), true);
      assert.equal(await served.closed, "local");
      await aFewTurns();
      assert.deepEqual(served.events, ["data", "close local"]);
      client.socket.destroy();
    });

    it("destroy inside onData ends at once", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.whenData = () => served.socket.destroy();
      served.socket.resume();
      for (let i = 0; i < 100; i++) client.socket.write(new Uint8Array(100_000));
      assert.equal(await served.closed, "local");
      await aFewTurns();
      assert.deepEqual(served.events, ["data", "close local"]);
      client.socket.destroy();
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
          sink.intact &&= matchesPattern(sink.offset, bytes);
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

    it("a refused connect is told as refused", async () => {
      const closed = await RawServer.open();
      const { port } = closed;
      await closed[Symbol.asyncDispose]();
      await assert.rejects(connect(runtime, port), { message: "refused" });
    });

    it("a name that does not exist is told as not-found", async () => {
      // RFC 6761 6.4: `.invalid` never resolves.
      await assert.rejects(connectTo(runtime, { kind: "tcp", host: "nowhere.invalid", port: 80 }), {
        message: "not-found",
      });
    });

    it("a connect that hangs can be given up: nothing is called any more", async () => {
      await using hole = await BlackHole.open();
      const calls: string[] = [];
      const pending = runtime.connect(
        { ...socketOptions, address: { kind: "tcp", host: "127.0.0.1", port: hole.port } },
        { onConnect: () => calls.push("connected"), onConnectError: (failure) => calls.push(failure) },
      );
      await aFewTurns();
      assert.deepEqual(calls, []);
      pending.cancel();
      pending.cancel();
      hole.answer();
      // The next connect is made while the first may still be pending in the kernel.
      const client = await connect(runtime, hole.port);
      client.socket.resume();
      client.socket.write(text("x"));
      await until(() => client.bytes === 1, "the echo is back");
      assert.deepEqual(calls, []);
      client.socket.destroy();
      await client.closed;
    });

    it("a connect that hangs for a while succeeds when it is answered", { timeout: 30_000 }, async () => {
      await using hole = await BlackHole.open();
      const connecting = connect(runtime, hole.port);
      await aFewTurns();
      hole.answer();
      const client = await connecting;
      client.socket.resume();
      client.socket.write(text("late"));
      await until(() => client.bytes === 4, "the echo is back");
      client.socket.destroy();
      await client.closed;
    });

    it("the source address is used", needs("sourceAddress"), async () => {
      await using server = await RawServer.open();
      const incoming = server.next();
      const client = await connect(runtime, server.port, "127.0.0.9");
      assert.equal((await incoming).socket.remoteAddress, "127.0.0.9");
      client.socket.destroy();
      await client.closed;
    });

    it("a port in use is a ListenError with its code and address", async () => {
      await using acceptor = await Acceptor.open(runtime);
      const again = { ...loopback, address: acceptor.listener.address };
      await assert.rejects(Acceptor.open(runtime, again), { name: "ListenError", code: "EADDRINUSE" });
    });

    it("a closed listener refuses new clients and leaves the old ones", async () => {
      const acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      served.whenData = (bytes) => served.socket.write(bytes);
      served.socket.resume();
      await acceptor.listener.close();
      await assert.rejects(rawClient(acceptor.port));
      client.socket.write("still here");
      await until(() => client.text() === "still here", "the old connection works");
      client.socket.end();
      await served.ended;
      served.socket.end();
      await served.closed;
    });

    it("5,000 connections open at once, each its own", { timeout: 60_000 }, async () => {
      await using acceptor = await Acceptor.open(runtime);
      const count = 5000;
      const clients: Recorder[] = [];
      const served: Recorder[] = [];
      while (clients.length < count) {
        const batch = await Promise.all(Array.from({ length: 100 }, () => connect(runtime, acceptor.port)));
        for (let i = 0; i < batch.length; i++) served.push(await acceptor.accepted());
        clients.push(...batch);
      }
      for (const side of served) {
        side.whenData = (bytes) => side.socket.write(bytes);
        side.socket.resume();
      }
      for (const [index, client] of clients.entries()) {
        client.socket.resume();
        client.socket.write(Uint8Array.of(index & 0xff));
      }
      await until(() => clients.every((client) => client.bytes === 1), "every echo is back", 50_000);
      assert.ok(clients.every((client, index) => client.lastByte === (index & 0xff)));
      for (const client of clients) client.socket.end();
      for (const side of served) void side.ended.then(() => side.socket.end());
      const reasons = await Promise.all([...clients, ...served].map((side) => side.closed));
      assert.ok(reasons.every((reason) => reason === "ended"));
    });
  });
}

/** What happened on a connection before it is reset. */
const resetStages: [string, (served: Recorder, client: Awaited<ReturnType<typeof rawClient>>) => Promise<void>][] = [
  ["right after connect", async () => {}],
  [
    "after data went both ways",
    async (served, client) => {
      client.socket.write("ping");
      await until(() => served.bytes === 4, "ping is here");
      served.socket.write(text("pong"));
      await until(() => client.bytes === 4, "pong is there");
    },
  ],
  [
    "while data waits to be written",
    async (served, client) => {
      client.socket.pause();
      while (served.socket.write(new Uint8Array(64 * 1024)));
    },
  ],
  [
    "after our FIN",
    async (served, client) => {
      served.socket.end();
      await client.ended;
    },
  ],
];

/** Sends the pattern as fast as the socket takes it, then calls `done`. */
function writePattern(side: Recorder, total: number, done: () => void): () => number {
  let sent = 0;
  let maxBuffered = 0;
  const fill = (): void => {
    while (sent < total) {
      const chunk = patternAt(sent, total - sent);
      sent += chunk.byteLength;
      const goOn = side.socket.write(chunk);
      maxBuffered = Math.max(maxBuffered, side.socket.bufferedBytes);
      if (!goOn) return;
    }
    side.whenDrain = () => {};
    done();
  };
  side.whenDrain = fill;
  fill();
  return () => maxBuffered;
}

/** Sends the pattern and checks the peer's, until both are through. */
async function exchangePattern(
  side: Recorder,
  total: number,
): Promise<{ received: number; intact: boolean; maxBuffered: number }> {
  let received = 0;
  let intact = true;
  side.whenData = (bytes) => {
    intact &&= matchesPattern(received, bytes);
    received += bytes.byteLength;
  };
  side.socket.resume();
  const maxBuffered = writePattern(side, total, () => side.socket.end());
  await side.ended;
  return { received, intact, maxBuffered: maxBuffered() };
}
