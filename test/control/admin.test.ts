import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endpointSettings } from "../support/settings.ts";
import { AdminTest, loopback } from "../support/admin.ts";

describe("adminApp", () => {
  it("is healthy while it answers, and ready only in the phase that accepts", async () => {
    const admin = await AdminTest.start();
    assert.equal((await admin.send("GET /health")).status, 200);
    const ready = await admin.send("GET /ready");
    assert.deepEqual([ready.status, ready.json], [200, { phase: "ready" }]);
    await admin.proxy.server.drain();
    assert.equal((await admin.send("GET /health")).status, 200);
    assert.deepEqual(
      [(await admin.send("GET /ready")).status, (await admin.send("GET /ready")).json],
      [503, { phase: "stopped" }],
    );
  });

  it("lists the endpoints with the names of their upstreams, all or by upstream or one", async () => {
    const admin = await AdminTest.start();
    const all = JSON.parse((await admin.send("GET /endpoints")).text) as Record<string, unknown>[];
    assert.deepEqual(
      all.map(({ upstream, policy, address }) => [upstream, policy, address]),
      [
        ["origins", "round-robin", "127.0.0.1:1"],
        ["origins", "round-robin", "127.0.0.1:2"],
      ],
    );
    assert.equal((await admin.send("GET /upstreams/origins/endpoints")).text, JSON.stringify(all));
    assert.deepEqual((await admin.send("GET /upstreams/origins/endpoints/127.0.0.1:2")).json, all[1]);
  });

  it("finds endpoints whose names are percent-encoded, in any spelling of their address", async () => {
    const admin = await AdminTest.start({
      endpoints: [
        endpointSettings(1, { address: { kind: "unix", path: "/run/a b.sock" } }),
        endpointSettings(1, { address: { kind: "tcp", host: "::1", port: 80 } }),
        endpointSettings(1, { address: { kind: "tcp", host: "db.internal", port: 80 } }),
      ],
    });
    for (const [name, address] of [
      ["unix%3A%2Frun%2Fa%20b.sock", "unix:/run/a b.sock"],
      ["%5B%3A%3A1%5D%3A80", "[::1]:80"],
      ["%5B0%3A%3A1%5D%3A80", "[::1]:80"],
      ["DB.internal:80", "db.internal:80"],
    ] as const) {
      const { status, json } = await admin.send(`GET /upstreams/origins/endpoints/${name}`);
      assert.deepEqual([status, json["address"]], [200, address], name);
    }
  });

  it("names what is probably meant, and what there is", async () => {
    const admin = await AdminTest.start();
    const upstream = await admin.send("GET /upstreams/origin/endpoints");
    assert.equal(upstream.status, 404);
    assert.deepEqual(upstream.json, {
      error: 'There is no upstream "origin"',
      expected: "origins",
      hint: 'did you mean "origins"?',
    });
    const endpoint = await admin.send("GET /upstreams/origins/endpoints/127.0.0.1:3");
    assert.equal(endpoint.status, 404);
    assert.equal(endpoint.json["expected"], '"127.0.0.1:1" or "127.0.0.1:2"');
    assert.match(String(endpoint.json["hint"]), /did you mean "127\.0\.0\.1:1"/);
    const path = await admin.send("GET /nothing");
    assert.equal(path.status, 404);
    assert.match(path.text, /\/metrics/);
    assert.equal((await admin.send("GET /upstreams/%zz/endpoints")).status, 404);
  });

  it("refuses foreign hosts on a loopback address, and any origin", async () => {
    const status = async (headers: Record<string, string>, address = loopback): Promise<number> =>
      (await (await AdminTest.start({ address })).send("GET /stats", { headers })).status;
    assert.equal(await status({ host: "localhost:9090" }), 200);
    assert.equal(await status({ host: "[::1]:9090" }), 200);
    assert.equal(await status({ host: "evil.example" }), 403);
    assert.equal(await status({ host: "127.0.0.1.evil.example" }), 403);
    assert.equal(await status({ host: "10.1.2.3:9090" }, { kind: "tcp", host: "0.0.0.0", port: 9090 }), 200);
    assert.equal(await status({ origin: "http://localhost:9090" }), 403);
  });

  it("says which methods a path takes", async () => {
    const admin = await AdminTest.start();
    const refused = async (line: string): Promise<unknown[]> => {
      const { status, headers, json } = await admin.send(line);
      return [status, headers.get("allow"), json["expected"]];
    };
    assert.deepEqual(await refused("POST /stats"), [405, "GET, HEAD", "GET, HEAD"]);
    assert.deepEqual(await refused("PUT /stats"), [405, "GET, HEAD", "GET, HEAD"]);
    assert.deepEqual(await refused("GET /drain"), [405, "POST", "POST"]);
    assert.deepEqual(await refused("PUT /upstreams/origins/endpoints"), [405, "GET, HEAD, POST", "GET, HEAD, POST"]);
    const head = await admin.send("HEAD /stats");
    assert.deepEqual([head.status, head.text], [200, ""]);
  });

  it("serves metrics with the type that Prometheus expects", async () => {
    const { headers } = await (await AdminTest.start()).send("GET /metrics");
    assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  });
});
