/** RST and local closes: told once, and the last word. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { Acceptor, aFewTurns, rawClient, type Recorder, until } from "../support/sockets.ts";
import { needs } from "./needs.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Registers the suite for one implementation of the port. */
export function closingContract(name: string, runtime: Runtime): void {
  describe(`closing contract: ${name}`, () => {
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

      it(`our reset reaches the peer as RST: ${stage}`, needs(runtime, "reset"), async () => {
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
