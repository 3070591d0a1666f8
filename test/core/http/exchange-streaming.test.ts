/** Both directions of an exchange are passed on as they come, at the pace of who takes them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, HttpStage, parseAnswer, request, unchunk } from "../../support/http-stage.ts";

const kib = 1024;

describe("streaming", () => {
  it("a request goes to the endpoint, and its answer back, in one write each", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /a?b", ["Content-Length: 4"], "body"));
    const endpoint = stage.accept();
    assert.equal(endpoint.received, request("POST /a?b", ["Content-Length: 4"], "body"));
    endpoint.send(answer("hello", ["X-One: 1"]));
    const { status, fields, body } = parseAnswer(client.received);
    assert.equal(status, 200);
    assert.ok(fields.includes("X-One: 1"));
    assert.equal(body, "hello");
    assert.deepEqual(stage.outcomes, ["200 ok"]);
    assert.equal(client.closed, "no");
    stage.assertNothingHeld();
  });

  it("the first byte of a request's body leaves before the last has come", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Content-Length: 6"], "a"));
    const endpoint = stage.accept();
    assert.equal(parseAnswer(endpoint.next()).body, "a");
    client.send("bc");
    assert.equal(endpoint.next(), "bc");
    client.send("def");
    assert.equal(endpoint.next(), "def");
    assert.equal(stage.records.length, 0);
  });

  it("chunks of a request are framed anew, each when it comes", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Transfer-Encoding: chunked"], "003;a=b\r\nabc\r"));
    const endpoint = stage.accept();
    assert.equal(parseAnswer(endpoint.next()).body, "3\r\nabc\r\n");
    client.send("\n1\r\nd\r\n");
    assert.equal(endpoint.next(), "1\r\nd\r\n");
    client.send("00\r\nDropped: 1\r\n\r\n");
    assert.equal(endpoint.next(), "0\r\n\r\n");
  });

  it("what comes while the proxy connects is sent when it has, once and in order", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Transfer-Encoding: chunked"]));
    client.send("1\r\na\r\n");
    client.send("1\r\nb\r\n0\r\n\r\n");
    const endpoint = stage.accept();
    assert.equal(parseAnswer(endpoint.received).body, "1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
  });

  it("an event of a stream reaches the client at once, whatever the framing", async () => {
    for (const framing of ["Transfer-Encoding: chunked", "Content-Length: 1000", "Connection: close"]) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("GET /events"));
      const endpoint = stage.accept();
      endpoint.send(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${framing}\r\n\r\n`);
      assert.ok(client.next().endsWith("\r\n\r\n"), "the head comes alone");
      for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
        const chunk = `${event.length.toString(16)}\r\n${event}\r\n`;
        endpoint.send(framing.startsWith("Transfer") ? chunk : event);
        assert.equal(client.next(), framing.startsWith("Content") ? event : chunk);
      }
    }
  });

  it("a client that does not take its answer holds the endpoint back, and loses nothing", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    client.stall();
    endpoint.send(`HTTP/1.1 200 OK\r\nContent-Length: ${1024 * kib}\r\n\r\n`);
    for (let sent = 0; sent < 1024; sent += 16) endpoint.send("x".repeat(16 * kib));
    assert.ok(client.mostBuffered <= (64 + 16 + 1) * kib, `${client.mostBuffered} bytes wait`);
    assert.ok(endpoint.unreadBytes > 900 * kib);
    client.take();
    assert.equal(parseAnswer(client.received).body.length, 1024 * kib);
    assert.deepEqual(stage.outcomes, ["200 ok"]);
  });

  it("an endpoint that does not take a request holds its client back, and loses nothing", async () => {
    for (const [framing, frame] of [
      ["Transfer-Encoding: chunked", (data: string) => `${data.length.toString(16)}\r\n${data}\r\n`],
      [`Content-Length: ${1024 * kib}`, (data: string) => data],
    ] as const) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("PUT /", [framing]));
      const endpoint = stage.accept();
      endpoint.stall();
      for (let sent = 0; sent < 1024; sent += 16) client.send(frame("x".repeat(16 * kib)));
      if (framing.startsWith("T")) client.send("0\r\n\r\n");
      assert.ok(endpoint.mostBuffered <= (64 + 16 + 1) * kib, `${endpoint.mostBuffered} bytes wait`);
      assert.ok(client.unreadBytes > 900 * kib);
      endpoint.take();
      assert.equal(endpoint.received.replaceAll(/[^x]/g, "").length, 1024 * kib);
      endpoint.send(answer("ok"));
      assert.equal(parseAnswer(client.received).body, "ok");
      assert.equal(stage.records[0]?.bytesUp, 1024 * kib);
    }
  });

  it("of a body that has no endpoint yet, no more is read than may be sent again", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("PUT /", [`Content-Length: ${1024 * kib}`]));
    for (let sent = 0; sent < 1024; sent += 16) client.send("x".repeat(16 * kib));
    assert.ok(client.unreadBytes >= (1024 - 64 - 16) * kib, `${client.unreadBytes} bytes are unread`);
    const endpoint = stage.accept();
    assert.equal(parseAnswer(endpoint.received).body.length, 1024 * kib);
    assert.equal(client.unreadBytes, 0);
  });

  it("the same of a body that was sent ahead of its turn", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /1"));
    const endpoint = stage.accept();
    // More than is read ahead, and more than is kept of a body without an endpoint.
    client.send(request("PUT /2", [`Content-Length: ${1024 * kib}`]) + "x".repeat(80 * kib));
    for (let sent = 80; sent < 1024; sent += 16) client.send("x".repeat(16 * kib));
    endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    assert.equal(stage.connecting.length, 1);
    assert.ok(client.unreadBytes >= (1024 - 80 - 32) * kib, `${client.unreadBytes} bytes are unread`);
    const second = stage.accept();
    assert.equal(parseAnswer(second.received).body.length, 1024 * kib);
  });

  it("an answer may begin before its request has ended, and the rest of the request goes on", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Transfer-Encoding: chunked"], "1\r\na\r\n"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n");
    assert.ok(client.next().endsWith("1\r\nA\r\n"));
    endpoint.next();
    client.send("1\r\nb\r\n0\r\n\r\n");
    assert.equal(endpoint.next(), "1\r\nb\r\n0\r\n\r\n");
    endpoint.send("1\r\nB\r\n0\r\n\r\n");
    assert.equal(client.next(), "1\r\nB\r\n0\r\n\r\n");
    assert.deepEqual(stage.outcomes, ["200 ok"]);
    stage.assertNothingHeld();
  });

  it("an answer that is over before its request ends the connections of both, after the client has it", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Content-Length: 1000000"], "begin"));
    const endpoint = stage.accept();
    endpoint.send(answer("too much", [], "413 Content Too Large"));
    const { status, fields, body } = parseAnswer(client.received);
    assert.deepEqual([status, body], [413, "too much"]);
    assert.ok(fields.includes("Connection: close"));
    assert.notEqual(endpoint.closed, "no", "the endpoint's connection is not used again");
    assert.equal(client.closed, "no", "RST could take the answer away");
    assert.ok(client.gotEnd);
    client.send("x".repeat(1000));
    client.sendEnd();
    assert.equal(client.closed, "ended");
    assert.deepEqual(stage.outcomes, ["413 ok"]);
    stage.assertNothingHeld();
  });

  it("an early answer to a body that waits for its endpoint leaves the client's connection readable", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /1", [`Content-Length: ${100 * kib}`]));
    const endpoint = stage.accept();
    endpoint.stall();
    client.send("x".repeat(100 * kib));
    endpoint.send(answer("no"));
    assert.equal(parseAnswer(client.next()).body, "no");
    client.send(request("GET /2"));
    assert.notEqual(endpoint.closed, "no", "it has not taken what it was sent");
    stage.accept().send(answer("two"));
    assert.equal(parseAnswer(client.next()).body, "two");
    assert.deepEqual(stage.outcomes, ["200 ok", "200 ok"]);
    stage.assertNothingHeld();
  });

  it("an answer of a thousand pieces in any split is the same answer", async () => {
    const body = "0123456789".repeat(30);
    const whole = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12c\r\n${body}\r\n0\r\n\r\n`;
    for (const size of [1, 2, 3, 7, 50]) {
      await using stage = await HttpStage.open();
      const client = stage.client();
      const text = request("POST /", ["Content-Length: 300"], body);
      for (let at = 0; at < text.length; at += size) client.send(text.slice(at, at + size));
      const endpoint = stage.accept();
      assert.equal(endpoint.received, text);
      for (let at = 0; at < whole.length; at += size) endpoint.send(whole.slice(at, at + size));
      assert.equal(unchunk(parseAnswer(client.received).body), body);
      assert.equal(stage.records[0]?.bytesDown, 300);
    }
  });
});
