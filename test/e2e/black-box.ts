/** What a user relies on, against any build: from source, as one file, as an executable. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type Build, ioFlags, repositoryFile, Running, RunningProxy, runToEnd } from "../support/geryon.ts";
import { hopefulClient, rawClient, type RawPeer, RawServer, until } from "../support/sockets.ts";

/** Registers the suite for a build. */
export function blackBox(build: Build): void {
  const geryon = (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    runToEnd([...build.command, ...args]);
  const folder = mkdtempSync(join(tmpdir(), "geryon-"));

  /** Writes a config and returns its path. */
  const config = (text: string, name = "config.yaml"): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  describe(`geryon (${build.name})`, { timeout: 120_000 }, () => {
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("shows help with examples for every command, on standard output", async () => {
      const overview = await geryon("--help");
      assert.equal(overview.code, 0);
      assert.equal(overview.stderr, "");
      for (const command of [
        "proxy",
        "check",
        "schema",
        "status",
        "endpoints",
        "drain",
        "doctor",
        "echo",
        "load",
        "demo",
      ]) {
        assert.match(overview.stdout, new RegExp(`^  ${command} `, "m"));
        const help = await geryon(command, "--help");
        assert.equal(help.code, 0);
        assert.match(help.stdout, new RegExp(`Usage: geryon ${command}`));
        assert.match(help.stdout, new RegExp(`Examples\n  geryon ${command}`));
        // oxlint-disable-next-line no-control-regex -- no colours when not on a terminal
        assert.doesNotMatch(help.stdout, /\u001b/);
        const options = help.stdout.slice(0, help.stdout.indexOf("\nExamples\n")).split("\n");
        assert.deepEqual(
          options.filter((line) => line.length > 110),
          [],
          "it fits into a window",
        );
      }
    });

    it("names the nearest command and option, with exit code 2", async () => {
      const command = await geryon("proxi");
      assert.equal(command.code, 2);
      assert.equal(command.stderr, "geryon: Unknown command 'proxi'\n        Did you mean 'geryon proxy'?\n");
      const option = await geryon("proxy", "--polcy", "p2c");
      assert.equal(option.code, 2);
      assert.equal(
        option.stderr,
        "geryon: Unknown option '--polcy' of 'geryon proxy'\n        Did you mean '--policy'?\n",
      );
      const value = await geryon("proxy", "--listen", "--policy", "p2c", "127.0.0.1:1");
      assert.equal(value.code, 2);
      assert.match(value.stderr, /Option '--listen' needs a value: ADDR/);
    });

    it("checks a config: ok, or every mistake with its place", async () => {
      const good = await geryon("check", repositoryFile("examples/minimal.yaml"));
      assert.equal(good.code, 0, good.stderr);
      assert.match(good.stdout, /minimal\.yaml: ok \(/);
      const path = config(
        "listeners:\n  db: { adress: '127.0.0.1:0', upstream: pg }\nupstreams:\n  pgs: { endpoints: ['127.0.0.1:1'] }\n",
      );
      const bad = await geryon("check", path);
      assert.equal(bad.code, 2);
      assert.match(bad.stderr, /config\.yaml:2:9: .*adress.*address/);
      assert.match(bad.stderr, /config\.yaml:2:\d+: .*"pg".*"pgs"/);
    });

    it("prints a JSON Schema", async () => {
      const { code, stdout } = await geryon("schema");
      assert.equal(code, 0);
      const schema = JSON.parse(stdout) as { properties: Record<string, unknown> };
      assert.ok("listeners" in schema.properties && "upstreams" in schema.properties);
    });

    it("doctor tells runtime, limits and capabilities", async () => {
      const { code, stdout } = await geryon("doctor", "--json");
      assert.equal(code, 0);
      const report = JSON.parse(stdout) as { capabilities: Record<string, { supported: boolean; reason: string }> };
      for (const { supported, reason } of Object.values(report.capabilities)) assert.ok(supported || reason !== "");
    });

    it("proxies with flags alone, and ends with 0 on SIGTERM", async () => {
      await using origin = await RawServer.open();
      await using proxy = await RunningProxy.start(build, [
        ...["--listen", "127.0.0.1:0", "--policy", "ROUND_ROBIN", "--timeout", "3s"],
        `127.0.0.1:${origin.port}`,
      ]);
      const client = await rawClient(proxy.port());
      client.socket.end("hello");
      const served = (): RawPeer | undefined => origin.peers.find((peer) => peer.text() === "hello");
      await until(() => served() !== undefined, "the request is through");
      await served()?.ended;
      served()?.socket.end("bye");
      await client.ended;
      assert.equal(client.text(), "bye");
      await until(() => proxy.records("connection").length === 1, "the access record is written");
      const [record] = proxy.records("connection");
      assert.equal(record?.["outcome"], "ok");
      assert.equal(record["bytes_up"], 5);
      assert.equal(record["bytes_down"], 3);
      proxy.signal("SIGTERM");
      assert.deepEqual(await proxy.exited, { code: 0, signal: null });
      assert.equal(proxy.records("drained").length, 1);
    });

    for (const [flags, of] of [
      [["-laddr", "127.0.0.1:0", "-lb", "RANDOM", "-timeout", "3s", "ENDPOINT"], "tcp-proxy"],
      [["-l", "127.0.0.1", "-p", "0", "-b", "127.0.0.1", "-P", "PORT"], "the C proxy"],
    ] as const) {
      it(`understands the flags of ${of}`, async () => {
        await using origin = await RawServer.open();
        const args = flags.map((flag) =>
          flag.replace("ENDPOINT", `127.0.0.1:${origin.port}`).replace("PORT", String(origin.port)),
        );
        await using proxy = await RunningProxy.start(build, args);
        const client = await rawClient(proxy.port());
        client.socket.write("x");
        // Health probes connect too, and say nothing.
        await until(() => origin.peers.some((peer) => peer.bytes === 1), "the byte is through");
        client.socket.destroy();
      });
    }

    it("runs a config file with several listeners and answers on the admin address", async () => {
      await using origin = await RawServer.open();
      const path = config(`
listeners:
  one: { address: "127.0.0.1:0", upstream: origins }
  two: { address: "127.0.0.2:0", upstream: origins }
upstreams:
  origins: { policy: least-connections, endpoints: ["127.0.0.1:\${ORIGIN_PORT}"] }
admin: { address: "127.0.0.1:0" }
`);
      const env = { ORIGIN_PORT: String(origin.port) };
      await using proxy = await RunningProxy.start(build, ["--config", path], { env });
      const client = await rawClient(proxy.port("two"), "127.0.0.2");
      client.socket.write("hello");
      await until(() => origin.peers.some((peer) => peer.text() === "hello"), "the bytes are through");
      assert.equal((await proxy.admin("/health")).status, 200);
      assert.equal((await proxy.admin("/ready")).status, 200);
      const stats = (await (await proxy.admin("/stats")).json()) as {
        listeners: { name: string; activeConnections: number }[];
      };
      assert.deepEqual(
        stats.listeners.map(({ name, activeConnections }) => [name, activeConnections]),
        [
          ["one", 0],
          ["two", 1],
        ],
      );
      const endpoints = (await (await proxy.admin("/endpoints")).json()) as Record<string, unknown>[];
      assert.equal(endpoints[0]?.["upstream"], "origins");
      assert.equal(endpoints[0]["activeConnections"], 1);
      const metrics = await (await proxy.admin("/metrics")).text();
      assert.match(metrics, /^geryon_connections_active\{listener="two"\} 1$/m);
      assert.equal((await proxy.admin("/stats", { method: "POST" })).status, 405);
      assert.equal((await proxy.admin("/nothing")).status, 404);
      assert.equal((await proxy.admin("/stats", { headers: { origin: "http://evil.example" } })).status, 403);
      proxy.signal("SIGUSR2");
      await proxy.says("listener two");
      client.socket.destroy();
    });

    it("a wrong config starts nothing: every mistake, and exit code 2", async () => {
      const path = config(
        "listeners: { web: { address: 'nonsense', upstream: a } }\nupstreams: { b: { endpoints: [] } }\n",
      );
      const { code, stderr } = await geryon("proxy", "--config", path);
      assert.equal(code, 2);
      assert.match(stderr, /:1:30: /);
      assert.match(stderr, /nothing was started/);
    });

    it("refuses to proxy to its own listener", async () => {
      const { code, stderr } = await geryon("proxy", "--listen", "127.0.0.1:4567", "localhost:4567");
      assert.equal(code, 2);
      assert.match(stderr, /4567/);
    });

    it("names who holds a port, with exit code 3", async () => {
      await using holder = await RawServer.open();
      const { code, stderr } = await geryon("proxy", ...ioFlags, "--listen", `127.0.0.1:${holder.port}`, "127.0.0.1:1");
      assert.equal(code, 3);
      assert.match(
        stderr,
        new RegExp(
          `Cannot listen on 127\\.0\\.0\\.1:${holder.port}: port ${holder.port} is in use by .* \\(pid ${process.pid}\\)`,
        ),
      );
    });

    it("drains on SIGTERM: no connection is cut before the deadline, all are at it, and the exit code tells", async () => {
      await using origin = await RawServer.open();
      await using proxy = await RunningProxy.start(build, [
        ...["--listen", "127.0.0.1:0", "--drain-timeout", "1500ms", "--admin", "127.0.0.1:0"],
        `127.0.0.1:${origin.port}`,
      ]);
      const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(proxy.port())));
      const served = (): number => origin.peers.filter((peer) => peer.bytes > 0).length;
      for (const client of clients) client.socket.write("hello");
      await until(() => served() === 20, "all are connected");
      const startedMs = performance.now();
      proxy.signal("SIGTERM");
      await proxy.says('"msg":"draining"');
      assert.equal((await proxy.admin("/ready")).status, 503);
      const turnedAway = hopefulClient(proxy.port());
      await turnedAway.closed;
      assert.notEqual(turnedAway.error, "");
      for (const client of clients) client.socket.write("again");
      const text = "helloagain";
      await until(
        () => origin.peers.filter((peer) => peer.text() === text).length === 20,
        "the old connections still work",
      );
      assert.ok(clients.every((client) => client.error === "" && !client.socket.closed));
      const { code } = await proxy.exited;
      assert.equal(code, 4);
      assert.ok(performance.now() - startedMs >= 1500, "not before the deadline");
      assert.equal(proxy.records("drain deadline")[0]?.["cut"], 20);
      const cut = proxy.records("connection").filter((one) => one["outcome"] === "drain-timeout");
      assert.equal(cut.length, 20, "the last records are written");
      await Promise.all(clients.map((client) => Promise.race([client.closed, client.ended])));
      for (const client of clients) client.socket.destroy();
    });

    it("a second signal ends a drain at once", async () => {
      await using origin = await RawServer.open();
      await using proxy = await RunningProxy.start(build, ["--listen", "127.0.0.1:0", `127.0.0.1:${origin.port}`]);
      const client = await rawClient(proxy.port());
      client.socket.write("x");
      await until(() => origin.peers.some((peer) => peer.bytes === 1), "it is connected");
      proxy.signal("SIGINT");
      await proxy.says('"msg":"draining"');
      // Repeats within half a second are the same Ctrl-C, and change nothing.
      const again = setInterval(() => proxy.signal("SIGINT"), 50);
      assert.deepEqual(await proxy.exited, { code: 130, signal: null });
      clearInterval(again);
      client.socket.destroy();
    });

    it("serves unix sockets on both sides", async () => {
      const front = join(folder, "front.sock");
      await using origin = await RawServer.open({ path: join(folder, "back.sock") });
      await using proxy = await RunningProxy.start(build, [
        "--listen",
        `unix:${front}`,
        `unix:${join(folder, "back.sock")}`,
      ]);
      const client = await rawClient(front);
      client.socket.end("over files");
      const served = (): RawPeer | undefined => origin.peers.find((peer) => peer.text() === "over files");
      await until(() => served() !== undefined, "the bytes are through");
      served()?.socket.end("and back");
      await client.ended;
      assert.equal(client.text(), "and back");
      assert.equal(proxy.child.exitCode, null);
    });

    it("starts again on a unix socket that a killed process has left behind, not on one in use", async () => {
      const front = join(folder, "left.sock");
      const args = ["--listen", `unix:${front}`, "127.0.0.1:1"];
      const killed = await RunningProxy.start(build, args);
      const second = await geryon("proxy", ...ioFlags, ...args);
      assert.equal(second.code, 3);
      assert.match(second.stderr, /left\.sock: the socket exists/);
      killed.signal("SIGKILL");
      await killed.exited;
      await using again = await RunningProxy.start(build, args);
      assert.equal(again.records("removed a socket that no process listens on").length, 1);
      again.signal("SIGTERM");
      assert.equal((await again.exited).code, 0);
    });

    it("serves IPv6 and IPv4 on one dual-stack listener", async () => {
      await using origin = await RawServer.open({ host: "::1", port: 0 });
      await using proxy = await RunningProxy.start(build, ["--listen", "[::]:0", `[::1]:${origin.port}`]);
      for (const [host, shown] of [
        ["127.0.0.1", "127.0.0.1:"],
        ["::1", "[::1]:"],
      ] as const) {
        const client = await rawClient(proxy.port(), host);
        client.socket.end(host);
        const served = (): RawPeer | undefined => origin.peers.find((peer) => peer.text() === host);
        await until(() => served() !== undefined, `${host} is through`);
        served()?.socket.end();
        await client.ended;
        await until(
          () => proxy.records("connection").some((one) => String(one["client"]).startsWith(shown)),
          `the record names ${shown}`,
        );
      }
    });

    it("echo serves as an origin and ends cleanly", async () => {
      await using echo = new Running([...build.command, "echo", "--listen", "127.0.0.1:0"]);
      await echo.says("127.0.0.1:");
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(echo.stdout)?.[1]);
      const client = await rawClient(port);
      client.socket.end("echo me");
      await client.ended;
      assert.equal(client.text(), "echo me");
      echo.signal("SIGTERM");
      assert.equal((await echo.exited).code, 0);
    });
  });
}
