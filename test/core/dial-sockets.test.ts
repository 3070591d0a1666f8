/** The dialer over real sockets: a name whose first address does not answer. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Dialer } from "../../src/core/dial/dialer.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { BlackHole } from "../support/black-hole.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { Recorder, socketOptions } from "../support/sockets.ts";

const runtime = await currentRuntime();
const settings = { minTtlMs: 1000, maxTtlMs: 60_000, timeoutMs: 10_000 };

/** Connects to a name that has these addresses; resolves with the one that was connected to. */
async function connectTo(hosts: readonly string[], port: number): Promise<string> {
  const resolving: Runtime = {
    ...runtime,
    resolve: (_host, handler) => runtime.clock.after(0, () => handler.onResolve(hosts, undefined)),
  };
  const dialer = new Dialer({ kind: "tcp", host: "several.test", port }, resolving, settings);
  const recorder = await new Promise<Recorder>((resolve, reject) => {
    dialer.connect(socketOptions, {
      onConnect: (socket) => resolve(new Recorder(socket)),
      onConnectError: (failure) => reject(new Error(failure)),
    });
  });
  const { remoteAddress } = recorder.socket;
  recorder.socket.destroy();
  await recorder.closed;
  dialer.stop();
  return remoteAddress.kind === "tcp" ? remoteAddress.host : "";
}

/** A listener on one loopback address; another address on the same port refuses. */
async function withServer(host: string, port: number, body: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on("error", () => {}));
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  await body(typeof address === "object" ? (address?.port ?? 0) : 0);
  server.close();
}

describe("Dialer over real sockets", () => {
  it("goes on to the next address when one refuses", async () => {
    await withServer("127.0.0.2", 0, async (port) => {
      assert.equal(await connectTo(["127.0.0.3", "::1", "127.0.0.2"], port), "127.0.0.2");
    });
  });

  it("goes on to the next address when one does not answer", { timeout: 30_000 }, async () => {
    await using hole = await BlackHole.open();
    await withServer("127.0.0.2", hole.port, async (port) => {
      assert.equal(await connectTo(["127.0.0.1", "127.0.0.2"], port), "127.0.0.2");
    });
  });

  it("fails as refused when all refuse", async () => {
    let free = 0;
    await withServer("127.0.0.1", 0, async (port) => void (free = port));
    await assert.rejects(connectTo(["127.0.0.1", "127.0.0.2"], free), { message: "refused" });
  });
});
