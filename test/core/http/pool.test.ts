/** Connections to endpoints that are used again, and those that must not be. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KeepAliveSettings } from "../../../src/core/server/http-settings.ts";
import { answer, HttpStage, parseAnswer, request } from "../../support/http-stage.ts";
import type { PlayedSocket } from "../../support/played-socket.ts";

const lateMs = 100;

function pooling(keepAlive: Partial<KeepAliveSettings> = {}, endpoints = 1): Promise<HttpStage> {
  return HttpStage.open({
    endpoints,
    upstreamHttp: {
      retry: { attempts: 0, on: [], nonIdempotent: false, backoffMs: 0, maxBackoffMs: 0, maxBodyBytes: 65_536 },
      keepAlive: { idleTimeoutMs: 4000, maxIdle: 64, maxAgeMs: 3_600_000, ...keepAlive },
    },
  });
}

/** So many connections that are idle: the last one came last. */
function idle(stage: HttpStage, count: number, fields: readonly string[] = []): PlayedSocket[] {
  const clients = Array.from({ length: count }, () => stage.client(request("GET /")));
  const connections = clients.map(() => stage.accept());
  for (const connection of connections) connection.send(answer("ok", fields));
  for (const client of clients) client.sendEnd();
  for (const connection of connections) connection.next();
  return connections;
}

