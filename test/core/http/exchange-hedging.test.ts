/** A second attempt while the first has not answered: when there is one, whose answer counts, and that nothing stays behind. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpRetrySettings } from "../../../src/core/server/http-settings.ts";
import { answer, HttpStage, type HttpStageOptions, parseAnswer, request } from "../../support/http-stage.ts";
import type { PlayedSocket } from "../../support/played-socket.ts";

const delayMs = 200;
/** Deadlines are coarse. */
const lateMs = 100;
const busy = "503 Service Unavailable";
const noRetry: HttpRetrySettings = {
  attempts: 0,
  on: [],
  nonIdempotent: false,
  backoffMs: 0,
  maxBackoffMs: 0,
  maxBodyBytes: 1024,
};

function hedging(more: Partial<HttpStageOptions> = {}, retry: Partial<HttpRetrySettings> = {}): Promise<HttpStage> {
  return HttpStage.open({
    endpoints: 2,
    ...more,
    upstreamHttp: { hedge: { delayMs }, retry: { ...noRetry, ...retry }, ...more.upstreamHttp },
  });
}

/** A request that the first endpoint does not answer, and a second one that has got it too. */
function bothAsked(stage: HttpStage, text = request("GET /")): Record<"client" | "first" | "second", PlayedSocket> {
  const client = stage.client(text);
  const first = stage.accept();
  stage.advance(delayMs + lateMs);
  return { client, first, second: stage.accept() };
}

/** Of each exchange: how it ended, in how many attempts, and the number of its endpoint. */
function ends(stage: HttpStage): unknown[] {
  return stage.records.map(({ outcome, attempts, endpoint }) => [
    outcome,
    attempts,
    endpoint?.kind === "tcp" ? endpoint.host.slice(-1) : "",
  ]);
}

describe("hedges, when there is one", () => {
  it("after the delay, and not before, the same request goes to another endpoint", async () => {
    await using stage = await hedging();
    stage.client(request("PUT /a", ["Content-Length: 4"], "body"));
    const first = stage.accept();
    stage.advance(delayMs - 50);
    assert.equal(stage.connecting.length, 0);
    stage.advance(50 + lateMs);
    const second = stage.accept();
    assert.equal(stage.targets, "1 2");
    assert.equal(second.received, first.received);
    assert.equal(parseAnswer(second.received).body, "body");
  });

  it("there is none unless the settings ask for it, and none for an answer that comes in time", async () => {
    await using off = await HttpStage.open({ endpoints: 2 });
    off.client(request("GET /"));
    off.accept();
    off.advance(20_000);
    assert.equal(off.connecting.length, 0);
    await using stage = await hedging();
    stage.client(request("GET /"));
    stage.accept().send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    stage.advance(10 * delayMs);
    assert.equal(stage.connecting.length, 0);
  });

  it("a POST gets none, once it may have been seen, unless the settings let it", async () => {
    for (const nonIdempotent of [false, true]) {
      await using stage = await hedging({}, { nonIdempotent });
      stage.client(request("POST /", ["Content-Length: 4"], "body"));
      stage.accept();
      stage.advance(delayMs + lateMs);
      assert.equal(stage.connecting.length, nonIdempotent ? 1 : 0);
    }
  });

  it("a body that is still coming is waited for, and its delay begins when it has come", async () => {
    await using stage = await hedging();
    const client = stage.client(request("PUT /", ["Content-Length: 8"], "half"));
    stage.accept();
    stage.advance(1000);
    assert.equal(stage.connecting.length, 0);
    client.send("full");
    stage.advance(delayMs - lateMs);
    assert.equal(stage.connecting.length, 0);
    stage.advance(3 * lateMs);
    assert.equal(parseAnswer(stage.accept().received).body, "halffull");
  });

  it("a body of which more has come than is kept is not sent a second time", async () => {
    await using stage = await hedging();
    const client = stage.client(request("PUT /", ["Content-Length: 1025"], "x".repeat(1000)));
    stage.accept();
    client.send("y".repeat(25));
    stage.advance(10 * delayMs);
    assert.equal(stage.connecting.length, 0);
  });

  it("a request to switch protocols gets none", async () => {
    await using stage = await hedging();
    stage.client(request("GET /", ["Connection: Upgrade", "Upgrade: websocket"]));
    stage.accept();
    stage.advance(10 * delayMs);
    assert.equal(stage.connecting.length, 0);
  });

  it("with one endpoint there is none", async () => {
    await using stage = await hedging({ endpoints: 1 });
    const client = stage.client(request("GET /"));
    const first = stage.accept();
    stage.advance(10 * delayMs);
    assert.equal(stage.connecting.length, 0);
    first.send(answer("ok"));
    assert.equal(parseAnswer(client.received).body, "ok");
    assert.deepEqual(ends(stage), [["ok", 1, "1"]]);
    stage.assertNothingHeld();
  });

  it("there is one for each exchange at most", async () => {
    await using stage = await hedging({ endpoints: 4 });
    const { second } = bothAsked(stage);
    second.abort();
    stage.advance(10 * delayMs);
    assert.equal(stage.targets, "1 2");
  });

  it("no more are under way than the retry budget lets, and none waits for that", async () => {
    await using stage = await hedging({ endpoints: 3, upstream: { retryBudget: { share: 0, minimum: 1 } } });
    for (const path of ["/1", "/2"]) {
      stage.client(request(`GET ${path}`));
      stage.accept();
    }
    stage.advance(delayMs + lateMs);
    assert.equal(stage.connecting.length, 1);
    stage.accept().send(answer("ok"));
    stage.advance(10 * delayMs);
    assert.equal(stage.connecting.length, 0);
    const [upstream] = stage.server.plane.upstreams;
    assert.equal(upstream?.queue.total.total, 0);
  });

  it("an endpoint that is full is not waited for", async () => {
    await using stage = await hedging({ endpoint: { maxConnections: 1 } });
    for (const path of ["/1", "/2"]) stage.client(request(`GET ${path}`));
    const [first] = [stage.accept(), stage.accept()];
    stage.advance(delayMs + lateMs);
    first.send(answer("ok"));
    stage.advance(10 * delayMs);
    assert.equal(stage.connecting.length, 0);
    assert.equal(stage.targets.split(" ").length, 2);
  });
});

