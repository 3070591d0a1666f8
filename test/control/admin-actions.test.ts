import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Address } from "../../src/core/runtime/address.ts";
import { AdminTest } from "../support/admin.ts";
import { endpointSettings } from "../support/settings.ts";
import { TestClient } from "../support/upstream.ts";

const one = "/upstreams/origins/endpoints/127.0.0.1:1";
const outlier = {
  consecutiveFailures: 1,
  windowMs: 10_000,
  ejectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectedShare: 1,
};
const breaker = { failures: 1, windowMs: 10_000, openMs: 30_000, halfOpenProbes: 1, successes: 1 };

/** The next client's connect fails. */
function fail(admin: AdminTest): string {
  const client = new TestClient(admin.proxy.upstream, []);
  client.ask();
  const { name } = client.attempt.endpoint;
  client.fail();
  return name;
}

describe("PATCH of an endpoint", () => {
  it("sets state and weight, and answers with what it has become", async () => {
    const admin = await AdminTest.start();
    const { status, json } = await admin.send(`PATCH ${one}`, { body: { state: "draining", weight: 7 } });
    assert.equal(status, 200);
    const { adminState, weight, available, unavailable } = json;
    assert.deepEqual([adminState, weight, available], ["draining", 7, false]);
    assert.equal((unavailable as { reason: string }[])[0]?.reason, "draining");
    const endpoint = admin.proxy.endpoint("127.0.0.1:1");
    assert.deepEqual([endpoint.adminState, endpoint.weight], ["draining", 7]);
    assert.deepEqual(admin.actions, [
      { action: "change", upstream: "origins", endpoint: "127.0.0.1:1", state: "draining", weight: 7 },
    ]);
    await admin.send(`PATCH ${one}`, { body: { state: "ready" } });
    assert.deepEqual([endpoint.adminState, endpoint.weight], ["ready", 7]);
  });

  const wrong: readonly (readonly [what: string, body: unknown, status: number, expected: Record<string, string>])[] = [
    [
      "an unknown key",
      { wieght: 1 },
      400,
      { error: 'Unknown key "wieght" in the body', hint: 'did you mean "weight"?' },
    ],
    [
      "an unknown state",
      { state: "drain" },
      400,
      {
        error: '"state" is the text "drain"',
        expected: "ready, draining or disabled",
        hint: 'did you mean "draining"?',
      },
    ],
    [
      "a weight of 0",
      { weight: 0 },
      400,
      {
        error: '"weight" is 0',
        expected: "a whole number from 1 to 256",
        hint: 'for no new connections set its state to "draining"',
      },
    ],
    [
      "a weight as text",
      { weight: "2" },
      400,
      { error: '"weight" is the text "2"', expected: "a whole number from 1 to 256", hint: "write it without quotes" },
    ],
    ["nothing", {}, 400, { error: "The body changes nothing", expected: '"state", "weight" or both' }],
    ["a list", [], 400, { error: "The body is a list", expected: "a map" }],
    ["a key of an object's prototype", '{"__proto__": 1}', 400, { error: 'Key "__proto__" is not allowed' }],
    ["too much", `"${"x".repeat(16_384)}"`, 413, { error: "The body is too large", expected: "at most 16384 bytes" }],
  ];
  for (const [what, body, status, expected] of wrong) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const admin = await AdminTest.start();
      const answer = await admin.send(`PATCH ${one}`, { body });
      assert.equal(answer.status, status);
      assert.deepEqual(answer.json, expected);
      const { adminState, weight } = admin.proxy.endpoint("127.0.0.1:1");
      assert.deepEqual([adminState, weight], ["ready", 1]);
      assert.deepEqual(admin.actions, []);
    });
  }

  it("refuses what is not JSON, and a body of another type", async () => {
    const admin = await AdminTest.start();
    const broken = await admin.send(`PATCH ${one}`, { body: "{" });
    assert.equal(broken.status, 400);
    assert.match(String(broken.json["error"]), /^The body is not JSON/);
    const empty = await admin.send(`PATCH ${one}`, { headers: { "content-type": "application/json" } });
    assert.equal(empty.status, 400);
    assert.deepEqual(empty.json, { error: "The body is empty", expected: "a map" });
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      const answer = await admin.send(`PATCH ${one}`, { body: '{"weight":2}', headers: { "content-type": type } });
      assert.deepEqual(answer.json, { error: `The body is "${type}"`, expected: "content-type: application/json" });
      assert.equal(answer.status, 415);
    }
    const charset = { "content-type": "Application/JSON; charset=utf-8" };
    assert.equal((await admin.send(`PATCH ${one}`, { body: { weight: 2 }, headers: charset })).status, 200);
  });

  it("does not know endpoints that are not there", async () => {
    const admin = await AdminTest.start();
    assert.equal((await admin.send("PATCH /upstreams/origins/endpoints/x:1", { body: { weight: 2 } })).status, 404);
    assert.equal((await admin.send("PATCH /upstreams/x/endpoints/x:1", { body: { weight: 2 } })).status, 404);
  });
});

