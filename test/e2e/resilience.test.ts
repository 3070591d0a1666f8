/** What goes wrong in production, made to go wrong: dead endpoints, swallowed SYNs, no descriptors left. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import net from "node:net";
import { describe, it } from "node:test";
import { BlackHole } from "../support/black-hole.ts";
import { Running, RunningProxy, sourceBuild } from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { hopefulClient, type RawPeer, rawClient, until } from "../support/sockets.ts";

describe("resilience", { timeout: 120_000 }, () => {
  it("one of three endpoints is killed under load: no client notices, it leaves and comes back", async () => {
    const echoes = await Promise.all([1, 2, 3].map(() => startEcho()));
    try {
      const endpoints = echoes.map(({ port }) => `"127.0.0.1:${port}"`).join(", ");
      await using proxy = await startWithConfig(`{
        "listeners": { "proxy": { "address": "127.0.0.1:0", "upstream": "echoes" } },
        "upstreams": { "echoes": { "policy": "p2c", "endpoints": [${endpoints}],
          "health": { "type": "tcp", "interval": "200ms", "timeout": "100ms", "rise": 2, "fall": 3 } } },
        "admin": { "address": "127.0.0.1:0" } }`);
      const load = startLoad(proxy.port(), 20);
      await until(() => load.done > 200, "the load runs");
      const victim = echoes[0];
      assert.ok(victim);
      // Requests of the load are one round trip each; those on the victim end before it goes, as in a rolling update.
      await victim.stopAccepting();
      const killedMs = performance.now();
      await until(() => healthOf(proxy, victim.port).at(-1) === "endpoint is unhealthy", "it is out");
      // fall x interval, each 10 % longer at most, and a probe's timeout.
      assert.ok(performance.now() - killedMs < 3 * 220 + 100 + 500, "within the configured time");
      const before = load.done;
      await until(() => load.done > before + 200, "the load goes on");
      await victim.listenAgain();
      await until(() => healthOf(proxy, victim.port).at(-1) === "endpoint is healthy", "it is back");
      const served = victim.served;
      await until(() => victim.served > served + 20, "it gets its share again");
      await load.stop();
      assert.deepEqual(load.failures, [], "no client saw a failure");
    } finally {
      for (const echo of echoes) await echo.close();
    }
  });

  it("an endpoint that swallows SYNs costs a connect timeout, not a failure, and leaves nothing behind", async () => {
    await using hole = await BlackHole.open();
    await using origin = await startEcho();
    await using proxy = await startWithConfig(`{
      "listeners": { "proxy": { "address": "127.0.0.1:0", "upstream": "both" } },
      "upstreams": { "both": { "policy": "round-robin", "connectTimeout": "300ms", "health": "off",
        "endpoints": ["127.0.0.1:${hole.port}", "127.0.0.1:${origin.port}"] } },
      "admin": { "address": "127.0.0.1:0" } }`);
    const clients = await Promise.all(Array.from({ length: 30 }, () => rawClient(proxy.port())));
    for (const client of clients) client.socket.end("hello");
    await Promise.all(clients.map((client) => client.ended));
    assert.ok(clients.every((client) => client.text() === "hello"));
    await until(() => proxy.records("connection").length === 30, "there are the records");
    const attempts = proxy.records("connection").map((record) => record["attempts"]);
    assert.ok(attempts.includes(2), "some were tried again");
    assert.ok(attempts.every((count) => count === 1 || count === 2));
    const stats = (await (await proxy.admin("/endpoints")).json()) as { activeConnections: number }[];
    assert.deepEqual(stats.map((one) => one.activeConnections), [0, 0]);
  });

  it("out of descriptors it goes on, and recovers by itself", async () => {
    await using echo = new Running([...sourceBuild.command, "echo", "--listen", "127.0.0.1:0"], { openFiles: 64 });
    await echo.says("127.0.0.1:");
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(echo.stdout)?.[1]);
    const crowd = Array.from({ length: 90 }, () => hopefulClient(port));
    for (const client of crowd) client.socket.write("x");
    await until(() => crowd.filter((client) => client.bytes === 1).length > 10, "some are served");
    // The others wait in the backlog or were turned away: both are allowed, a dead listener is not.
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const client of crowd) client.socket.destroy();
    for (let round = 0; round < 20; round++) {
      await untilAsync(() => servedOnce(port), "it serves again");
    }
    echo.signal("SIGTERM");
    assert.equal((await echo.exited).code, 0);
  });
});

/** Tries again until an attempt resolves with true. */
async function untilAsync(attempt: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await attempt())) {
    if (performance.now() > deadline) throw new Error(`Gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function servedOnce(port: number): Promise<boolean> {
  const client = hopefulClient(port);
  client.socket.end("again");
  await Promise.race([client.ended, client.closed]);
  client.socket.destroy();
  return client.text() === "again";
}

async function startWithConfig(json: string): Promise<RunningProxy> {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file("config.json"), json);
  return await RunningProxy.start(sourceBuild, ["--config", folder.file("config.json")]);
}

function healthOf(proxy: RunningProxy, port: number): unknown[] {
  return proxy.log
    .filter((record) => record["endpoint"] === `127.0.0.1:${port}` && "probe" in record)
    .map((record) => record["msg"]);
}

interface Echo {
  readonly port: number;
  readonly served: number;
  stopAccepting(): Promise<void>;
  listenAgain(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An echo server in this process that can go away and come back on its port. */
async function startEcho(): Promise<Echo> {
  let served = 0;
  const sockets = new Set<net.Socket>();
  let server = await listen(0);
  const { port } = server.address() as net.AddressInfo;

  function listen(on: number): Promise<net.Server> {
    const one = net.createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        served++;
        socket.write(bytes);
      });
      socket.on("end", () => socket.end());
    });
    return new Promise((resolve, reject) => {
      one.once("error", reject);
      one.listen(on, "127.0.0.1", () => resolve(one));
    });
  }

  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    port,
    get served() {
      return served;
    },
    async stopAccepting() {
      server.close();
      await until(() => sockets.size === 0, "its requests are done");
    },
    async listenAgain() {
      server = await listen(port);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Load {
  readonly done: number;
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** Clients that connect, do one round trip and close, over and over. */
function startLoad(port: number, clients: number): Load {
  let done = 0;
  let stopped = false;
  const failures: string[] = [];
  const one = async (index: number): Promise<void> => {
    for (let round = 0; !stopped; round++) {
      const message = `client ${index} round ${round}`;
      const client: RawPeer = hopefulClient(port);
      client.socket.end(message);
      await client.closed;
      if (client.text() === message && client.error === "") done++;
      else failures.push(`${message}: got '${client.text()}' ${client.error}`);
    }
  };
  const running = Array.from({ length: clients }, (_, index) => one(index));
  return {
    get done() {
      return done;
    },
    failures,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}