describe("hedges, whose answer it is", () => {
  it("the hedge's, when it is first: the other attempt is left", async () => {
    await using stage = await hedging();
    const { client, first, second } = bothAsked(stage);
    second.send(answer("second"));
    assert.equal(parseAnswer(client.received).body, "second");
    assert.equal(first.closed, "reset");
    assert.equal(second.closed, "no");
    assert.deepEqual(ends(stage), [["ok", 2, "2"]]);
    stage.assertNothingHeld();
    // Its connection waits for the next request, and so does the client's.
    client.send(request("GET /next"));
    assert.equal(stage.records[0]?.reused, false);
    const next = stage.connecting.length === 1 ? stage.accept() : second;
    assert.match(next.received, /GET \/next/);
    next.send(answer("next"));
    assert.match(client.received, /next$/);
    stage.assertNothingHeld();
  });

  it("the first attempt's, when that is first: the hedge is left", async () => {
    await using stage = await hedging();
    const { client, first, second } = bothAsked(stage);
    first.send(answer("first"));
    assert.equal(parseAnswer(client.received).body, "first");
    assert.equal(second.closed, "reset");
    assert.deepEqual(ends(stage), [["ok", 2, "1"]]);
    stage.assertNothingHeld();
  });

  it("a loser says nothing of its endpoint, and costs its attempt nothing but time", async () => {
    await using stage = await hedging({ upstream: { retryBudget: { share: 0, minimum: 1 } } });
    const { second } = bothAsked(stage);
    second.send(answer("second"));
    assert.deepEqual(
      stage.endpoints.map(({ failures }) => failures.total),
      [0, 0],
    );
    stage.assertNothingHeld();
  });

  it("the rest of an answer comes from who has sent its head, and keeps the connection", async () => {
    await using stage = await hedging();
    const { client, second } = bothAsked(stage);
    second.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    stage.advance(1000);
    second.send("3\r\ntwo\r\n0\r\n\r\n");
    assert.match(client.received, /3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/);
    assert.equal(second.closed, "no");
    stage.assertNothingHeld();
  });

  it("of a HEAD too", async () => {
    await using stage = await hedging();
    const { client, second } = bothAsked(stage, request("HEAD /"));
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert.equal(parseAnswer(client.received).body, "");
    assert.equal(second.closed, "no");
    assert.deepEqual(ends(stage), [["ok", 2, "2"]]);
    stage.assertNothingHeld();
  });

  it("an interim answer decides nothing", async () => {
    await using stage = await hedging();
    const { client, first, second } = bothAsked(stage);
    second.send("HTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n");
    assert.equal(client.received, "");
    assert.equal(first.closed, "no");
    first.send(answer("first"));
    assert.equal(parseAnswer(client.received).body, "first");
    stage.assertNothingHeld();
  });

  it("an answer that is cut cuts the client, whatever the other attempt could have brought", async () => {
    await using stage = await hedging();
    const { client, first, second } = bothAsked(stage);
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    second.abort();
    assert.equal(first.closed, "reset");
    assert.equal(client.closed, "reset");
    assert.deepEqual(ends(stage), [["response-truncated", 2, "2"]]);
    stage.assertNothingHeld();
  });

  it("an idle connection serves a hedge at once", async () => {
    await using stage = await hedging({ upstream: { policy: "round-robin" } });
    const warm = stage.client(request("GET /warm"));
    const idle = stage.accept();
    idle.send(answer("warm"));
    const client = stage.client(request("GET /"));
    stage.accept();
    stage.advance(delayMs + lateMs);
    assert.equal(stage.connecting.length, 0);
    assert.match(idle.received, /GET \/ HTTP/);
    idle.send(answer("hot"));
    assert.equal(parseAnswer(client.received).body, "hot");
    assert.equal(stage.records[1]?.reused, true);
    assert.match(warm.received, /warm$/);
    stage.assertNothingHeld();
  });
});

