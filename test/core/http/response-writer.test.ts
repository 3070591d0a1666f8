import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldsOf, forwardResponse, http, responseHead, route } from "./http-fixtures.ts";

const date = "Date: Sun, 01 Nov 2026 02:03:04 GMT";
const theirDate = "date: Sat, 01 Jan 2000 00:00:00 GMT";

describe("the head that goes to a client", () => {
  it("is the endpoint's, framed for the client", () => {
    const head = responseHead([
      "HTTP/1.0 200 All  is well",
      "Server: x",
      "Set-Cookie: a=1",
      "Content-Length: 013",
      "set-cookie: b=2",
      theirDate,
    ]);
    assert.equal(
      forwardResponse(head),
      `HTTP/1.1 200 All  is well\r\nServer: x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n${theirDate}\r\nContent-Length: 13\r\n\r\n`,
    );
  });

  it("has a date and a status line as it should be", () => {
    assert.equal(
      forwardResponse(responseHead(["HTTP/1.1 599", "Content-Length: 0"])),
      `HTTP/1.1 599 \r\nContent-Length: 0\r\n${date}\r\n\r\n`,
    );
  });

  it("has nothing hop-by-hop", () => {
    const lines = [
      "HTTP/1.1 200 OK",
      "Connection: X-Hop, Keep-Alive, Set-Cookie",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "Proxy-Authenticate: Basic",
      "X-Hop: 1",
      "Upgrade: h2c",
      "Trailer: x-checksum",
      "Transfer-Encoding: chunked",
      "Set-Cookie: stays=1",
      theirDate,
    ];
    assert.deepEqual(fieldsOf(forwardResponse(responseHead(lines))), [
      "Set-Cookie: stays=1",
      theirDate,
      "Transfer-Encoding: chunked",
    ]);
    const trailers = { ...http, trailers: ["x-checksum"] };
    assert.deepEqual(fieldsOf(forwardResponse(responseHead(lines), {}, {}, trailers)), [
      "Trailer: x-checksum",
      "Set-Cookie: stays=1",
      theirDate,
      "Transfer-Encoding: chunked",
    ]);
  });

  it("says whether the connection goes on", () => {
    const head = () => responseHead(["HTTP/1.1 200 OK", theirDate, "Transfer-Encoding: chunked"]);
    assert.deepEqual(fieldsOf(forwardResponse(head(), { close: true, minorVersion: 0, body: "close" })), [
      theirDate,
      "Connection: close",
    ]);
    assert.deepEqual(fieldsOf(forwardResponse(head(), { close: true })), [
      theirDate,
      "Connection: close",
      "Transfer-Encoding: chunked",
    ]);
    assert.deepEqual(fieldsOf(forwardResponse(head(), { minorVersion: 0, body: "length", contentLength: 3 })), [
      theirDate,
      "Connection: keep-alive",
      "Content-Length: 3",
    ]);
  });

  it("has the length of a body that does not follow, where one may be", () => {
    const length = "Content-Length: 42";
    assert.deepEqual(fieldsOf(forwardResponse(responseHead(["HTTP/1.1 200 OK", length], true))), [length, date]);
    assert.deepEqual(fieldsOf(forwardResponse(responseHead(["HTTP/1.1 304 Not Modified", length]))), [length, date]);
    assert.deepEqual(fieldsOf(forwardResponse(responseHead(["HTTP/1.1 304 Not Modified"]))), [date]);
    assert.deepEqual(fieldsOf(forwardResponse(responseHead(["HTTP/1.1 204 No Content"]))), [date]);
    const chunked = responseHead(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], true);
    assert.deepEqual(fieldsOf(forwardResponse(chunked)), [date]);
  });

  it("has no length of a body that is framed otherwise", () => {
    const head = () => responseHead(["HTTP/1.1 200 OK", theirDate, "Content-Length: 42"]);
    assert.deepEqual(fieldsOf(forwardResponse(head(), { body: "chunked" })), [theirDate, "Transfer-Encoding: chunked"]);
    assert.deepEqual(fieldsOf(forwardResponse(head(), { body: "close", close: true })), [
      theirDate,
      "Connection: close",
    ]);
  });

  it("passes interim answers on without more", () => {
    const rules = { responseHeaders: { remove: ["link"], set: [], add: [{ name: "x", value: "y" }] } };
    const early = responseHead(["HTTP/1.1 103 Early Hints", "Link: </a.css>", "Connection: x-hop", "X-Hop: 1"]);
    assert.equal(forwardResponse(early, { close: true }, rules), "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
    assert.equal(forwardResponse(responseHead(["HTTP/1.1 100 Continue"])), "HTTP/1.1 100 Continue\r\n\r\n");
  });

  it("switches protocols", () => {
    const head = responseHead([
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: WebSocket",
      "Connection: Upgrade",
      "A: b",
    ]);
    assert.deepEqual(fieldsOf(forwardResponse(head, { upgrade: "WebSocket" })), [
      "A: b",
      "Connection: upgrade",
      "Upgrade: WebSocket",
      date,
    ]);
  });

  it("follows the rules of its route", () => {
    const responseHeaders = {
      remove: ["server", "x_debug", "date"],
      set: [{ name: "x-served-by", value: "{upstream}/{request.id}/{header:Server}" }],
      add: [
        { name: "vary", value: "accept" },
        { name: "content-length", value: "0" },
        { name: "connection", value: "x" },
      ],
    };
    const lines = [
      "HTTP/1.1 200 OK",
      "Server: nginx",
      "X-Debug: 1",
      "Vary: origin",
      "X-Served-By: me",
      "Content-Length: 5",
    ];
    assert.deepEqual(fieldsOf(forwardResponse(responseHead(lines), {}, { ...route, responseHeaders })), [
      "X-Debug: 1",
      "Vary: origin",
      "Content-Length: 5",
      "x-served-by: api-v1/the-id/nginx",
      "vary: accept",
    ]);
  });
});
