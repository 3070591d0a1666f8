/** Requests that come before the answers to those ahead of them (RFC 9112 section 9.3.2). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, fixedRoute, HttpStage, parseAnswer, request, under } from "../../support/http-stage.ts";
import { routeSettings } from "../../support/http-settings.ts";

const kib = 1024;

describe("pipelining", () => {
  it("one request at a time goes to an endpoint, and the answers come in the order of the requests", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(["/1", "/2", "/3"].map((path) => request(`GET ${path}`)).join(""));
    const endpoint = stage.accept();
    for (const name of ["1", "2", "3"]) {
      assert.equal(endpoint.next(), request(`GET /${name}`));
      assert.equal(client.next(), "");
      endpoint.send(answer(`answer ${name}`));
      assert.equal(parseAnswer(client.next()).body, `answer ${name}`);
    }
    assert.equal(stage.connecting.length, 0);
    assert.deepEqual(stage.outcomes, ["200 ok", "200 ok", "200 ok"]);
    stage.assertNothingHeld();
  });

  it("bodies go with their requests, wherever the pieces are cut", async () => {
    const text =
      request("POST /1", ["Content-Length: 5"], "first") + request("POST /2", ["Content-Length: 6"], "second");
    for (let cut = 1; cut < text.length; cut += 3) {
      await using stage = await HttpStage.open();
      const client = stage.client(text.slice(0, cut));
      client.send(text.slice(cut));
      const endpoint = stage.accept();
      assert.equal(parseAnswer(endpoint.next()).body, "first");
      endpoint.send(answer(""));
      assert.equal(parseAnswer(endpoint.next()).body, "second");
    }
  });

  it("little is read ahead", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    for (let sent = 0; sent < 1024; sent += 4) client.send(request("GET /", [], "").padEnd(4 * kib, "\r\n"));
    assert.ok(client.unreadBytes >= (1024 - 20) * kib, `${client.unreadBytes} bytes are unread`);
    endpoint.send(answer("ok"));
    assert.ok(client.received.includes("ok"));
  });

  it("little is read ahead behind a body for which the client was held back", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("PUT /", [`Content-Length: ${80 * kib}`]));
    const endpoint = stage.accept();
    endpoint.stall();
    client.send("x".repeat(80 * kib) + request("GET /").repeat(600));
    endpoint.take();
    for (let sent = 0; sent < 1024; sent += 4) client.send(request("GET /").repeat(120));
    assert.ok(client.unreadBytes >= 900 * kib, `${client.unreadBytes} bytes are unread`);
  });

  it("a client that takes no answers is asked for no more requests, and gets all answers when it does", async () => {
    await using stage = await HttpStage.open({
      routes: [fixedRoute("y".repeat(1000))],
      http: { maxRequests: 100_000 },
    });
    const client = stage.client();
    client.stall();
    for (let sent = 0; sent < 2000; sent += 20) client.send(request("GET /").repeat(20));
    assert.ok(client.mostBuffered < 70 * kib, `${client.mostBuffered} bytes wait`);
    assert.ok(stage.records.length < 100);
    assert.ok(client.unreadBytes > 10_000);
    client.take();
    assert.equal(stage.records.length, 2000);
    assert.equal(client.received.split("y".repeat(1000)).length - 1, 2000);
  });

  it("what was sent before FIN is answered to its end", async () => {
    for (const own of [false, true]) {
      await using stage = await HttpStage.open(own ? { routes: [fixedRoute("own")] } : {});
      const client = stage.client();
      client.stall();
      client.send(["/1", "/2", "/3"].map((path) => request(`GET ${path}`)).join(""));
      client.sendEnd();
      client.take();
      if (!own) {
        const endpoint = stage.accept();
        for (const name of ["1", "2", "3"]) endpoint.send(answer(`answer ${name}`));
      }
      assert.equal(stage.records.length, 3, own ? "own answers" : "forwarded ones");
      assert.equal(client.received.split("HTTP/1.1 200 OK").length - 1, 3);
      assert.equal(client.closed, "ended");
      stage.assertNothingHeld();
    }
  });

  it("FIN while the first of them is under way: the others are answered all the same", async () => {
    await using stage = await HttpStage.open({
      routes: [fixedRoute("own", { match: under("/own") }), routeSettings()],
    });
    const client = stage.client(request("GET /1") + request("GET /own") + request("GET /own") + request("GET /2"));
    const endpoint = stage.accept();
    client.sendEnd();
    endpoint.send(answer("one"));
    assert.equal(endpoint.received, request("GET /1") + request("GET /2"));
    endpoint.send(answer("two"));
    assert.equal(stage.records.length, 4);
    assert.ok(client.received.endsWith("two"));
    assert.equal(client.closed, "ended");
  });

  it("what comes behind a request that ends the connection is not served", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /1", ["Connection: close"]) + request("GET /2"));
    stage.accept().send(answer("one"));
    assert.equal(parseAnswer(client.received).body, "one");
    assert.ok(client.gotEnd);
    assert.equal(stage.records.length, 1);
    stage.assertNothingHeld();
  });

  it("a malformed request behind a good one is answered after it, and ends the connection", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(`${request("GET /1")}nonsense\r\n\r\n${request("GET /3")}`);
    const endpoint = stage.accept();
    assert.equal(client.received, "");
    endpoint.send(answer("one"));
    assert.match(client.received, /^HTTP\/1\.1 200 [^]*oneHTTP\/1\.1 400 /);
    assert.ok(client.gotEnd);
    assert.deepEqual(stage.outcomes, ["200 ok", "400 request-malformed"]);
    assert.equal(endpoint.received, request("GET /1"));
  });
});
