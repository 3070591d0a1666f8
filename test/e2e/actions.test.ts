/** Taking endpoints out and in while the proxy runs, with its commands and its admin API: no connection notices. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { RunningProxy, runToEnd, sourceBuild } from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { hopefulClient, type RawPeer, rawClient, RawServer, until } from "../support/sockets.ts";

const geryon = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runToEnd([...sourceBuild.command, ...args]);
  assert.equal(code, 0, stderr);
  return stdout;
};

/** `geryon proxy` with one listener, `web`, and its admin address. */
async function start(upstream: object, admin = "127.0.0.1:0"): Promise<RunningProxy> {
  using folder = new TemporaryFolder();
  const file = folder.file("config.json");
  const config = {
    listeners: { web: { address: "127.0.0.1:0", upstream: "app" } },
    upstreams: { app: { health: "off", ...upstream } },
    admin: { address: admin },
  };
  writeFileSync(file, JSON.stringify(config));
  return await RunningProxy.start(sourceBuild, ["--config", file]);
}

const peerOf = (name: string, ...servers: readonly RawServer[]): RawPeer | undefined =>
  servers.flatMap(({ peers }) => peers).find((peer) => peer.text().startsWith(name));

async function send(proxy: RunningProxy, request: string, body?: unknown): Promise<number> {
  const [method = "", path = ""] = request.split(" ");
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const response = await proxy.admin(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await response.text();
  return response.status;
}

describe("actions on a running proxy", { timeout: 120_000 }, () => {
  it("an endpoint is drained, replaced and removed; who is on it stays, who comes goes elsewhere", async () => {
    await using old = await RawServer.open();
    await using fresh = await RawServer.open();
    await using proxy = await start({ endpoints: [`127.0.0.1:${old.port}`] });
    const admin = ["--admin", `127.0.0.1:${proxy.port("admin")}`];
    const stays = await rawClient(proxy.port("web"));
    stays.socket.write("stays");
    await until(() => peerOf("stays", old) !== undefined, "it is on the old one");

    assert.equal(await send(proxy, "POST /upstreams/app/endpoints", { address: `127.0.0.1:${fresh.port}` }), 201);
    await geryon("endpoints", "app", `127.0.0.1:${old.port}`, "--state", "draining", ...admin);
    const names = Array.from({ length: 10 }, (_, index) => `comes ${index}.`);
    for (const name of names) (await rawClient(proxy.port("web"))).socket.end(name);
    await until(() => names.every((name) => peerOf(name, old, fresh) !== undefined), "all are served");
    assert.ok(
      names.every((name) => peerOf(name, fresh) !== undefined),
      "none of them by the one that drains",
    );
    assert.match(
      await geryon("endpoints", "app", ...admin),
      /draining +1 +1 +1 .*\n(.*\n)*.* 1 connection still to end/,
    );

    assert.equal(await send(proxy, `DELETE /upstreams/app/endpoints/127.0.0.1:${old.port}`), 200);
    assert.equal(
      await send(proxy, `DELETE /upstreams/app/endpoints/127.0.0.1:${fresh.port}`),
      409,
      "the last one stays",
    );
    stays.socket.end(", and goes on");
    await until(() => peerOf("stays", old)?.text() === "stays, and goes on", "it still gets through");
    peerOf("stays", old)?.socket.end("bye");
    await stays.ended;
    assert.equal(stays.text(), "bye");
    for (const name of names) peerOf(name, fresh)?.socket.end();
    await until(() => proxy.records("connection").length === 11, "all are over");
    assert.ok(proxy.records("connection").every(({ outcome }) => outcome === "ok"));
    assert.deepEqual(
      proxy.records("admin action").map(({ action }) => action),
      ["add", "change", "remove"],
    );
  });

  it("an endpoint that a check would call healthy is ejected, told of, and let in again by a reset", async () => {
    await using good = await RawServer.open();
    await using bad = await RawServer.open();
    const badName = `127.0.0.1:${bad.port}`;
    await using proxy = await start({
      policy: "round-robin",
      endpoints: [`127.0.0.1:${good.port}`, badName],
      outlier: { failures: 2, window: "1h", ejection: "1h", maxEjection: "1h" },
    });
    const admin = ["--admin", `127.0.0.1:${proxy.port("admin")}`];
    const ask = async (): Promise<void> => {
      const client = hopefulClient(proxy.port("web"));
      client.socket.write("?");
      await Promise.race([client.ended, client.closed]);
      client.socket.destroy();
    };
    const answering = setInterval(() => {
      for (const peer of good.peers) if (!peer.socket.destroyed) peer.socket.end("!");
      for (const peer of bad.peers) peer.socket.destroy();
    }, 5);
    try {
      while (proxy.records("endpoint is ejected: its connections fail").length === 0) await ask();
      const text = await geryon("endpoints", "app", ...admin);
      assert.match(text, new RegExp(`^app +${badName} +ejected `, "m"));
      assert.match(
        text,
        /it is ejected: 2 of its connections failed in a row \(for .*\)\n +until: in 60 min by itself, or /,
      );
      const before = bad.peers.length;
      for (let count = 0; count < 4; count++) await ask();
      assert.equal(bad.peers.length, before, "it gets nothing");
      assert.match(await geryon("endpoints", "app", badName, "--reset", ...admin), / up /);
      // Each worker takes the endpoints in turn for itself.
      await until(async () => {
        await ask();
        return bad.peers.length > before;
      }, "it gets its share again");
    } finally {
      clearInterval(answering);
    }
  });

  it("an address that other machines reach only reads", async () => {
    await using proxy = await start({ endpoints: ["127.0.0.1:1"] }, "0.0.0.0:0");
    assert.equal(await send(proxy, "GET /endpoints"), 200);
    assert.equal(await send(proxy, "PATCH /upstreams/app/endpoints/127.0.0.1:1", { weight: 2 }), 403);
    assert.equal(await send(proxy, "POST /drain"), 403);
    const { code, stderr } = await runToEnd([
      ...sourceBuild.command,
      "drain",
      "--admin",
      `127.0.0.1:${proxy.port("admin")}`,
    ]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /can be reached from other machines, so it only reads\n +Expected a loopback address or a unix socket\n$/,
    );
    assert.equal(proxy.records("draining").length, 0);
  });
});
