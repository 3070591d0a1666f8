/** What the clients and endpoints of a worker see when it dies. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import { needs } from "../contract/needs.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { endpointSettings } from "../support/settings.ts";
import { WorkerProxy } from "../support/worker-proxy.ts";

const runtime = await currentRuntime();

/** `bun test` keeps uncaught errors of threads from them; `bun` itself does not. */
const untold = runtime.name === "bun" ? { skip: "bun test does not tell a thread of its uncaught errors" } : undefined;

/** How a connection ends: `end`, or an error's code. */
function endOf(socket: net.Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.on("end", () => resolve("end"));
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    socket.resume();
  });
}

describe("a worker that throws", () => {
  it("resets its connections: what is cut does not look complete", untold ?? needs(runtime, "reset"), async () => {
    await using stack = new AsyncDisposableStack();
    const served: Promise<string>[] = [];
    const origin = net.createServer((socket) => {
      served.push(endOf(socket));
      socket.write("half an answer");
    });
    stack.defer(() => void origin.close());
    origin.listen(0, "127.0.0.1");
    await once(origin, "listening");
    const { port } = origin.address() as net.AddressInfo;
    const proxy = stack.use(await WorkerProxy.start(runtime, [endpointSettings(port)], { workers: 2 }));
    const clients = Array.from({ length: 12 }, () => net.connect(proxy.port, "127.0.0.1"));
    await Promise.all(clients.map((client) => once(client, "data")));
    const ends = clients.map(endOf);
    proxy.crash(0);
    proxy.crash(1);
    const reset = clients.map(() => "ECONNRESET");
    assert.deepEqual(await Promise.all(ends), reset);
    assert.deepEqual(await Promise.all(served), reset);
  });
});
