/** No new requests are taken: what runs ends well, what is idle ends at once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, fixedRoute, HttpStage, parseAnswer, request } from "../../support/http-stage.ts";
import type { PlayedSocket } from "../../support/played-socket.ts";

describe("drain", () => {
  it("idle connections end at once, without a word", async () => {
    await using stage = await HttpStage.open({ routes: [fixedRoute("ok")] });
    const fresh = stage.client();
    const used = stage.client(request("GET /"));
    used.next();
    const { result } = await stage.drain();
    for (const client of [fresh, used]) {
      assert.ok(client.gotEnd);
      assert.equal(client.next(), "");
      client.sendEnd();
    }
    assert.equal(await result, 0);
    assert.equal(stage.server.phase, "stopped");
  });

  it("an exchange under way ends, its client is told that the connection does, and nothing more is served", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /1"));
    const endpoint = stage.accept();
    const { result } = await stage.drain();
    assert.ok(!client.gotEnd);
    endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    assert.ok(client.received.includes("Connection: close\r\n"));
    endpoint.send("ok");
    assert.equal(parseAnswer(client.received).body, "ok");
    assert.ok(client.gotEnd);
    client.send(request("GET /2"));
    client.sendEnd();
    assert.equal(await result, 0);
    assert.deepEqual(stage.outcomes, ["200 ok"]);
    stage.assertNothingHeld();
  });

  it("one whose answer has begun before: the connection ends behind it all the same", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /1"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    const { result } = await stage.drain();
    assert.ok(!client.gotEnd);
    endpoint.send("ok");
    assert.equal(parseAnswer(client.received).body, "ok");
    assert.ok(client.gotEnd);
    client.sendEnd();
    assert.equal(await result, 0);
  });

  it("a request that has begun to come is served", async () => {
    await using stage = await HttpStage.open();
    const text = request("GET /");
    const client = stage.client(text.slice(0, 10));
    const { result } = await stage.drain();
    assert.ok(!client.gotEnd);
    client.send(text.slice(10));
    stage.accept().send(answer("ok"));
    const { fields, body } = parseAnswer(client.received);
    assert.equal(body, "ok");
    assert.ok(fields.includes("Connection: close"));
    client.sendEnd();
    assert.equal(await result, 0);
  });

  it("of pipelined requests the next is the last; own answers say so too", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /1") + request("GET /2") + request("GET /3"));
    const endpoint = stage.accept();
    endpoint.send(answer("one"));
    client.next();
    const { result } = await stage.drain();
    endpoint.send(answer("two"));
    assert.ok(client.next().includes("Connection: close"));
    client.sendEnd();
    assert.equal(await result, 0);
    assert.equal(stage.records.length, 2);

    await using refusing = await HttpStage.open();
    const lost = refusing.client(request("GET /"));
    const drained = await refusing.drain();
    refusing.refuse();
    assert.ok(parseAnswer(lost.received).fields.includes("Connection: close"));
    lost.sendEnd();
    assert.equal(await drained.result, 0);
  });

  it("what is left at the deadline is reset, on both sides, and recorded", async () => {
    const stage = await HttpStage.open({ drainTimeoutMs: 5000 });
    const waiting = stage.client(request("GET /1"));
    const first = stage.accept();
    const reading = stage.client(request("GET /2"));
    const second = stage.accept();
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    stage.client("GET / HT");
    const { result } = await stage.drain();
    stage.advance(5000);
    assert.equal(await result, 3);
    assert.deepEqual(
      [waiting.closed, reading.closed, first.closed, second.closed],
      ["reset", "reset", "reset", "reset"],
    );
    assert.deepEqual(stage.outcomes.toSorted(), ["0 drain-timeout", "200 drain-timeout"]);
    assert.equal(stage.server.activeConnections, 0);
    assert.equal(stage.network.clock.pending, 0);
    stage.assertNothingHeld();
  });

  it("preStop: readiness is gone, and all goes on for so long; then it drains", async () => {
    const stage = await HttpStage.open({ preStopMs: 5000, routes: [fixedRoute("ok")] });
    const client = stage.client(request("GET /"));
    client.next();
    const { result } = await stage.drain();
    stage.advance(4900);
    client.send(request("GET /"));
    const kept = parseAnswer(client.next());
    assert.deepEqual([kept.status, kept.fields.includes("Connection: close")], [200, false]);
    assert.equal(parseAnswer(stage.client(request("GET /")).next()).status, 200, "new clients come in");
    assert.ok(!client.gotEnd);
    stage.advance(200);
    for (let i = 0; i < 20; i++) await Promise.resolve();
    assert.ok(client.gotEnd, "its connection is idle");
    stage.advance(2000 + 100);
    assert.equal(await result, 0);
  });

  it("a stop in the time of preStop waits for nothing", async () => {
    const stage = await HttpStage.open({ preStopMs: 5000 });
    const { result } = await stage.drain();
    await stage.server.stop();
    assert.equal(await result, 0);
    assert.equal(stage.network.clock.pending, 0);
  });

  /** What a WebSocket's client has got when the deadline is over, behind `sent` of its endpoint. */
  async function cutBehind(sent: string, ends = false): Promise<PlayedSocket> {
    const stage = await HttpStage.open({ drainTimeoutMs: 1000 });
    const client = stage.client(request("GET /", ["Connection: Upgrade", "Upgrade: websocket"]));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    if (sent !== "") endpoint.send(sent);
    if (ends) endpoint.sendEnd();
    client.next();
    const { result } = await stage.drain();
    stage.advance(1000);
    await result;
    return client;
  }

  it("a WebSocket is told 1001 at the deadline, where a frame may stand", async () => {
    assert.equal((await cutBehind("")).next(), "\u0088\u0002\u0003\u00e9");
    assert.equal((await cutBehind("\u0081\u0002hi")).next(), "\u0088\u0002\u0003\u00e9");
    assert.equal((await cutBehind("\u0081\u0003hi")).next(), "", "in the middle of a frame");
    assert.equal((await cutBehind("\u0088\u0000")).next(), "", "its endpoint has said goodbye itself");
    assert.equal((await cutBehind("", true)).next(), "", "behind the FIN of its endpoint");
  });
});
