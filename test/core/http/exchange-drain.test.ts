/** No new requests are taken: what runs ends well, what is idle ends at once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, fixedRoute, HttpStage, parseAnswer, request } from "../../support/http-stage.ts";

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
});
