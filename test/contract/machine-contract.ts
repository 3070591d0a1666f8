/** What an adapter says of the machine: where names lead, and what the process uses. */
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { describe, it } from "node:test";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { resolved, type Resolved } from "../support/resolved.ts";
import { aFewTurns } from "../support/sockets.ts";

/** Registers the suite for one implementation of the port. */
export function machineContract(name: string, runtime: Runtime): void {
  const resolve = (host: string): Promise<Resolved> => resolved((handler) => runtime.resolve(host, handler));

  describe(`machine contract: ${name}`, () => {
    it("finds a name of the hosts file, for which nothing tells a TTL", async () => {
      const { hosts, ttlMs } = await resolve("localhost");
      assert.ok(hosts?.includes("127.0.0.1") === true || hosts?.includes("::1") === true, `${hosts}`);
      assert.equal(ttlMs, undefined);
    });

    for (const literal of ["192.0.2.7", "2001:db8::7", "::1"]) {
      it(`${literal} resolves to itself`, async () => {
        assert.deepEqual(await resolve(literal), { hosts: [literal], ttlMs: undefined });
      });
    }

    it("a name that does not exist is told as not-found", async () => {
      // RFC 6761 6.4: `.invalid` never resolves.
      assert.deepEqual(await resolve("nowhere.invalid"), { failure: "not-found" });
    });

    it("what can be no name fails like any other", async () => {
      assert.ok("failure" in (await resolve("no\0name")));
      assert.ok("failure" in (await resolve("x".repeat(300))));
    });

    it("nothing is told before the call returns, nor after a cancel", async () => {
      const told: string[] = [];
      const handler = { onResolve: () => told.push("resolved"), onResolveError: () => told.push("failed") };
      const pending = ["127.0.0.1", "localhost", "nowhere.invalid"].map((host) => runtime.resolve(host, handler));
      assert.deepEqual(told, []);
      for (const one of pending) one.cancel();
      // By then a look-up that was not cancelled has been answered.
      await resolve("localhost");
      await resolve("nowhere.invalid");
      await aFewTurns();
      assert.deepEqual(told, []);
      for (const one of pending) one.cancel();
    });

    it("counts the open descriptors", () => {
      const before = runtime.resources().openDescriptors;
      const files = Array.from({ length: 200 }, () => openSync("/dev/null", "r"));
      const during = runtime.resources().openDescriptors;
      for (const file of files) closeSync(file);
      // Some of the runtime's own may come and go.
      assert.ok(Math.abs(during - before - 200) < 50, `${before}, then ${during}`);
      assert.ok(runtime.resources().openDescriptors < during - 150);
    });

    it("knows its limits", () => {
      const { openDescriptors, maxDescriptors, memoryBytes, maxMemoryBytes } = runtime.resources();
      assert.ok(openDescriptors > 0 && openDescriptors < maxDescriptors, `${openDescriptors} of ${maxDescriptors}`);
      assert.ok(memoryBytes > 1e6 && memoryBytes < maxMemoryBytes, `${memoryBytes} of ${maxMemoryBytes}`);
      assert.ok(maxMemoryBytes < 2 ** 50, `${maxMemoryBytes}`);
    });
  });
}
