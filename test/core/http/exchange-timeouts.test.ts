/** Who keeps an exchange waiting for too long is told so, or cut; and nobody else is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, fixedRoute, HttpStage, parseAnswer, request } from "../../support/http-stage.ts";

const kib = 1024;
/** The wheel notices a deadline within two ticks of 50 ms. */
const lateMs = 100;

describe("timeouts of a client", () => {
  it("a client that sends nothing is let go without a word", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client();
    stage.advance(9900);
    assert.ok(!client.gotEnd);
    stage.advance(100 + lateMs);
    assert.ok(client.gotEnd);
    assert.equal(client.received, "");
    assert.deepEqual(stage.outcomes, []);
    stage.assertNothingHeld();
  });

  it("the head of the first request has its time from accept, however slowly it comes", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client("GET / HT");
    for (let i = 0; i < 9; i++) {
      stage.advance(1000);
      client.send("TP/1.1\r\nHost: a.test\r\nA: b".charAt(i));
    }
    assert.equal(client.received, "");
    stage.advance(1000 + lateMs);
    const { status, fields } = parseAnswer(client.received);
    assert.equal(status, 408);
    assert.ok(fields.includes("Connection: close"));
    assert.ok(client.gotEnd);
    assert.deepEqual(stage.outcomes, ["408 request-timeout"]);
    stage.assertNothingHeld();
  });

  it("408 has its body, although another connection's last request was a HEAD", async () => {
    await using stage = await HttpStage.open({ routes: [fixedRoute("ok")] });
    const slow = stage.client("GET / HT");
    stage.client(request("HEAD /"));
    stage.advance(10_000 + lateMs);
    const { status, fields, body } = parseAnswer(slow.received);
    assert.equal(status, 408);
    assert.ok(fields.includes(`Content-Length: ${body.length}`), slow.received);
  });

  it("that of a later one from its first byte, be the connection idle as long as it may", async () => {
    await using stage = await HttpStage.open({ routes: [fixedRoute("ok")] });
    const client = stage.client(request("GET /"));
    client.next();
    stage.advance(55_000);
    client.send("G");
    stage.advance(9900);
    assert.equal(client.next(), "");
    stage.advance(100 + lateMs);
    assert.equal(parseAnswer(client.next()).status, 408);
  });

  it("an idle connection ends without a word", async () => {
    await using stage = await HttpStage.open({ routes: [fixedRoute("ok")] });
    const client = stage.client(request("GET /"));
    client.next();
    stage.advance(59_900);
    assert.ok(!client.gotEnd);
    stage.advance(100 + lateMs);
    assert.ok(client.gotEnd);
    assert.equal(client.next(), "");
    assert.equal(stage.records.length, 1);
  });

  it("an empty line behind a body begins no request", async () => {
    await using stage = await HttpStage.open({ routes: [fixedRoute("ok")] });
    const client = stage.client(`${request("POST /", ["Content-Length: 1"], "x")}\r\n`);
    client.next();
    stage.advance(59_000);
    assert.equal(client.next(), "", "nobody waits for a head");
    client.send(request("GET /"));
    assert.equal(parseAnswer(client.next()).status, 200);
    client.send("\r\n");
    stage.advance(60_000 + lateMs);
    assert.equal(client.next(), "");
    assert.ok(client.gotEnd);
    assert.deepEqual(stage.outcomes, ["200 ok", "200 ok"]);
  });

  it("a body that stands still is given up, at both sides", async () => {
    await using stage = await HttpStage.open({ http: { minBodyRate: { bytesPerSecond: 0, graceMs: 0 } } });
    const client = stage.client(request("POST /", ["Content-Length: 10"], "a"));
    const endpoint = stage.accept();
    stage.advance(20_000);
    client.send("b");
    stage.advance(29_800);
    assert.equal(client.received, "");
    stage.advance(200 + lateMs);
    assert.equal(parseAnswer(client.received).status, 408);
    assert.equal(endpoint.closed, "reset");
    assert.deepEqual(stage.outcomes, ["408 request-timeout"]);
    stage.assertNothingHeld();
  });

  it("a body that comes too slowly is given up; one that comes just fast enough is not", async () => {
    for (const [perSecond, status] of [
      [200, 408],
      [260, 200],
    ] as const) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("POST /", [`Content-Length: ${perSecond * 120}`]));
      const endpoint = stage.accept();
      for (let second = 0; second < 120; second++) {
        stage.advance(1000);
        client.send("x".repeat(perSecond));
      }
      if (status === 200) endpoint.send(answer("ok"));
      assert.equal(parseAnswer(client.received).status, status);
    }
  });

  it("while an endpoint does not take a body, its client is not late", async () => {
    await using stage = await HttpStage.open({ upstreamHttp: { responseTimeoutMs: 300_000 } });
    const client = stage.client(request("POST /", [`Content-Length: ${200 * kib}`]));
    const endpoint = stage.accept();
    endpoint.stall();
    client.send("x".repeat(100 * kib));
    stage.advance(100_000);
    assert.equal(client.received, "");
    endpoint.take();
    // From here on it is the client's turn again.
    stage.advance(29_000);
    assert.equal(client.received, "");
    client.send("x".repeat(100 * kib));
    endpoint.send(answer("ok"));
    assert.equal(parseAnswer(client.received).status, 200);
  });

  it("while a client waits to be told to send its body, it is not late: the endpoint is", async () => {
    await using stage = await HttpStage.open();
    const fields = ["Content-Length: 4", "Expect: 100-continue"];
    const client = stage.client(request("POST /", fields));
    stage.accept();
    stage.advance(29_900);
    assert.equal(client.received, "");
    stage.advance(100 + lateMs);
    assert.equal(parseAnswer(client.received).status, 504);
    assert.deepEqual(stage.outcomes, ["504 response-timeout"]);
  });

  it("once told, it has as long as everybody", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Content-Length: 4", "Expect: 100-continue"]));
    const endpoint = stage.accept();
    stage.advance(25_000);
    endpoint.send("HTTP/1.1 100 Continue\r\n\r\n");
    assert.equal(client.next(), "HTTP/1.1 100 Continue\r\n\r\n");
    stage.advance(9000);
    assert.equal(client.next(), "");
    client.send("body");
    assert.ok(endpoint.received.endsWith("\r\n\r\nbody"));
    endpoint.send(answer("ok"));
    assert.equal(parseAnswer(client.next()).status, 200);
    client.send(request("POST /", ["Content-Length: 4", "Expect: 100-continue"]));
    endpoint.send("HTTP/1.1 100 Continue\r\n\r\n");
    client.next();
    stage.advance(10_000 + lateMs);
    assert.equal(parseAnswer(client.next()).status, 408);
  });

  it("a client that takes nothing of its answer is cut, however long its endpoint may be silent", async () => {
    await using stage = await HttpStage.open({ upstreamHttp: { readTimeoutMs: 3_600_000 } });
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    endpoint.send(`HTTP/1.1 200 OK\r\nContent-Length: ${1024 * kib}\r\n\r\n`);
    client.stall();
    for (let sent = 0; sent < 1024; sent += 64) endpoint.send("x".repeat(64 * kib));
    stage.advance(29_900);
    assert.equal(client.closed, "no");
    stage.advance(100 + lateMs);
    assert.equal(client.closed, "reset");
    assert.equal(endpoint.closed, "reset");
    assert.deepEqual(stage.outcomes, ["200 client-stalled"]);
    stage.assertNothingHeld();
  });

  it("one that takes a little now and then is not", async () => {
    await using stage = await HttpStage.open({ upstreamHttp: { readTimeoutMs: 40_000 } });
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    client.stall();
    endpoint.send(`HTTP/1.1 200 OK\r\nContent-Length: ${70 * kib}\r\n\r\n`);
    endpoint.send("x".repeat(69 * kib));
    for (let i = 0; i < 20; i++) {
      client.take(kib);
      stage.advance(25_000);
    }
    assert.equal(client.closed, "no");
    client.take();
    endpoint.send("x".repeat(kib));
    assert.deepEqual(stage.outcomes, ["200 ok"]);
  });

  for (const [name, fields] of [
    ["the connection ends after it", ["Connection: close"]],
    ["it does not", []],
  ] as const) {
    it(`a client that is slow to take the end of its answer gets all of it: ${name}`, async () => {
      await using stage = await HttpStage.open();
      const client = stage.client(request("GET /", fields));
      client.stall();
      stage.accept().send(answer("x".repeat(60 * kib)));
      assert.equal(stage.records.length, 1, "the endpoint is done with it");
      for (let i = 0; i < 60; i++) {
        stage.advance(20_000);
        client.take(kib);
      }
      client.take();
      assert.equal(parseAnswer(client.received).body.length, 60 * kib);
      stage.advance(120_000 + lateMs);
      assert.ok(client.gotEnd);
      assert.notEqual(client.closed, "no");
    });

    it(`one that takes nothing of it is reset: ${name}`, async () => {
      await using stage = await HttpStage.open();
      const client = stage.client(request("GET /", fields));
      client.stall();
      stage.accept().send(answer("x".repeat(60 * kib)));
      stage.advance(160_000);
      assert.equal(client.closed, "reset", "what it got is not whole");
      assert.equal(stage.server.activeConnections, 0);
    });
  }
});