describe("hedges, when an attempt fails", () => {
  it("the hedge goes on alone when the first attempt has failed, and no retry is needed", async () => {
    for (const fail of [
      (socket: PlayedSocket) => socket.abort(),
      (socket: PlayedSocket) => socket.sendEnd(),
      (socket: PlayedSocket) => socket.send("SMTP\r\n\r\n"),
      (socket: PlayedSocket) => socket.send(answer("busy", [], busy)),
    ]) {
      await using stage = await hedging({ endpoints: 3 });
      const { client, first, second } = bothAsked(stage);
      fail(first);
      assert.equal(client.received, "");
      assert.equal(stage.connecting.length, 0);
      second.send(answer("second"));
      assert.equal(parseAnswer(client.received).body, "second");
      assert.deepEqual(ends(stage), [["ok", 2, "2"]]);
      stage.assertNothingHeld();
    }
  });

  it("the first attempt goes on alone when the hedge has failed", async () => {
    for (const fail of [
      (socket: PlayedSocket) => socket.abort(),
      (socket: PlayedSocket) => socket.sendEnd(),
      (socket: PlayedSocket) => socket.send("SMTP\r\n\r\n"),
      (socket: PlayedSocket) => socket.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
      (socket: PlayedSocket) => socket.send(answer("busy", [], busy)),
    ]) {
      await using stage = await hedging({ endpoints: 3 });
      const { client, first, second } = bothAsked(stage);
      fail(second);
      assert.equal(client.received, "");
      first.send(answer("first"));
      assert.equal(parseAnswer(client.received).body, "first");
      assert.deepEqual(ends(stage), [["ok", 2, "1"]]);
      assert.deepEqual(
        stage.endpoints.map(({ failures }) => failures.total),
        [0, 1, 0],
      );
      stage.assertNothingHeld();
    }
  });

  it("the hedge's connect may fail or hang: it is given up in its time", async () => {
    for (const hangs of [false, true]) {
      await using stage = await hedging({ upstream: { connectTimeoutMs: 1000 } });
      const client = stage.client(request("GET /"));
      const first = stage.accept();
      stage.advance(delayMs + lateMs);
      assert.equal(stage.connecting.length, 1);
      if (hangs) {
        stage.advance(1000 - 2 * lateMs);
        assert.equal(stage.connecting.length, 1);
        stage.advance(3 * lateMs);
      } else {
        stage.refuse();
      }
      assert.equal(stage.connecting.length, 0);
      first.send(answer("first"));
      assert.equal(parseAnswer(client.received).body, "first");
      assert.deepEqual(ends(stage), [["ok", 2, "1"]]);
      stage.assertNothingHeld();
    }
  });

  it("a hedge that still connects goes on alone too, with what it has left of its time", async () => {
    for (const connects of [true, false]) {
      await using stage = await hedging({ upstream: { connectTimeoutMs: 1000, connectRetries: 0 } });
      const client = stage.client(request("GET /"));
      const first = stage.accept();
      stage.advance(delayMs + lateMs);
      stage.advance(500);
      first.abort();
      assert.equal(client.received, "");
      if (connects) {
        const second = stage.accept();
        assert.equal(second.received, request("GET /"));
        second.send(answer("second"));
        assert.equal(parseAnswer(client.received).body, "second");
      } else {
        stage.advance(500 + lateMs);
        assert.equal(parseAnswer(client.received).status, 504);
        assert.deepEqual(ends(stage), [["connect-timeout", 2, "2"]]);
      }
      stage.assertNothingHeld();
    }
  });

  it("when both have failed the rules of retries hold, for an endpoint that neither has tried", async () => {
    for (const order of ["first", "second"] as const) {
      await using stage = await hedging({ endpoints: 3 }, { attempts: 1, on: ["reset"] });
      const { client, ...asked } = bothAsked(stage);
      asked[order].abort();
      assert.equal(stage.connecting.length, 0);
      asked[order === "first" ? "second" : "first"].abort();
      const third = stage.accept();
      assert.equal(stage.targets, "1 2 3");
      third.send(answer("third"));
      assert.equal(parseAnswer(client.received).body, "third");
      assert.deepEqual(ends(stage), [["ok", 3, "3"]]);
      stage.assertNothingHeld();
    }
  });

  it("of two bad answers the second one is passed on, whosever it is", async () => {
    for (const order of ["first", "second"] as const) {
      await using stage = await hedging();
      const { client, ...asked } = bothAsked(stage);
      asked[order].send(answer("one", [], busy));
      assert.equal(client.received, "");
      assert.equal(asked[order].closed, "reset");
      asked[order === "first" ? "second" : "first"].send(answer("two", [], busy));
      assert.equal(parseAnswer(client.received).body, "two");
      assert.deepEqual(ends(stage), [["ok", 2, order === "first" ? "2" : "1"]]);
      stage.assertNothingHeld();
    }
  });

  it("the hedge has the whole response timeout for itself, and the client is told once", async () => {
    await using stage = await hedging({ upstreamHttp: { responseTimeoutMs: 1000 } });
    const { client, first, second } = bothAsked(stage);
    stage.advance(1000 - delayMs);
    assert.equal(first.closed, "reset");
    assert.equal(second.closed, "no");
    assert.equal(client.received, "");
    stage.advance(delayMs + 2 * lateMs);
    assert.equal(second.closed, "reset");
    assert.equal(parseAnswer(client.received).status, 504);
    assert.deepEqual(ends(stage), [["response-timeout", 2, "2"]]);
    stage.assertNothingHeld();
  });

  it("an idle connection that was gone is nobody's failure: the other attempt goes on", async () => {
    await using stage = await hedging({ upstream: { policy: "round-robin" } });
    stage.client(request("GET /warm"));
    const idle = stage.accept();
    idle.send(answer("warm"));
    stage.client(request("GET /"));
    const first = stage.accept();
    stage.advance(delayMs + lateMs);
    idle.abort();
    first.send(answer("first"));
    assert.deepEqual(ends(stage).at(-1), ["ok", 2, "2"]);
    assert.deepEqual(
      stage.endpoints.map(({ failures }) => failures.total),
      [0, 0],
    );
    stage.assertNothingHeld();
  });
});

