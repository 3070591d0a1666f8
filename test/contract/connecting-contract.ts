/** Listening and connecting: what goes well, what fails and how it is told. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import type { Socket } from "../../src/core/runtime/socket.ts";
import { BlackHole } from "../support/black-hole.ts";
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
import { needs } from "./needs.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Registers the suite for one implementation of the port. */
export function connectingContract(name: string, runtime: Runtime): void {
  describe(`connecting contract: ${name}`, () => {
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

    it("hundreds of connects that hang cost few descriptors once they are given up", async () => {
      await using hole = await BlackHole.open();
      const openFiles = (): number => readdirSync("/proc/self/fd").length;
      const before = openFiles();
      const address = { kind: "tcp", host: "127.0.0.1", port: hole.port } as const;
      const handler = {
        onConnect: (socket: Socket) => socket.destroy(),
        onConnectError: () => {},
      };
      const pending = Array.from({ length: 300 }, () => runtime.connect({ ...socketOptions, address }, handler));
      await aFewTurns();
      for (const one of pending) one.cancel();
      // Where a runtime cannot give up all of them, its adapter bounds how many it starts.
      await until(() => openFiles() <= before + 70, "they are closed");
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

    it("the source address is used", needs(runtime, "sourceAddress"), async () => {
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
