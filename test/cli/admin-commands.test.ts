/** `geryon status`, `endpoints` and `drain` against a proxy that runs. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { after, before, describe, it } from "node:test";
import { RunningProxy, runToEnd, sourceBuild } from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { rawClient, RawServer, until } from "../support/sockets.ts";

/** Nothing listens there. A port that was free a moment ago may be another test's now. */
const dead = "127.0.0.1:1";

const geryon = (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> =>
  runToEnd([...sourceBuild.command, ...args]);

describe("commands that talk to a running proxy", { timeout: 120_000 }, () => {
  let origin: RawServer;
  let proxy: RunningProxy;
  let admin: string[];

  before(async () => {
    origin = await RawServer.open();
    const args = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", `127.0.0.1:${origin.port}`, dead];
    proxy = await RunningProxy.start(sourceBuild, args);
    admin = ["--admin", `127.0.0.1:${proxy.port("admin")}`];
  });

  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  it("status says how it is, for people or as the API has it", async () => {
    await proxy.says("endpoint is unhealthy");
    const { code, stdout } = await geryon("status", ...admin);
    assert.equal(code, 0);
    assert.match(stdout, /^geryon \S+ on \S+ \S+: ready, up /);
    assert.match(stdout, /endpoints {5}1 of 2 available/);
    assert.ok(stdout.includes(`out           ${dead} down`), stdout);
    const json = await geryon("status", ...admin, "--json");
    assert.equal((JSON.parse(json.stdout) as { phase: string }).phase, "ready");
  });

  it("endpoints shows them, and sets state and weight of one", async () => {
    const name = `127.0.0.1:${origin.port}`;
    const all = await geryon("endpoints", ...admin);
    assert.equal(all.code, 0);
    assert.match(all.stdout, new RegExp(`^endpoints +${name} +up +1 `, "m"));
    assert.match(all.stdout, /its TCP probes fail: connection refused, nothing listens there \(for /);
    const drained = await geryon("endpoints", "endpoints", name, "--state", "draining", "--weight", "5", ...admin);
    assert.equal(drained.code, 0, drained.stderr);
    assert.match(drained.stdout, new RegExp(`^endpoints +${name} +draining +5 `, "m"));
    await proxy.says('"msg":"endpoint is draining"');
    const back = await geryon("endpoints", "endpoints", name, "--state", "ready", "--json", ...admin);
    assert.equal((JSON.parse(back.stdout) as { adminState: string }).adminState, "ready");
    const reset = await geryon("endpoints", "endpoints", name, "--reset", ...admin);
    assert.match(reset.stdout, new RegExp(`^endpoints +${name} +up +5 `, "m"));
    const resetAll = await geryon("endpoints", "endpoints", "--reset", ...admin);
    assert.equal(resetAll.stdout.match(/^endpoints /gm)?.length, 3, "two rows, and the reason of the dead one");
  });

  it("says what is wrong with the arguments, with exit code 2", async () => {
    const mistakes: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [["endpoints", "endpoint"], /There is no upstream "endpoint"\n +Expected endpoints; did you mean "endpoints"\?/],
      [["endpoints", "endpoints", dead, "--state", "drain"], /"state" is the text "drain"\n.*did you mean "draining"/],
      [
        ["endpoints", "endpoints", dead, "--weight", "0"],
        /Option '--weight' is '0'\n +Expected a number from 1 to 256/,
      ],
      [["endpoints", "endpoints", "--weight", "2"], /Option '--weight' needs an endpoint/],
      [["endpoints", "--reset"], /Option '--reset' needs an upstream/],
      [["status", "--config", "x.yaml"], /Option '--admin' does not go with '--config'/],
    ];
    for (const [args, message] of mistakes) {
      const { code, stdout, stderr } = await geryon(...args, ...admin);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, "");
    }
  });

  it("says that nobody answers, or somebody else, with exit code 1", async () => {
    for (const nobody of [dead, "unix:/nowhere/geryon.sock"]) {
      const { code, stderr } = await geryon("status", "--admin", nobody);
      assert.equal(code, 1);
      assert.match(stderr, /^geryon: No proxy answers on /);
      assert.ok(stderr.includes(` on ${nobody}\n        Is it running with an admin address? `), stderr);
    }
    await using other = await RawServer.open();
    const asked = geryon("endpoints", "--admin", `127.0.0.1:${other.port}`);
    await until(() => other.peers[0]?.text().includes("\r\n\r\n") === true, "it is asked");
    other.peers[0]?.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    const { code, stderr } = await asked;
    assert.equal(code, 1);
    assert.ok(
      stderr.startsWith(`geryon: What answers on 127.0.0.1:${other.port} is not geryon\n        Name `),
      stderr,
    );
  });

  it("the admin address reads no more of a body than it may, however it is sent", async () => {
    const name = encodeURIComponent(`127.0.0.1:${origin.port}`);
    const path = `/upstreams/endpoints/endpoints/${name}`;
    const status = await new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const asked = request(
        { host: "127.0.0.1", port: proxy.port("admin"), method: "PATCH", path, headers },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      asked.on("error", reject);
      // In chunks, without a length.
      for (let count = 0; count < 20; count++) asked.write(" ".repeat(1024));
      asked.end("{}");
    });
    assert.equal(status, 413);
    assert.equal((await proxy.admin("/health")).status, 200);
  });
});

describe("geryon drain", { timeout: 120_000 }, () => {
  it("over a unix socket that the config names: running connections end by themselves, then the process", async () => {
    using folder = new TemporaryFolder();
    await using origin = await RawServer.open();
    const config = folder.file("geryon.yaml");
    writeFileSync(
      config,
      `listeners: { web: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { endpoints: ["127.0.0.1:${origin.port}"] } }
admin: { address: "unix:${folder.file("admin.sock")}" }
`,
    );
    await using proxy = await RunningProxy.start(sourceBuild, ["--config", config]);
    const client = await rawClient(proxy.port("web"));
    client.socket.write("hello");
    const served = (): boolean => origin.peers.some((peer) => peer.text() === "hello");
    await until(served, "it is connected");
    const { code, stdout, stderr } = await geryon("drain", "--config", config);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^the proxy on unix:\S+ drains: 1 connection may go on, for 30 s at most\n$/);
    await proxy.says('"msg":"draining"');
    // A service manager signals a process that drains already: that must not end it at once.
    proxy.signal("SIGTERM");
    assert.match((await geryon("status", "--config", config)).stdout, /: draining, up /);
    const peer = origin.peers.find((one) => one.text() === "hello");
    peer?.socket.end("bye");
    client.socket.end();
    await client.ended;
    assert.equal(client.text(), "bye");
    assert.deepEqual(await proxy.exited, { code: 0, signal: null });
    assert.equal(proxy.records("draining")[0]?.["reason"], "admin");
  });

  it("answers before the process is gone when nothing runs", async () => {
    await using proxy = await RunningProxy.start(sourceBuild, [
      ...["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "127.0.0.1:1"],
    ]);
    const { code, stdout, stderr } = await geryon("drain", "--json", "--admin", `127.0.0.1:${proxy.port("admin")}`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { phase: "draining", activeConnections: 0, drainTimeoutMs: 30_000 });
    assert.equal((await proxy.exited).code, 0);
  });
});
