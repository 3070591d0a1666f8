/** FIN: one direction ends, the other goes on. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { isPattern, patternBytes } from "../../src/cli/load/pattern.ts";
import { writePattern } from "../support/pattern-traffic.ts";
import { Acceptor, aFewTurns, connect, rawClient, until } from "../support/sockets.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Registers the suite for one implementation of the port. */
export function halfCloseContract(name: string, runtime: Runtime): void {
  describe(`half close contract: ${name}`, () => {
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
        intact &&= isPattern(offset, bytes);
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
      while (served.socket.write(patternBytes(sent, 64 * 1024))) sent += patternBytes(sent, 64 * 1024).byteLength;
      sent += patternBytes(sent, 64 * 1024).byteLength;
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
  });
}
