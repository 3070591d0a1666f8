/** What a worker leaves open when it ends, where the runtime does not close it: descriptors of the reactor. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { tryReactor } from "../../src/adapters/reactor/mod.ts";
import { ownRuntime } from "../support/current-runtime.ts";
import { GreetingEndpoint, HeldClient } from "../support/held-client.ts";
import { endpointSettings } from "../support/settings.ts";
import { until } from "../support/sockets.ts";
import { busyMs } from "../support/worker-entry.ts";
import { WorkerProxy } from "../support/worker-proxy.ts";

const { runtime, fault } = await tryReactor(await ownRuntime());

const workers = 3;
const perWorker = 8;
/** Clients of a worker that is gone know of it after this, at the latest. */
const toldMs = 1000;

const endings: readonly (readonly [string, (proxy: WorkerProxy, worker: number) => unknown])[] = [
  ["throws", (proxy, worker) => proxy.crash(worker)],
  ["ends itself", (proxy, worker) => proxy.exit(worker)],
  ["is ended by force", (proxy, worker) => proxy.terminate(worker)],
  ["is ended by force while it is busy", (proxy, worker) => proxy.spin(worker).then(() => proxy.terminate(worker))],
];

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** A client, and the worker that serves it. */
interface Guest {
  readonly client: HeldClient;
  readonly worker: number;
}

async function guest(proxy: WorkerProxy): Promise<Guest> {
  const before = proxy.spread;
  const client = new HeldClient(proxy.port);
  assert.equal(await client.greeting, "a!");
  const after = proxy.spread;
  return { client, worker: after.findIndex((count, index) => count > (before[index] ?? 0)) };
}

/** Until each worker has so many. */
async function invite(proxy: WorkerProxy): Promise<Guest[]> {
  const guests: Guest[] = [];
  while (proxy.spread.some((count) => count < perWorker)) guests.push(await guest(proxy));
  return guests;
}

async function goHome(proxy: WorkerProxy, guests: readonly Guest[]): Promise<void> {
  await Promise.all(guests.map(({ client }) => client.end()));
  await until(() => proxy.server.activeConnections === 0, "all are over");
}

describe("what a worker leaves open", { skip: fault === "" ? false : fault }, () => {
  for (const [how, end] of endings) {
    it(`is closed when it ${how}, and nothing else is`, async () => {
      assert.ok(runtime !== undefined);
      await using stack = new AsyncDisposableStack();
      const endpoint = stack.use(await GreetingEndpoint.open("a"));
      const proxy = stack.use(await WorkerProxy.start(runtime, [endpointSettings(endpoint.port)], { workers }));
      await goHome(proxy, await invite(proxy));
      const descriptors = openDescriptors();

      const guests = await invite(proxy);
      const theirs = guests.filter(({ worker }) => worker === 1).map(({ client }) => client);
      const others = guests.filter(({ worker }) => worker !== 1);
      const errors = theirs.map(
        ({ socket }) =>
          new Promise<string>((resolve) => {
            socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
            socket.on("end", () => resolve("end"));
          }),
      );
      const startMs = performance.now();
      void end(proxy, 1);
      assert.deepEqual(new Set(await Promise.all(errors)), new Set(["ECONNRESET"]));
      const tookMs = performance.now() - startMs;
      console.log(`${how}: its ${theirs.length} clients know after ${tookMs.toFixed(0)} ms`);
      assert.ok(tookMs < toldMs, `its clients know only after ${tookMs} ms`);

      await until(() => proxy.deaths.length === 1, "the pool knows");
      // No client waits at a port where nobody is.
      const late: Guest[] = [];
      for (let count = 0; count < 24; count++) late.push(await guest(proxy));
      await until(() => proxy.replacements.length === 1, "another takes its place");
      for (const { client } of others) assert.equal(await client.ask("still here?"), "still here?\n");
      const again = await invite(proxy);
      await goHome(proxy, [...others, ...late, ...again]);
      await until(() => openDescriptors() === descriptors, "nothing is left", 5000 + busyMs).catch(() =>
        assert.equal(openDescriptors(), descriptors),
      );
    });
  }
});