describe("hedges, when nobody waits any more", () => {
  it("a client that goes leaves both attempts, connected or not", async () => {
    for (const connects of [true, false]) {
      await using stage = await hedging();
      const client = stage.client(request("GET /"));
      const first = stage.accept();
      stage.advance(delayMs + lateMs);
      const second = connects ? stage.accept() : undefined;
      client.abort();
      assert.equal(first.closed, "reset");
      assert.equal(second?.closed ?? "reset", "reset");
      assert.deepEqual(stage.outcomes, ["0 client-reset"]);
      stage.assertNothingHeld();
    }
  });

  it("so does an abort", async () => {
    await using stage = await hedging({ drainTimeoutMs: 1000 });
    const { client, first, second } = bothAsked(stage);
    const { result } = await stage.drain();
    stage.advance(1000 + lateMs);
    await result;
    assert.deepEqual([client.closed, first.closed, second.closed], ["reset", "reset", "reset"]);
    assert.deepEqual(ends(stage), [["drain-timeout", 2, "1"]]);
    stage.assertNothingHeld();
  });

  it("nothing of a hedge is left in the next exchange of the same objects", async () => {
    await using stage = await hedging();
    for (const winner of ["first", "second", "first", "second"] as const) {
      const { client, ...asked } = bothAsked(stage, request("GET /", ["Connection: close"]));
      asked[winner].send(answer(winner, ["Connection: close"]));
      assert.equal(parseAnswer(client.received).body, winner);
      assert.equal(asked[winner === "first" ? "second" : "first"].closed, "reset");
    }
    assert.equal(stage.records.length, 4);
    assert.ok(stage.records.every(({ attempts }) => attempts === 2));
    stage.assertNothingHeld();
  });
});
