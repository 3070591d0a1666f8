/** What is larger, longer or more than a client may send; and how the connection goes on then. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, fixedRoute, HttpStage, parseAnswer, request } from "../../support/http-stage.ts";
import { routeSettings } from "../../support/http-settings.ts";

const kib = 1024;

describe("limits of a request", () => {
  it("a body that says it is too large: 413, and no endpoint is asked", async () => {
    await using stage = await HttpStage.open({ http: { maxBodyBytes: 1000 } });
    const client = stage.client(request("POST /", [`Content-Length: ${1000 * kib}`]));
    const { status, fields } = parseAnswer(client.received);
    assert.equal(status, 413);
    assert.ok(fields.includes("Connection: close"));
    assert.ok(client.gotEnd);
    client.send("x".repeat(100 * kib));
    assert.equal(client.closed, "no", "RST could take the answer away");
    assert.equal(stage.network.connects.length, 0);
    assert.deepEqual(stage.outcomes, ["413 request-too-large"]);
    stage.assertNothingHeld();
  });

  it("one that is small enough to be read: 413, and the connection goes on", async () => {
    await using stage = await HttpStage.open({ http: { maxBodyBytes: 1000 } });
    const client = stage.client(request("POST /", ["Content-Length: 5000"]));
    assert.equal(parseAnswer(client.next()).status, 413);
    client.send("x".repeat(3000));
    client.send("x".repeat(2000) + request("GET /"));
    assert.equal(client.closed, "no");
    stage.accept().send(answer("ok"));
    assert.equal(parseAnswer(client.next()).body, "ok");
    assert.deepEqual(stage.outcomes, ["413 request-too-large", "200 ok"]);
    stage.assertNothingHeld();
  });

  it("one that turns out to be too large: 413, and the endpoint is cut", async () => {
    await using stage = await HttpStage.open({ http: { maxBodyBytes: 1000 } });
    const client = stage.client(request("POST /", ["Transfer-Encoding: chunked"], `3e8\r\n${"x".repeat(1000)}\r\n`));
    const endpoint = stage.accept();
    assert.ok(endpoint.received.endsWith("x\r\n"));
    client.send("1\r\n");
    assert.equal(client.received, "");
    client.send("x");
    assert.equal(parseAnswer(client.received).status, 413);
    assert.equal(endpoint.closed, "reset");
    assert.ok(!endpoint.received.endsWith("0\r\n\r\n"));
    assert.ok(client.gotEnd);
    assert.deepEqual(stage.outcomes, ["413 request-too-large"]);
    stage.assertNothingHeld();
  });

  it("a route's own limit takes the place of the listener's", async () => {
    await using stage = await HttpStage.open({
      http: { maxBodyBytes: 10 },
      routes: [routeSettings({ maxBodyBytes: 20 })],
    });
    const client = stage.client(request("POST /", ["Content-Length: 20"], "x".repeat(20)));
    stage.accept().send(answer("ok"));
    client.send(request("POST /", ["Content-Length: 21"]));
    assert.match(client.received, /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 413 /);
  });

  it("a request line, and a head, that are too long", async () => {
    for (const [text, status] of [
      [request(`GET /${"x".repeat(9000)}`), 414],
      [request("GET /", [`X: ${"x".repeat(9000)}`]), 431],
      [
        request(
          "GET /",
          Array.from({ length: 3 }, () => `X: ${"x".repeat(7000)}`),
        ),
        431,
      ],
      [
        request(
          "GET /",
          Array.from({ length: 101 }, () => "X: y"),
        ),
        431,
      ],
    ] as const) {
      for (const size of [text.length, 1000]) {
        await using stage = await HttpStage.open();
        const client = stage.client();
        for (let at = 0; at < text.length; at += size) client.send(text.slice(at, at + size));
        assert.equal(parseAnswer(client.received).status, status);
        assert.ok(client.gotEnd);
        assert.equal(client.closed, "no");
        assert.equal(stage.network.connects.length, 0);
        assert.deepEqual(stage.outcomes, [status === 414 ? "414 target-too-long" : "431 head-too-large"]);
      }
    }
  });

  it("the last request that a connection may serve is told so", async () => {
    await using stage = await HttpStage.open({ http: { maxRequests: 3 } });
    const client = stage.client(request("GET /").repeat(5));
    const endpoint = stage.accept();
    for (let i = 0; i < 3; i++) {
      endpoint.send(answer("ok"));
      assert.equal(client.next().includes("Connection: close"), i === 2);
    }
    assert.ok(client.gotEnd);
    assert.equal(stage.records.length, 3);
    stage.assertNothingHeld();
  });

  it("so is the first one of a connection that is old", async () => {
    await using stage = await HttpStage.open({ http: { maxAgeMs: 50_000 }, routes: [fixedRoute("ok")] });
    const client = stage.client(request("GET /"));
    stage.advance(49_000);
    client.send(request("GET /"));
    assert.ok(!client.next().includes("Connection: close"));
    stage.advance(2000);
    client.send(request("GET /"));
    assert.ok(client.next().includes("Connection: close"));
    assert.ok(client.gotEnd);
  });
});
