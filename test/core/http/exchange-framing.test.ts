/** How an answer's end is told: to clients and from endpoints of both versions, with and without a body. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, HttpStage, parseAnswer, request, unchunk } from "../../support/http-stage.ts";

const old = "GET / HTTP/1.0\r\nHost: a.test\r\n\r\n";
const oldKept = "GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n";
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

describe("interim answers", () => {
  it("100 and 103 reach the client, and the body goes on when it is asked for", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Content-Length: 4", "Expect: 100-continue"]));
    const endpoint = stage.accept();
    assert.ok(endpoint.received.includes("Expect: 100-continue\r\n"));
    endpoint.send("HTTP/1.1 100 Continue\r\n\r\n");
    assert.equal(client.next(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    endpoint.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    assert.equal(client.next(), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    endpoint.send(`HTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n${answer("ok")}`);
    const [hints = "", last = ""] = client.next().split(/(?=HTTP\/1\.1 200)/);
    assert.ok(hints.includes("</b>"));
    assert.equal(parseAnswer(last).body, "ok");
    assert.ok(endpoint.received.endsWith("body"));
    assert.deepEqual(stage.outcomes, ["200 ok"]);
    client.send(request("GET /next"));
    assert.ok(endpoint.received.endsWith(request("GET /next")), "both connections go on");
  });

  it("an answer instead of 100 ends both connections: the body may follow or not", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("POST /", ["Content-Length: 4", "Expect: 100-continue"]));
    const endpoint = stage.accept();
    endpoint.send(answer("no", [], "417 Expectation Failed"));
    const { status, fields } = parseAnswer(client.received);
    assert.equal(status, 417);
    assert.ok(fields.includes("Connection: close"));
    assert.notEqual(endpoint.closed, "no");
    assert.ok(client.gotEnd);
    stage.assertNothingHeld();
  });

  it("our own answer likewise", async () => {
    await using stage = await HttpStage.open({ http: { maxBodyBytes: 3 } });
    const client = stage.client(request("POST /", ["Content-Length: 4", "Expect: 100-continue"]));
    const { status, fields } = parseAnswer(client.received);
    assert.equal(status, 413);
    assert.ok(fields.includes("Connection: close"));
    assert.ok(client.gotEnd);
  });

  it("a client of HTTP/1.0 gets none", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(old);
    stage.accept().send(`HTTP/1.1 103 Early Hints\r\n\r\n${answer("ok")}`);
    assert.equal(parseAnswer(client.received).status, 200);
  });
});

describe("answers without a body", () => {
  it("to HEAD, with the length that a body would have", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("HEAD /") + request("GET /"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
    const { fields, body } = parseAnswer(client.next());
    assert.ok(fields.includes("Content-Length: 500"));
    assert.equal(body, "");
    endpoint.send(answer("ok"));
    assert.equal(parseAnswer(client.next()).body, "ok");
  });

  it("204 and 304, and HEAD that says that it would be chunked", async () => {
    for (const [method, head] of [
      ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
      ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: x\r\n\r\n"],
      ["HEAD", chunked],
      ["HEAD", "HTTP/1.1 200 OK\r\n\r\n"],
    ] as const) {
      await using stage = await HttpStage.open();
      const client = stage.client(request(`${method} /`) + request("GET /2"));
      const endpoint = stage.accept();
      endpoint.send(head);
      assert.equal(parseAnswer(client.next()).body, "");
      assert.equal(stage.records.length, 1);
      endpoint.send(answer("two"));
      assert.equal(parseAnswer(client.next()).body, "two");
      assert.equal(stage.connecting.length, 0);
    }
  });

  it("our own to HEAD has none either", async () => {
    await using stage = await HttpStage.open({ routes: [] });
    const client = stage.client(request("HEAD /"));
    const { status, fields, body } = parseAnswer(client.received);
    assert.deepEqual([status, body], [404, ""]);
    assert.ok(fields.some((field) => /^Content-Length: [1-9]/.test(field)));
    assert.equal(client.closed, "no");
  });
});

describe("HTTP/1.0", () => {
  it("an answer of unknown length ends with the connection; its client's bytes are the body", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(oldKept);
    const endpoint = stage.accept();
    assert.ok(endpoint.received.startsWith("GET / HTTP/1.1\r\nHost: a.test\r\n"));
    endpoint.send(`${chunked}3\r\nabc\r\n`);
    endpoint.send("3\r\ndef\r\n0\r\n\r\n");
    const { fields, body } = parseAnswer(client.received);
    assert.equal(body, "abcdef");
    assert.ok(fields.includes("Connection: close"));
    assert.ok(!fields.some((field) => field.startsWith("Transfer-Encoding")));
    assert.ok(client.gotEnd);
    assert.deepEqual(stage.outcomes, ["200 ok"]);
    stage.assertNothingHeld();
  });

  it("one of known length lets the connection go on, if it is asked to", async () => {
    for (const [text, goesOn] of [
      [oldKept, true],
      [old, false],
    ] as const) {
      await using stage = await HttpStage.open();
      const client = stage.client(text);
      stage.accept().send(answer("ok"));
      const { fields, body } = parseAnswer(client.received);
      assert.equal(body, "ok");
      assert.ok(fields.includes(goesOn ? "Connection: keep-alive" : "Connection: close"));
      assert.equal(client.gotEnd, !goesOn);
    }
  });

  it("an answer that its endpoint does not finish does not end with FIN", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(old);
    const endpoint = stage.accept();
    endpoint.send(`${chunked}3\r\nabc\r\n`);
    endpoint.sendEnd();
    assert.equal(client.closed, "reset");
    assert.ok(!client.gotEnd);
    assert.deepEqual(stage.outcomes, ["200 response-truncated"]);
  });

  it("an endpoint's answer that ends with its connection has chunks for a client of HTTP/1.1, which goes on", async () => {
    for (const version of ["1.0", "1.1"]) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("GET /"));
      const endpoint = stage.accept();
      endpoint.send(`HTTP/${version} 200 OK\r\n\r\nabc`);
      endpoint.send("def");
      endpoint.sendEnd();
      const { fields, body } = parseAnswer(client.received);
      assert.ok(fields.includes("Transfer-Encoding: chunked"));
      assert.equal(unchunk(body), "abcdef");
      assert.equal(client.gotEnd, false);
      assert.notEqual(endpoint.closed, "no");
      client.send(request("GET /"));
      assert.equal(stage.connecting.length, 1);
    }
  });

  it("one that is reset instead is not whole", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.0 200 OK\r\n\r\nabc");
    endpoint.abort();
    assert.equal(client.closed, "reset");
    assert.ok(!client.received.endsWith("0\r\n\r\n"));
    assert.deepEqual(stage.outcomes, ["200 response-truncated"]);
  });
});

describe("answers that are none", () => {
  it("before their head is whole: 502, and the endpoint is cut", async () => {
    for (const text of [
      "nonsense\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ]) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("GET /"));
      const endpoint = stage.accept();
      endpoint.send(text);
      assert.equal(parseAnswer(client.received).status, 502);
      assert.ok(!client.received.includes(stage.records[0]?.reason ?? "?"), "the reason is for the log alone");
      assert.equal(endpoint.closed, "reset");
      assert.deepEqual(stage.outcomes, ["502 response-malformed"]);
      assert.equal(client.closed, "no");
      assert.equal(stage.endpoints[0]?.failures.total, 1);
      stage.assertNothingHeld();
    }
  });

  it("in their body: the client is reset, and gets no last chunk", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /"));
    const endpoint = stage.accept();
    endpoint.send(`${chunked}3\r\nabc\r\n`);
    endpoint.send("zz\r\n");
    assert.equal(client.closed, "reset");
    assert.equal(endpoint.closed, "reset");
    assert.ok(client.received.endsWith("3\r\nabc\r\n"));
    assert.deepEqual(stage.outcomes, ["200 response-malformed"]);
    stage.assertNothingHeld();
  });
});
