/** What goes wrong in production, made to go wrong: dead endpoints, swallowed SYNs, no descriptors left. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { describe, it } from "node:test";
import { BlackHole } from "../support/black-hole.ts";
import { ioFlags, repositoryFile, Running, RunningProxy, sourceBuild } from "../support/geryon.ts";
import { freePort, TemporaryFolder } from "../support/programs.ts";
import { hopefulClient, type RawPeer, rawClient, until } from "../support/sockets.ts";

describe("resilience", { timeout: 120_000 }, () => {
  it("one of three endpoints is killed under load: it leaves, comes back, and no connect fails", async () => {
    const echoes = await Promise.all([1, 2, 3].map(() => startEcho()));
    try {
      const endpoints = echoes.map(({ port }) => `"127.0.0.1:${port}"`).join(", ");
      await using proxy = await startWithConfig(`{
        "listeners": { "proxy": { "address": "127.0.0.1:0", "upstream": "echoes" } },
        "upstreams": { "echoes": { "policy": "p2c", "endpoints": [${endpoints}],
          "health": { "type": "tcp", "interval": "200ms", "timeout": "100ms", "rise": 2, "fall": 3 } } } }`);
      const load = startLoad(proxy.port(), 20);
      await until(() => load.done > 200, "the load runs");
      const victim = echoes[0];
      assert.ok(victim);
      await victim.kill();
      const killedMs = performance.now();
      await until(() => healthOf(proxy, victim.port).at(-1) === "endpoint is unhealthy", "it is out");
      assert.ok(performance.now() - killedMs < 5000, "within the configured 3 x 200 ms, and what a busy machine adds");
      const before = load.done;
      await until(() => load.done > before + 200, "the load goes on");
      await victim.listenAgain();
      await until(() => healthOf(proxy, victim.port).at(-1) === "endpoint is healthy", "it is back");
      const served = victim.served;
      await until(() => victim.served > served + 20, "it gets its share again");
      await load.stop();
      const ended = load.done + load.failures.length;
      await until(() => proxy.records("connection").length === ended, "all records are written");
      // What ran on the victim when it died was cut, as it must be; every connect that failed was made good.
      const outcomes = proxy.records("connection").map((record) => String(record["outcome"]));
      const cut = outcomes.filter((outcome) => outcome === "endpoint-reset").length;
      assert.deepEqual(new Set(outcomes.filter((outcome) => outcome !== "endpoint-reset")), new Set(["ok"]));
      assert.ok(cut <= 20, `${cut} cut: no more than the clients there were`);
      // Fewer failures than cuts: some had their whole answer already.
      assert.ok(load.failures.length <= cut, load.failures.join("\n"));
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
    assert.deepEqual(
      stats.map((one) => one.activeConnections),
      [0, 0],
    );
  });

  it("readers of 10 KB/s cost a bounded buffer each, not what is sent to them", async () => {
    await using origin = await startFountain();
    await using proxy = await RunningProxy.start(sourceBuild, ["--listen", "127.0.0.1:0", `127.0.0.1:${origin.port}`]);
    const before = residentBytes(proxy);
    const script = repositoryFile("test/support/slow-readers.ts");
    const readers = [repositoryFile("node_modules/.bin/node"), script, String(proxy.port()), "50", "10000"];
    await using slow = new Running(readers);
    const taken = (): number => Number(/taken (\d+)\n$/.exec(slow.stdout)?.[1] ?? 0);
    /** What the origin sends while they take a megabyte. */
    const sentMeanwhile = async (): Promise<number> => {
      const { sent } = origin;
      const from = taken();
      await until(() => taken() > from + 1_000_000, "they read on");
      return origin.sent - sent;
    };
    await until(() => taken() > 500_000, "they read at their pace");
    const settled = residentBytes(proxy);
    // The kernel's buffers fill first, and they are as large as tcp_rmem lets them; from then on nothing is read that is not
    // taken.
    const fillsUp = async (): Promise<boolean> => (await sentMeanwhile()) > 20 * 2 ** 20;
    for (let looks = 0; looks < 6 && (await fillsUp()); looks++);
    const more = await sentMeanwhile();
    assert.ok(more < 50 * 2 ** 20, `the origin was held back: ${more} bytes more`);
    assert.ok(residentBytes(proxy) - settled < 30 * 2 ** 20, "memory is flat");
    assert.ok(settled - before < 250 * 2 ** 20, `50 readers cost ${(settled - before) / 2 ** 20} MiB`);
  });

  it("a load on a black hole ends when it is over, whatever the runtime still holds", async () => {
    await using hole = await BlackHole.open();
    const flags = ["--connections", "20", "--timeout", "200ms", "--duration", "500ms", "--json"];
    await using load = new Running([...sourceBuild.command, "load", `127.0.0.1:${hole.port}`, ...flags]);
    let over = false;
    void load.exited.then(() => (over = true));
    // The kernel would try for two minutes.
    await until(() => over, "it is over", 20_000);
    assert.equal((await load.exited).code, 1);
    assert.equal((JSON.parse(load.stdout) as { roundTrips: number }).roundTrips, 0);
  });

  it("a thousand connections that are cut at the end leave a thousand records", async () => {
    await using origin = await startEcho();
    const flags = ["--listen", "127.0.0.1:0", "--drain-timeout", "200ms"];
    await using proxy = await RunningProxy.start(sourceBuild, [...flags, `127.0.0.1:${origin.port}`]);
    const clients: RawPeer[] = [];
    while (clients.length < 1000) {
      const batch = await Promise.all(Array.from({ length: 50 }, () => rawClient(proxy.port())));
      for (const { socket } of batch) socket.write("x");
      clients.push(...batch);
    }
    await until(() => clients.every((client) => client.bytes === 1), "all run");
    proxy.signal("SIGTERM");
    assert.equal((await proxy.exited).code, 4);
    assert.equal(proxy.records("drain deadline")[0]?.["cut"], 1000);
    assert.equal(proxy.records("connection").filter((one) => one["outcome"] === "drain-timeout").length, 1000);
    for (const { socket } of clients) socket.destroy();
  });

  it("a log reader that stalls stops neither the traffic nor the end", async () => {
    await using origin = await startEcho();
    using folder = new TemporaryFolder();
    const [port, admin] = [await freePort(), await freePort()];
    const fifo = folder.file("log");
    const script = `mkfifo "${fifo}"; sleep 60 <"${fifo}" >/dev/null 2>&1 & echo "reader $!"; exec "$@" 2>"${fifo}"`;
    const flags = ["--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${admin}`, "--log-format", "json"];
    const command = [...sourceBuild.command, "proxy", ...ioFlags, ...flags, `127.0.0.1:${origin.port}`];
    await using proxy = new Running(["sh", "-c", script, "sh", ...command]);
    const reader = (): number => Number(/reader (\d+)/.exec(proxy.stdout)?.[1]);
    const ready = async (): Promise<boolean> =>
      await fetch(`http://127.0.0.1:${admin}/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await untilAsync(ready, "it is ready");
    // A pipe holds 64 KiB, and a record is some 300 bytes.
    for (let round = 0; round < 500; round++) assert.ok(await servedOnce(port), `round ${round}`);
    proxy.signal("SIGTERM");
    assert.equal((await proxy.exited).code, 0);
    process.kill(reader());
  });

  for (const role of ["echo", "proxy"] as const) {
    it(`${role}: out of descriptors it goes on, and recovers by itself`, async () => {
      await using origin = await startEcho();
      const args = role === "proxy" ? [...ioFlags, `127.0.0.1:${origin.port}`, "--log-format", "json"] : [];
      const command = [...sourceBuild.command, role, "--listen", "127.0.0.1:0", ...args];
      await using running = new Running(command, { openFiles: 64 });
      await running.says(role === "proxy" ? '"msg":"ready"' : "127.0.0.1:");
      const listening = /(?:echo listens on |"listener":"proxy","address":")127\.0\.0\.1:(\d+)/;
      const port = Number(listening.exec(running.stdout + running.stderr)?.[1]);
      const crowd = Array.from({ length: 90 }, () => hopefulClient(port));
      for (const client of crowd) client.socket.write("x");
      await until(() => crowd.filter((client) => client.bytes === 1).length >= 5, "some are served");
      // The others wait in the backlog or are turned away: both are allowed, a dead listener is not.
      await new Promise((resolve) => setTimeout(resolve, 500));
      for (const client of crowd) client.socket.destroy();
      for (let round = 0; round < 20; round++) await untilAsync(() => servedOnce(port), "it serves again");
      running.signal("SIGTERM");
      assert.equal((await running.exited).code, 0);
    });
  }
});

/** A server that sends as fast as it is read, without end. */
async function startFountain(): Promise<{ port: number; sent: number; [Symbol.asyncDispose](): Promise<void> }> {
  const chunk = Buffer.alloc(64 * 1024, "x");
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    const pump = (): void => {
      do fountain.sent += chunk.byteLength;
      while (socket.write(chunk));
    };
    socket.on("drain", pump);
    pump();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fountain = {
    port: (server.address() as net.AddressInfo).port,
    sent: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return fountain;
}

/** The memory that a process has in RAM: proc(5), status. */
function residentBytes(running: Running): number {
  const status = readFileSync(`/proc/${running.child.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

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
  /** Ends its connections and refuses new ones. */
  kill(): Promise<void>;
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
    for (const socket of sockets) socket.resetAndDestroy();
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    port,
    get served() {
      return served;
    },
    kill: close,
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
  const control = { stopped: false };
  const failures: string[] = [];
  const one = async (index: number): Promise<void> => {
    for (let round = 0; !control.stopped; round++) {
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
      control.stopped = true;
      await Promise.all(running);
    },
  };
}