describe("connections to endpoints", () => {
  it("the next request takes the connection that came last, whichever client it is of", async () => {
    await using stage = await pooling();
    const [first, second] = idle(stage, 2);
    const client = stage.client(request("GET /again"));
    assert.equal(second?.next(), request("GET /again"));
    assert.equal(first?.next(), "");
    second?.send(answer("again"));
    assert.equal(parseAnswer(client.received).body, "again");
    assert.equal(stage.records.at(-1)?.reused, true);
    assert.equal(stage.records.at(-1)?.connectMs, undefined);
    assert.equal(stage.connecting.length, 0);
    stage.assertNothingHeld();
  });

  it("one that is idle for long is closed, each at its time", async () => {
    await using stage = await pooling();
    const [early, late] = idle(stage, 2);
    stage.advance(2000);
    stage.client(request("GET /"));
    late?.send(answer("ok"));
    stage.advance(1900);
    assert.equal(early?.closed, "no");
    stage.advance(100 + lateMs);
    assert.deepEqual([early?.closed, late?.closed], ["destroyed", "no"]);
    stage.advance(2000);
    assert.equal(late?.closed, "destroyed");
    assert.equal(stage.server.plane.http.pools.size, 0);
  });

  it("what an endpoint says of its own timeout holds, less a second so that no request meets its FIN", async () => {
    for (const [seconds, ms] of [
      [3, 2000],
      [60, 59_000],
    ] as const) {
      await using stage = await pooling();
      const [connection] = idle(stage, 1, [`Keep-Alive: timeout=${seconds}, max=100`]);
      stage.advance(ms - 100);
      assert.equal(connection?.closed, "no");
      stage.advance(100 + lateMs);
      assert.equal(connection?.closed, "destroyed");
    }
    await using stage = await pooling();
    const [connection] = idle(stage, 1, ["Keep-Alive: timeout=1"]);
    assert.notEqual(connection?.closed, "no", "there is no time to use it again");
  });

  it("one that may wait for less than those before it goes at its own time", async () => {
    await using stage = await pooling();
    const [patient, hasty] = [stage.client(request("GET /1")), stage.client(request("GET /2"))].map(() =>
      stage.accept(),
    );
    patient?.send(answer("ok", ["Keep-Alive: timeout=600"]));
    hasty?.send(answer("ok"));
    stage.advance(4000 + lateMs);
    assert.equal(hasty?.closed, "destroyed");
    assert.equal(patient?.closed, "no");
  });

  it("no more are kept than maxIdle, and none when the timeout is 0", async () => {
    await using stage = await pooling({ maxIdle: 2 });
    assert.deepEqual(
      idle(stage, 4).map(({ closed }) => closed),
      ["no", "no", "destroyed", "destroyed"],
    );
    await using none = await pooling({ idleTimeoutMs: 0 });
    assert.deepEqual(
      idle(none, 1, ["Keep-Alive: timeout=60"]).map(({ closed }) => closed),
      ["destroyed"],
    );
  });

  it("one that is too old is not used again", async () => {
    await using stage = await pooling({ maxAgeMs: 10_000, idleTimeoutMs: 60_000 });
    const client = stage.client(request("GET /"));
    const connection = stage.accept();
    stage.advance(9000);
    connection.send(answer("ok"));
    assert.equal(connection.closed, "no");
    client.send(request("GET /"));
    stage.advance(2000);
    connection.send(answer("ok"));
    assert.equal(connection.closed, "destroyed");
    await using second = await pooling({ maxAgeMs: 10_000, idleTimeoutMs: 60_000 });
    const [waiting] = idle(second, 1);
    second.advance(10_000 + lateMs);
    assert.equal(waiting?.closed, "destroyed", "nor does it wait until then");
  });

  it("bytes or FIN while it is idle end it", async () => {
    for (const how of ["bytes", "FIN", "RST"]) {
      await using stage = await pooling();
      const [connection] = idle(stage, 1);
      if (how === "bytes") connection?.send(answer("unasked"));
      else if (how === "FIN") connection?.sendEnd();
      else connection?.abort();
      assert.notEqual(connection?.closed, "no");
      const client = stage.client(request("GET /"));
      assert.equal(stage.connecting.length, 1, how);
      stage.accept().send(answer("asked"));
      assert.equal(parseAnswer(client.received).body, "asked");
    }
  });

  it("more than the answer came: it is not used again, and nobody gets the rest", async () => {
    for (const head of [
      answer("ok"),
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 1\r\n\r\n",
    ]) {
      await using stage = await pooling();
      const client = stage.client(request("GET /") + request("GET /2"));
      const connection = stage.accept();
      connection.send(head + answer("smuggled"));
      assert.notEqual(connection.closed, "no");
      assert.ok(!client.received.includes("smuggled"));
      stage.accept().send(answer("two"));
      assert.ok(client.received.endsWith("two"));
    }
  });

  it("nor after an answer that says so, or of HTTP/1.0", async () => {
    for (const text of [
      answer("ok", ["Connection: close"]),
      answer("ok").replace("HTTP/1.1", "HTTP/1.0"),
      "HTTP/1.1 200 OK\r\n\r\nok",
    ]) {
      await using stage = await pooling();
      stage.client(request("GET /"));
      const connection = stage.accept();
      connection.send(text);
      connection.sendEnd();
      assert.notEqual(connection.closed, "no");
      assert.equal(stage.server.plane.http.pools.size, 0);
      assert.deepEqual(stage.outcomes, ["200 ok"]);
      stage.assertNothingHeld();
    }
  });

  it("one of HTTP/1.0 that is to be kept is", async () => {
    await using stage = await pooling();
    stage.client(request("GET /"));
    const kept = stage.accept();
    kept.send(answer("ok", ["Connection: keep-alive"]).replace("HTTP/1.1", "HTTP/1.0"));
    assert.equal(stage.server.plane.http.pools.size, 1);
  });

  it("an endpoint that goes when the request comes: it is sent once more, over a new connection", async () => {
    await using stage = await pooling();
    const stale = idle(stage, 3);
    const client = stage.client(request("GET /again"));
    assert.equal(stale[2]?.next(), request("GET /again"));
    stale[2]?.abort();
    assert.equal(stale[1]?.next(), "", "not over another one that may be stale too");
    assert.equal(stage.targets, "1 1 1 1", "the same endpoint: it is not to blame");
    const fresh = stage.accept();
    assert.equal(fresh.received, request("GET /again"));
    fresh.send(answer("ok"));
    assert.equal(parseAnswer(client.received).body, "ok");
    const record = stage.records.at(-1);
    assert.deepEqual([record?.attempts, record?.reused, record?.outcome], [2, false, "ok"]);
    assert.equal(stage.endpoints[0]?.failures.total, 0);
    stage.assertNothingHeld();
  });

  it("only once, only what may happen twice, and only when nothing of an answer came", async () => {
    await using once = await pooling();
    const [stale] = idle(once, 1);
    const getter = once.client(request("GET /"));
    stale?.sendEnd();
    once.accept().abort();
    assert.equal(once.connecting.length, 0);
    assert.equal(parseAnswer(getter.received).status, 502);

    await using post = await pooling();
    const [used] = idle(post, 1);
    const poster = post.client(request("POST /", ["Content-Length: 1"], "x"));
    used?.abort();
    assert.equal(post.connecting.length, 0);
    assert.equal(parseAnswer(poster.received).status, 502);

    await using begun = await pooling();
    const [half] = idle(begun, 1);
    const reader = begun.client(request("GET /"));
    half?.send("HTTP/1.1 2");
    half?.abort();
    assert.equal(begun.connecting.length, 0);
    assert.equal(parseAnswer(reader.received).status, 502);
  });

  it("each endpoint has its own", async () => {
    await using stage = await pooling({}, 2);
    const [one, two] = idle(stage, 2);
    assert.equal(stage.targets, "1 2");
    const clients = [stage.client(request("GET /a")), stage.client(request("GET /b"))];
    assert.equal(stage.connecting.length, 0);
    assert.equal(one?.next(), request("GET /a"));
    assert.equal(two?.next(), request("GET /b"));
    assert.equal(clients.length, 2);
  });

  it("when the proxy stops, none is left open", async () => {
    const stage = await pooling();
    const connections = idle(stage, 3);
    await stage.server.stop();
    assert.deepEqual(
      connections.map(({ closed }) => closed),
      ["destroyed", "destroyed", "destroyed"],
    );
    assert.equal(stage.network.clock.pending, 0);
  });
});
