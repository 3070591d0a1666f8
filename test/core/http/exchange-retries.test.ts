/** Which requests are sent again, where to, when, and how often. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpRetrySettings, UpstreamHttpSettings } from "../../../src/core/server/http-settings.ts";
import { answer, HttpStage, type HttpStageOptions, parseAnswer, request } from "../../support/http-stage.ts";

const lateMs = 100;
const plain: HttpRetrySettings = {
  attempts: 1,
  on: ["reset"],
  nonIdempotent: false,
  backoffMs: 0,
  maxBackoffMs: 0,
  maxBodyBytes: 1024,
};

function retrying(retry: Partial<HttpRetrySettings>, more: Partial<HttpStageOptions> = {}): Promise<HttpStage> {
  const upstreamHttp: Partial<UpstreamHttpSettings> = { retry: { ...plain, ...retry } };
  return HttpStage.open({ endpoints: 3, upstreamHttp, ...more });
}

describe("connects that fail", () => {
  it("another endpoint is tried each time, for any request, with its body", async () => {
    await using stage = await retrying({ on: [] });
    const client = stage.client(request("POST /", ["Content-Length: 4"], "bo"));
    stage.refuse();
    client.send("dy");
    stage.refuse("unreachable");
    const endpoint = stage.accept();
    assert.equal(stage.targets, "1 2 3");
    assert.equal(parseAnswer(endpoint.received).body, "body");
    endpoint.send(answer("ok"));
    assert.equal(parseAnswer(client.received).body, "ok");
    assert.deepEqual(
      stage.records.map(({ attempts, outcome }) => [attempts, outcome]),
      [[3, "ok"]],
    );
    stage.assertNothingHeld();
  });

  it("no more than connectRetries times, and then the client is told of the last failure", async () => {
    await using stage = await retrying({}, { endpoints: 5, upstream: { connectRetries: 1 } });
    const client = stage.client(request("GET /"));
    stage.refuse("unreachable");
    stage.refuse("refused");
    assert.equal(parseAnswer(client.received).status, 502);
    assert.deepEqual(stage.outcomes, ["502 connect-refused"]);
    assert.equal(stage.records[0]?.attempts, 2);
    stage.assertNothingHeld();
  });

  it("never the same endpoint: with one there is no second attempt", async () => {
    await using stage = await retrying({}, { endpoints: 1 });
    const client = stage.client(request("GET /"));
    stage.refuse();
    assert.equal(stage.connecting.length, 0);
    assert.equal(parseAnswer(client.received).status, 502);
    assert.equal(client.closed, "no");
    stage.assertNothingHeld();
  });
});

describe("endpoints that end the connection without an answer", () => {
  it("an idempotent request goes to another endpoint, as often as it may", async () => {
    await using stage = await retrying({ attempts: 2 });
    const client = stage.client(request("GET /"));
    stage.accept().abort();
    stage.accept().sendEnd();
    const last = stage.accept();
    assert.equal(last.received, request("GET /"));
    last.abort();
    assert.equal(stage.targets, "1 2 3");
    assert.equal(parseAnswer(client.received).status, 502);
    assert.deepEqual(stage.outcomes, ["502 endpoint-reset"]);
    stage.assertNothingHeld();
  });

  it("a POST does not, once it was sent, unless the settings let it", async () => {
    for (const nonIdempotent of [false, true]) {
      await using stage = await retrying({ nonIdempotent });
      const client = stage.client(request("POST /", ["Content-Length: 4"], "body"));
      stage.accept().abort();
      assert.equal(stage.connecting.length, nonIdempotent ? 1 : 0);
      if (nonIdempotent) {
        const second = stage.accept();
        assert.equal(parseAnswer(second.received).body, "body");
        second.send(answer("ok"));
      }
      assert.deepEqual(stage.outcomes, [nonIdempotent ? "200 ok" : "502 endpoint-reset"]);
      assert.equal(client.closed, "no");
      stage.assertNothingHeld();
    }
  });

  it("nor does a method that nobody knows", async () => {
    await using stage = await retrying({});
    stage.client(request("BREW /"));
    stage.accept().abort();
    assert.deepEqual(stage.outcomes, ["502 endpoint-reset"]);
  });

  it("a body goes along as far as it is kept, and the rest of it behind", async () => {
    await using stage = await retrying({});
    const client = stage.client(request("PUT /", ["Transfer-Encoding: chunked"], "3\r\none\r\n"));
    stage.accept().abort();
    client.send("3\r\ntwo\r\n");
    const second = stage.accept();
    client.send("0\r\n\r\n");
    assert.equal(parseAnswer(second.received).body, "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
    second.send(answer("ok"));
    assert.deepEqual(stage.outcomes, ["200 ok"]);
    assert.equal(stage.records[0]?.bytesUp, 6);
    stage.assertNothingHeld();
  });

  it("a body of which more was sent than is kept is not sent again", async () => {
    for (const [size, again] of [
      [1024, true],
      [1025, false],
    ] as const) {
      await using stage = await retrying({});
      const client = stage.client(request("PUT /", ["Content-Length: 2000"], "x".repeat(1000)));
      const first = stage.accept();
      client.send("y".repeat(size - 1000));
      first.abort();
      assert.equal(stage.connecting.length, again ? 1 : 0);
      if (again) assert.equal(parseAnswer(stage.accept().received).body.length, size);
      else assert.equal(parseAnswer(client.received).status, 502);
    }
  });

  it("not after the answer has begun: the client is reset", async () => {
    await using stage = await retrying({ attempts: 3 });
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    endpoint.abort();
    assert.equal(stage.connecting.length, 0);
    assert.equal(client.closed, "reset");
    assert.deepEqual(stage.outcomes, ["200 response-truncated"]);
    stage.assertNothingHeld();
  });

  it("not when the settings do not name it", async () => {
    await using stage = await retrying({ on: ["timeout", 503] });
    stage.client(request("GET /"));
    stage.accept().abort();
    assert.deepEqual(stage.outcomes, ["502 endpoint-reset"]);
  });

  it("a client that goes in the meantime leaves nothing behind", async () => {
    await using stage = await retrying({ backoffMs: 1000, maxBackoffMs: 1000 });
    const client = stage.client(request("GET /"));
    stage.accept().abort();
    client.abort();
    stage.advance(2000);
    assert.equal(stage.connecting.length, 0);
    assert.deepEqual(stage.outcomes, ["0 client-reset"]);
    stage.assertNothingHeld();
  });
});

describe("retries by status and time", () => {
  it("an answer with one of the statuses is thrown away, and the last one passed on", async () => {
    await using stage = await retrying({ on: [503], attempts: 5 });
    const client = stage.client(request("GET /"));
    for (const name of ["one", "two", "three"]) {
      assert.equal(client.received, "");
      stage.accept().send(answer(name, [], "503 Service Unavailable"));
    }
    const { status, body } = parseAnswer(client.received);
    assert.deepEqual([status, body], [503, "three"], "there is no endpoint that was not tried");
    assert.equal(stage.targets, "1 2 3");
    assert.deepEqual(stage.outcomes, ["503 ok"]);
    stage.assertNothingHeld();
  });

  it("with one endpoint its answer is the answer", async () => {
    await using stage = await retrying({ on: [503] }, { endpoints: 1 });
    const client = stage.client(request("GET /"));
    stage.accept().send(answer("mine", [], "503 Service Unavailable"));
    assert.equal(parseAnswer(client.received).body, "mine");
  });

  it("other statuses are passed on, and so are those of a POST", async () => {
    await using stage = await retrying({ on: [503] });
    const get = stage.client(request("GET /"));
    stage.accept().send(answer("bad", [], "502 Bad Gateway"));
    assert.equal(parseAnswer(get.received).body, "bad");
    const post = stage.client(request("POST /"));
    stage.accept().send(answer("busy", [], "503 Service Unavailable"));
    assert.equal(parseAnswer(post.received).body, "busy");
  });

  it("an attempt has its own time while there may be another; the last one has the whole", async () => {
    await using stage = await retrying({ on: ["timeout"], attempts: 1, perTryTimeoutMs: 2000 });
    const client = stage.client(request("GET /"));
    const first = stage.accept();
    stage.advance(1900);
    assert.equal(first.closed, "no");
    stage.advance(100 + lateMs);
    assert.equal(first.closed, "reset");
    stage.accept();
    stage.advance(29_900);
    assert.equal(client.received, "");
    stage.advance(100 + lateMs);
    assert.equal(parseAnswer(client.received).status, 504);
    assert.deepEqual(stage.outcomes, ["504 response-timeout"]);
    assert.equal(stage.records[0]?.attempts, 2);
    stage.assertNothingHeld();
  });

  it("retries wait for a random part of a time that doubles, up to a bound", async () => {
    const random = { next: () => 0.5 };
    await using stage = await retrying(
      { attempts: 4, backoffMs: 1000, maxBackoffMs: 3000 },
      { endpoints: 5, random, upstream: { policy: "round-robin" } },
    );
    stage.client(request("GET /"));
    for (const waitMs of [500, 1000, 1500, 1500]) {
      stage.accept().abort();
      stage.advance(waitMs - lateMs);
      assert.equal(stage.connecting.length, 0, `not before ${waitMs} ms`);
      stage.advance(2 * lateMs);
      assert.equal(stage.connecting.length, 1, `after ${waitMs} ms`);
    }
    stage.accept().abort();
    assert.deepEqual(stage.outcomes, ["502 endpoint-reset"]);
    assert.equal(new Set(stage.targets.split(" ")).size, 5);
  });

  it("no more retries are under way than the budget lets, until they are over", async () => {
    await using stage = await retrying({}, { upstream: { retryBudget: { share: 0, minimum: 1 } } });
    const clients = [stage.client(request("GET /1")), stage.client(request("GET /2"))];
    const firsts = [stage.accept(), stage.accept()];
    for (const endpoint of firsts) endpoint.abort();
    assert.equal(stage.connecting.length, 1, "the other one waits");
    const second = stage.accept();
    assert.equal(stage.connecting.length, 0, "until this one has its answer");
    second.send(answer("one"));
    assert.equal(stage.connecting.length + Number(second.received.includes("/2")), 1, "now it is its turn");
    assert.equal(parseAnswer(clients[0]?.received ?? "").body, "one");
  });
});
