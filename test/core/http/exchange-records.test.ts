/** What is known of an exchange when it is over: its record, and the counters. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, fixedRoute, HttpStage, parseAnswer, request, under } from "../../support/http-stage.ts";
import { routeSettings } from "../../support/http-settings.ts";

describe("records of exchanges", () => {
  it("say who asked for what, who answered, how long each part took and how much was moved", async () => {
    await using stage = await HttpStage.open({ endpoints: 2 });
    const client = stage.client(
      request("POST /a?b=c", ["User-Agent: test/1", "Referer: /r", "Content-Length: 4"], "body"),
    );
    stage.advance(10);
    stage.refuse();
    stage.advance(20);
    const endpoint = stage.accept();
    stage.advance(30);
    endpoint.send("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n");
    stage.advance(40);
    endpoint.send("5\r\nhello\r\n0\r\n\r\n");
    assert.ok(client.received.includes("hello"));
    const [record] = stage.records;
    assert.ok(record !== undefined);
    const { peer, endpoint: address, requestId: _, ...rest } = record;
    assert.deepEqual(peer, client.remoteAddress);
    assert.deepEqual(address, { kind: "tcp", host: "10.0.0.2", port: 80 });
    assert.deepEqual(rest, {
      listener: "test",
      route: "all",
      upstream: "origins",
      client: "192.0.2.1",
      method: "POST",
      host: "a.test",
      target: "/a?b=c",
      protocol: "HTTP/1.1",
      userAgent: "test/1",
      referer: "/r",
      traceId: "",
      status: 201,
      outcome: "ok",
      reason: "",
      attempts: 2,
      reused: false,
      bytesUp: 4,
      bytesDown: 5,
      queueMs: undefined,
      connectMs: 20,
      firstByteMs: 60,
      durationMs: 100,
    });
    const [refusing, served] = stage.endpoints;
    assert.deepEqual([refusing?.connectFailures.total, served?.connections.total], [1, 1]);
    assert.deepEqual([refusing?.up.total, served?.up.total, served?.down.total], [0, 4, 5]);
    assert.deepEqual([stage.service.counters.up.total, stage.service.counters.down.total], [4, 5]);
  });

  it("say what is known of a request that could not be read, or that no route wanted", async () => {
    await using stage = await HttpStage.open({ routes: [routeSettings({ match: under("/known") })] });
    stage.client("GET / HTTP/1.1\r\n\r\n");
    stage.client(request("GET /unknown"));
    assert.deepEqual(
      stage.records.map(({ method, route, upstream, endpoint, status, outcome, reason, attempts }) => ({
        method,
        route,
        upstream,
        endpoint,
        status,
        outcome,
        reason,
        attempts,
      })),
      [
        {
          method: "",
          route: undefined,
          upstream: undefined,
          endpoint: undefined,
          status: 400,
          outcome: "request-malformed",
          reason: "no host",
          attempts: 0,
        },
        {
          method: "GET",
          route: undefined,
          upstream: undefined,
          endpoint: undefined,
          status: 404,
          outcome: "no-route",
          reason: "",
          attempts: 0,
        },
      ],
    );
    stage.assertNothingHeld();
  });

  it("statuses are counted for the listener and for the route, each exchange once", async () => {
    await using stage = await HttpStage.open({
      routes: [fixedRoute("own", { match: under("/own") }), routeSettings()],
    });
    const client = stage.client(request("GET /own") + request("GET /1") + request("GET /2"));
    const endpoint = stage.accept();
    endpoint.send(answer("", [], "404 Not Found"));
    endpoint.abort();
    client.send("nonsense\r\n\r\n");
    const lost = stage.client(request("GET /3"));
    lost.abort();
    // The idle connection was gone, so a new one was asked for; the client did not wait.
    assert.deepEqual(
      stage.service.answered.statuses,
      stage.records.reduce(
        (counts, { status }) => counts.with(Math.floor(status / 100), (counts[Math.floor(status / 100)] ?? 0) + 1),
        [0, 0, 0, 0, 0, 0],
      ),
    );
    const [own, forwarded] = stage.service.plans;
    assert.deepEqual(own?.answered.statuses, [0, 0, 1, 0, 0, 0]);
    assert.equal(
      forwarded?.answered.statuses.reduce((sum, count) => sum + count, 0),
      stage.records.filter(({ route }) => route === "all").length,
    );
    assert.equal(stage.service.requests.total, stage.records.length);
  });

  it("the status is what the client got, when an answer turns out to be none", async () => {
    const good = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n";
    for (const [pieces, status] of [
      [[`${good}nonsense`], 502],
      [[good, "nonsense"], 200],
    ] as const) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("GET /"));
      const endpoint = stage.accept();
      for (const piece of pieces) endpoint.send(piece);
      const { status: got, body } = parseAnswer(client.received);
      assert.equal(got, status);
      // Of an answer that has begun the beginning is there, and the reset.
      assert.equal(body === "1\r\nx\r\n", status === 200);
      assert.equal(client.closed, status === 200 ? "reset" : "no");
      assert.equal(endpoint.closed, "reset");
      assert.deepEqual(stage.outcomes, [`${status} response-malformed`]);
      assert.equal(stage.records[0]?.reason, "invalid chunk size");
      stage.assertNothingHeld();
    }
  });
});