describe("timeouts of an endpoint", () => {
  it("one that does not answer is given up with 504, from the end of the request", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Content-Length: 5000"], "x".repeat(2500)));
    const endpoint = stage.accept();
    stage.advance(9000);
    client.send("x".repeat(2500));
    stage.advance(29_900);
    assert.equal(client.received, "");
    stage.advance(100 + lateMs);
    assert.equal(parseAnswer(client.received).status, 504);
    assert.equal(endpoint.closed, "reset");
    assert.deepEqual(stage.outcomes, ["504 response-timeout"]);
    assert.equal(client.closed, "no", "the client may go on");
    stage.assertNothingHeld();
  });

  it("one that does not take the request's body likewise", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", [`Content-Length: ${200 * kib}`]));
    stage.accept().stall();
    client.send("x".repeat(100 * kib));
    stage.advance(30_000 + 2 * lateMs);
    assert.equal(parseAnswer(client.received).status, 504);
    assert.deepEqual(stage.outcomes, ["504 response-timeout"]);
  });

  it("the route's own timeout takes the place of the upstream's", async () => {
    const { routeSettings } = await import("../../support/http-settings.ts");
    await using stage = await HttpStage.open({ routes: [routeSettings({ responseTimeoutMs: 1000 })] });
    const client = stage.client(request("GET /"));
    stage.accept();
    stage.advance(1000 + lateMs);
    assert.equal(parseAnswer(client.received).status, 504);
  });

  it("one that stops in the middle of an answer: the client is reset, and can see that it is not whole", async () => {
    for (const framing of ["Content-Length: 10", "Transfer-Encoding: chunked", "Connection: close"]) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("GET /"));
      const endpoint = stage.accept();
      endpoint.send(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
      endpoint.send(framing.startsWith("T") ? "1\r\nx\r\n" : "x");
      stage.advance(59_900);
      assert.equal(client.closed, "no");
      stage.advance(100 + lateMs);
      assert.equal(client.closed, "reset");
      assert.ok(!client.gotEnd);
      assert.ok(!client.received.endsWith("0\r\n\r\n"));
      assert.equal(endpoint.closed, "reset");
      assert.deepEqual(stage.outcomes, ["200 response-stalled"]);
      stage.assertNothingHeld();
    }
  });

  it("one that sends a little now and then is not given up", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    for (let i = 0; i < 10; i++) {
      stage.advance(55_000);
      endpoint.send("x");
    }
    assert.equal(parseAnswer(client.received).body, "x".repeat(10));
  });

  it("one that waits for a slow client is not: the client has as long as it takes", async () => {
    await using stage = await HttpStage.open({ upstreamHttp: { readTimeoutMs: 5000 } });
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    client.stall();
    endpoint.send(`HTTP/1.1 200 OK\r\nContent-Length: ${200 * kib}\r\n\r\n`);
    endpoint.send("x".repeat(100 * kib));
    endpoint.send("x".repeat(100 * kib));
    for (let i = 0; i < 5; i++) {
      stage.advance(20_000);
      assert.equal(client.closed, "no");
      client.take(kib);
    }
    client.take();
    assert.deepEqual(stage.outcomes, ["200 ok"]);
  });

  it("a connect that takes too long is 504; the client of a POST too gets another endpoint", async () => {
    await using stage = await HttpStage.open({ endpoints: 2 });
    const client = stage.client(request("POST /", ["Content-Length: 1"], "x"));
    stage.advance(2900);
    assert.equal(stage.targets, "1");
    stage.advance(100 + lateMs);
    assert.equal(stage.targets, "1 2");
    stage.advance(3000 + lateMs);
    assert.equal(parseAnswer(client.received).status, 504);
    assert.deepEqual(stage.outcomes, ["504 connect-timeout"]);
    assert.equal(stage.records[0]?.attempts, 2);
    stage.assertNothingHeld();
  });

  it("who waits in the queue for too long gets 503, and its record says how long that was", async () => {
    await using stage = await HttpStage.open({ endpoint: { maxConnections: 1 } });
    stage.client(request("GET /1"));
    const endpoint = stage.accept();
    const client = stage.client(request("GET /2"));
    stage.advance(4900);
    assert.equal(client.received, "");
    stage.advance(100 + lateMs);
    assert.equal(parseAnswer(client.received).status, 503);
    assert.deepEqual(stage.outcomes, ["503 queue-timeout"]);
    assert.ok((stage.records[0]?.queueMs ?? 0) >= 5000);
    assert.equal(stage.records[0]?.attempts, 0);
    endpoint.send(answer("one"));
    stage.assertNothingHeld();
  });

  it("who waits and is served goes on over the connection that became free", async () => {
    await using stage = await HttpStage.open({ endpoint: { maxConnections: 1 } });
    const first = stage.client(request("GET /1"));
    const endpoint = stage.accept();
    const second = stage.client(request("GET /2"));
    stage.advance(1000);
    endpoint.send(answer("one"));
    assert.equal(parseAnswer(first.received).body, "one");
    endpoint.send(answer("two"));
    assert.equal(parseAnswer(second.received).body, "two");
    assert.deepEqual(
      stage.records.map(({ queueMs, reused }) => [queueMs, reused]),
      [
        [undefined, false],
        [1000, true],
      ],
    );
    stage.assertNothingHeld();
  });
});