describe("reset", () => {
  it("ends an endpoint's ejection and closes its breaker", async () => {
    const admin = await AdminTest.start({ upstream: { outlier, endpointBreaker: breaker } });
    assert.equal(fail(admin), "127.0.0.1:1");
    const endpoint = admin.proxy.endpoint("127.0.0.1:1");
    assert.deepEqual([endpoint.ejection?.active, endpoint.breaker?.state], [true, "open"]);
    const { status, json } = await admin.send(`POST ${one}/reset`);
    assert.deepEqual([status, json["available"], json["unavailable"]], [200, true, []]);
    assert.deepEqual([endpoint.ejection?.active, endpoint.breaker?.state], [false, "closed"]);
  });

  it("of an upstream closes its breaker and resets its endpoints", async () => {
    const admin = await AdminTest.start({ upstream: { endpointBreaker: breaker, upstreamBreaker: breaker } });
    fail(admin);
    assert.equal(admin.proxy.upstream.breaker?.state, "open");
    const { status, json } = await admin.send("POST /upstreams/origins/reset");
    assert.equal(status, 200);
    assert.equal((json["breaker"] as { state: string }).state, "closed");
    assert.equal(admin.proxy.endpoint("127.0.0.1:1").breaker?.state, "closed");
  });
});

describe("adding and removing endpoints", () => {
  const path = "/upstreams/origins/endpoints";

  it("adds one, with the defaults of a config", async () => {
    const admin = await AdminTest.start();
    const { status, json } = await admin.send(`POST ${path}`, { body: { address: "10.0.0.9:80" } });
    assert.equal(status, 201);
    const { address, weight, priority, maxConnections, adminState, available } = json;
    assert.deepEqual(
      [address, weight, priority, maxConnections, adminState, available],
      ["10.0.0.9:80", 1, 0, null, "ready", true],
    );
    assert.equal(admin.proxy.upstream.endpoints.length, 3);
  });

  it("adds one with all that can be said about it", async () => {
    const admin = await AdminTest.start();
    const body = { address: "unix:/run/a.sock", weight: 5, priority: 1, maxConnections: 10, state: "disabled" };
    const { json } = await admin.send(`POST ${path}`, { body });
    const { address, weight, priority, maxConnections, adminState } = json;
    assert.deepEqual({ address, weight, priority, maxConnections, state: adminState }, body);
  });

  it("refuses one that is there, one that is this proxy, and one without an address", async () => {
    const admin = await AdminTest.start();
    const there = await admin.send(`POST ${path}`, { body: { address: "127.0.0.1:1" } });
    assert.deepEqual([there.status, there.json["error"]], [409, 'Endpoint "127.0.0.1:1" is there already']);
    const own = await admin.send(`POST ${path}`, { body: { address: "127.0.0.1:4000" } });
    assert.deepEqual(
      [own.status, own.json["error"]],
      [400, 'Endpoint "127.0.0.1:4000" is listener "web" of this proxy'],
    );
    const none = await admin.send(`POST ${path}`, { body: { weight: 2 } });
    assert.deepEqual([none.status, none.json["error"]], [400, '"address" is missing']);
    const bad = await admin.send(`POST ${path}`, { body: { address: "10.0.0.9" } });
    assert.deepEqual([bad.status, bad.json["error"]], [400, 'Address "10.0.0.9" has no port']);
    assert.equal(admin.proxy.upstream.endpoints.length, 2);
  });

  it("removes one and says what still runs there; the last one stays", async () => {
    const admin = await AdminTest.start();
    const client = new TestClient(admin.proxy.upstream, []);
    client.ask();
    const gone = await admin.send(`DELETE ${one}`);
    assert.deepEqual([gone.status, gone.json], [200, { removed: "127.0.0.1:1", activeConnections: 1 }]);
    client.succeed();
    assert.equal(admin.proxy.upstream.activeConnections, 0);
    assert.equal((await admin.send(`DELETE ${one}`)).status, 404);
    const last = await admin.send(`DELETE ${path}/127.0.0.1:2`);
    assert.equal(last.status, 409);
    assert.match(String(last.json["error"]), /is the last one/);
    assert.deepEqual(
      admin.proxy.upstream.endpoints.map(({ name }) => name),
      ["127.0.0.1:2"],
    );
  });
});

describe("POST /drain", () => {
  it("begins it and says what still runs", async () => {
    const admin = await AdminTest.start();
    const { status, json } = await admin.send("POST /drain");
    assert.deepEqual([status, json], [202, { phase: "draining", activeConnections: 0, drainTimeoutMs: 30_000 }]);
    assert.equal(admin.drains, 1);
  });
});

describe("who may act", () => {
  const actions = [
    `PATCH ${one}`,
    `POST ${one}/reset`,
    `DELETE ${one}`,
    "POST /upstreams/origins/reset",
    "POST /drain",
  ];

  it("nobody from another machine", async () => {
    const address: Address = { kind: "tcp", host: "0.0.0.0", port: 9090 };
    const admin = await AdminTest.start({ address });
    for (const line of [...actions, "POST /upstreams/origins/endpoints"]) {
      const { status, json } = await admin.send(line, { body: { weight: 2 } });
      assert.equal(status, 403, line);
      assert.match(String(json["error"]), /0\.0\.0\.0:9090 can be reached from other machines, so it only reads/);
    }
    assert.deepEqual([admin.actions, admin.drains], [[], 0]);
    assert.equal((await admin.send("GET /stats")).status, 200);
  });

  it("no web page", async () => {
    const admin = await AdminTest.start();
    for (const line of actions) {
      for (const headers of [
        { origin: "http://evil.example" },
        { origin: "null" },
        { host: "evil.example" },
      ] as const) {
        assert.equal((await admin.send(line, { body: { weight: 2 }, headers: { ...headers } })).status, 403, line);
      }
    }
    assert.deepEqual([admin.actions, admin.drains], [[], 0]);
  });

  it("whoever may open the unix socket", async () => {
    const admin = await AdminTest.start({
      address: { kind: "unix", path: "/run/admin.sock" },
      endpoints: [endpointSettings(1)],
    });
    assert.equal(
      (await admin.send(`PATCH ${one}`, { body: { weight: 2 }, headers: { host: "localhost" } })).status,
      200,
    );
  });
});
