/** Answers of the proxy itself, and how they reach a client that is still sending. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { routeSettings } from "../../support/http-settings.ts";
import { answer, fixedRoute, HttpStage, parseAnswer, request } from "../../support/http-stage.ts";

const kib = 1024;

describe("own answers", () => {
  it("without a body to read the connection goes on", async () => {
    await using stage = await HttpStage.open({ routes: [] });
    const client = stage.client(request("GET /1") + request("GET /2"));
    assert.equal(client.received.split("HTTP/1.1 404 ").length - 1, 2);
    assert.ok(!client.gotEnd);
    assert.deepEqual(stage.outcomes, ["404 no-route", "404 no-route"]);
  });

  it("a short body is read and dropped: at once, or as it comes", async () => {
    for (const cut of [0, 1, 500, 1000]) {
      await using stage = await HttpStage.open({ routes: [fixedRoute("own")] });
      const body = request("GET /not-a-request").padEnd(1000, "x");
      const client = stage.client(request("POST /", ["Content-Length: 1000"], body.slice(0, cut)));
      assert.equal(parseAnswer(client.next()).body, "own");
      if (cut < 1000) client.send(body.slice(cut));
      assert.equal(client.next(), "");
      client.send(request("GET /"));
      assert.equal(parseAnswer(client.next()).body, "own");
      assert.deepEqual(stage.outcomes, ["200 ok", "200 ok"]);
      assert.equal(stage.records[0]?.bytesUp, 1000);
    }
  });

  it("a long one, or one of unknown length, ends the connection", async () => {
    for (const field of ["Content-Length: 70000", "Transfer-Encoding: chunked"]) {
      await using stage = await HttpStage.open({ routes: [fixedRoute("own")] });
      const client = stage.client(request("POST /", [field]));
      const { fields, body } = parseAnswer(client.received);
      assert.equal(body, "own");
      assert.ok(fields.includes("Connection: close"));
      assert.ok(client.gotEnd);
      assert.equal(client.closed, "no");
      assert.equal(stage.records.length, 1);
    }
  });

  it("a client that does not send the short body it has announced: its answer is not taken away", async () => {
    for (const how of ["FIN", "silence"]) {
      await using stage = await HttpStage.open({ routes: [fixedRoute("own")] });
      const client = stage.client(request("POST /", ["Content-Length: 1000"], "x"));
      assert.equal(parseAnswer(client.received).body, "own");
      if (how === "FIN") client.sendEnd();
      else stage.advance(30_200);
      assert.ok(client.gotEnd, how);
      assert.notEqual(client.closed, "reset", how);
      assert.deepEqual(stage.outcomes, ["200 ok"]);
    }
  });

  it("an OPTIONS that may go no further: 200 without a body, and the methods that the route names", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("OPTIONS /", ["Max-Forwards: 0"]));
    const { status, fields, body } = parseAnswer(client.next());
    assert.deepEqual([status, body], [200, ""]);
    assert.ok(fields.includes("Content-Length: 0"));
    assert.ok(!fields.some((field) => /^(?:Allow|Content-Type):/.test(field)));
    client.send(
      request("OPTIONS /", ["Max-Forwards: 0", "Content-Length: 4"], "body") +
        request("OPTIONS *", ["Max-Forwards: 0"]),
    );
    assert.equal(client.next().split("HTTP/1.1 200 OK\r\n").length - 1, 2);
    assert.deepEqual(stage.outcomes, ["200 ok", "200 ok", "200 ok"]);
    assert.equal(stage.network.connects.length, 0);
    stage.assertNothingHeld();

    const match = { headers: [], query: [], methods: ["GET", "OPTIONS"] };
    await using named = await HttpStage.open({ routes: [routeSettings({ match })] });
    const { fields: told } = parseAnswer(named.client(request("OPTIONS /", ["Max-Forwards: 0"])).received);
    assert.ok(told.includes("Allow: GET, OPTIONS"));
  });

  it("a TRACE that may go no further: 501, and nothing of it comes back", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("TRACE /secret", ["Max-Forwards: 0", "Cookie: secret"]));
    assert.equal(parseAnswer(client.received).status, 501);
    assert.ok(!client.received.includes("secret"));
    assert.deepEqual(stage.outcomes, ["501 not-implemented"]);
    assert.equal(stage.network.connects.length, 0);
  });

  it("Max-Forwards is for proxies: a route that answers does so", async () => {
    await using stage = await HttpStage.open({ routes: [fixedRoute("own")] });
    for (const method of ["OPTIONS", "TRACE"]) {
      const client = stage.client(request(`${method} /`, ["Max-Forwards: 0"]));
      assert.equal(parseAnswer(client.received).body, "own");
    }
  });

  it("who is still sending gets FIN, and is read for a while", async () => {
    await using stage = await HttpStage.open({ routes: [] });
    const client = stage.client(request("POST /", ["Content-Length: 100000000"]));
    assert.ok(client.gotEnd);
    for (let sent = 0; sent < 512; sent += 64) client.send("x".repeat(64 * kib));
    stage.advance(1900);
    assert.equal(client.closed, "no");
    stage.advance(200);
    assert.equal(client.closed, "destroyed");
    assert.equal(stage.server.activeConnections, 0);
    assert.equal(stage.records.length, 1);
  });

  it("who sends no end of it is reset", async () => {
    await using stage = await HttpStage.open({ routes: [] });
    const client = stage.client(request("POST /", ["Content-Length: 100000000"]));
    for (let sent = 0; sent < 2048; sent += 64) client.send("x".repeat(64 * kib));
    assert.equal(client.closed, "reset");
    assert.equal(stage.server.activeConnections, 0);
  });

  it("a malformed request is answered and the connection ends; what comes behind it is not read as a request", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(`GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${request("GET /2")}`);
    assert.equal(parseAnswer(client.received).status, 400);
    assert.ok(client.gotEnd);
    client.send(request("GET /3"));
    assert.equal(stage.network.connects.length, 0);
    assert.deepEqual(stage.outcomes, ["400 request-malformed"]);
    assert.equal(stage.records[0]?.reason, "two host");
  });

  it("a body that is malformed after it was begun: 400, and the endpoint is cut before it could take it for whole", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Transfer-Encoding: chunked"], "1\r\na\r\n"));
    const endpoint = stage.accept();
    client.send("1\r\nbX\r\n0\r\n\r\n");
    assert.equal(parseAnswer(client.received).status, 400);
    assert.equal(endpoint.closed, "reset");
    assert.ok(!endpoint.received.includes("0\r\n\r\n"));
    assert.deepEqual(stage.outcomes, ["400 request-malformed"]);
    stage.assertNothingHeld();
  });

  it("a request that ends early: 400, and the endpoint is cut", async () => {
    for (const state of ["connecting", "sent"]) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("POST /", ["Content-Length: 10"], "half"));
      const endpoint = state === "sent" ? stage.accept() : undefined;
      client.sendEnd();
      assert.equal(parseAnswer(client.received).status, 400);
      assert.ok(client.gotEnd);
      assert.ok(endpoint === undefined || endpoint.closed === "reset");
      assert.deepEqual(stage.outcomes, ["400 request-malformed"]);
      stage.assertNothingHeld();
    }
  });

  it("a client that sends FIN behind its request gets its answer", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /"));
    client.sendEnd();
    stage.accept().send(answer("ok"));
    const { fields, body } = parseAnswer(client.received);
    assert.equal(body, "ok");
    assert.ok(fields.includes("Connection: close"));
    assert.equal(client.closed, "ended");
    assert.equal(stage.server.activeConnections, 0);
  });
});
