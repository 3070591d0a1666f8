/** What an exchange leaves behind is nothing that the next one meets, although both may be made of the same objects. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { routeSettings } from "../../support/http-settings.ts";
import { answer, fixedRoute, HttpStage, request, under } from "../../support/http-stage.ts";
import type { PlayedSocket } from "../../support/played-socket.ts";

const chunked = "Transfer-Encoding: chunked";
const retry = {
  attempts: 2,
  on: ["reset" as const],
  nonIdempotent: false,
  backoffMs: 0,
  maxBackoffMs: 0,
  maxBodyBytes: 8,
};

function open(): Promise<HttpStage> {
  return HttpStage.open({
    endpoints: 3,
    upstreamHttp: { retry, keepAlive: { idleTimeoutMs: 0, maxIdle: 0, maxAgeMs: 60_000 } },
    upstream: { policy: "round-robin" },
    http: { maxBodyBytes: 64 },
    routes: [
      fixedRoute("own", { match: under("/own") }),
      routeSettings({ match: under("/to"), upgrades: ["websocket"] }),
    ],
  });
}

/** Ends of exchanges, each of which leaves something that the next must not find. */
const ends: Readonly<Record<string, (stage: HttpStage) => void>> = {
  "a body that is dropped": (stage) => {
    stage.client(request("POST /own", ["Content-Length: 4"])).send("drop");
  },
  "a body that is no body": (stage) => {
    stage.client(request("POST /to", [chunked], "not chunked"));
  },
  "a body that is too large": (stage) => {
    const client = stage.client(request("POST /to", [chunked], "40\r\n"));
    client.send(`${"x".repeat(64)}\r\n1\r\nx`);
    if (stage.connecting.length > 0) stage.accept();
  },
  "an answer that is no answer": (stage) => {
    stage.client(request("GET /to"));
    stage.accept().send("HTTP/9.9 what\r\n\r\n");
  },
  "an answer that is cut": (stage) => {
    stage.client(request("GET /to"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    endpoint.sendEnd();
  },
  "an answer in chunks with a length of none": (stage) => {
    stage.client(request("HEAD /to"));
    stage.accept().send(`HTTP/1.1 200 OK\r\n${chunked}\r\n\r\n`);
  },
  "all attempts": (stage) => {
    stage.client(request("GET /to"));
    stage.refuse();
    stage.refuse();
    stage.refuse();
  },
  "attempts that were reset": (stage) => {
    stage.client(request("GET /to"));
    stage.accept().abort();
    stage.accept().abort();
    stage.accept().abort();
  },
  "a client that is gone": (stage) => {
    const client = stage.client(request("POST /to", ["Content-Length: 10"], "x"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 100 Continue\r\n\r\n");
    client.abort();
  },
  "a client that does not take its answer": (stage) => {
    const client = stage.client(request("GET /to"));
    client.stall();
    stage.accept().send(answer("x".repeat(200_000)));
    client.abort();
  },
  "a request that is kept, and asked for with 100": (stage) => {
    stage.client(request("POST /to", ["Expect: 100-continue", "Content-Length: 10"]));
    stage.accept().send(answer("early"));
  },
  "a request of HTTP/1.0": (stage) => {
    stage.client("GET /to HTTP/1.0\r\n\r\n");
    stage.accept().send(`HTTP/1.1 200 OK\r\n${chunked}\r\n\r\n0\r\n\r\n`);
  },
  "a tunnel": (stage) => {
    const upgrade = ["Connection: upgrade", "Upgrade: websocket"];
    const client = stage.client(request("GET /to", upgrade));
    stage.accept().send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    client.send("frames");
    client.abort();
  },
  "a timeout": (stage) => {
    stage.client(request("POST /to", ["Content-Length: 10"], "x"));
    stage.accept();
    stage.advance(200_000);
  },
};

/** What exchanges of all kinds are to others. */
const probes: Readonly<Record<string, (stage: HttpStage) => readonly PlayedSocket[]>> = {
  "a body in chunks, both ways, after a connect that failed": (stage) => {
    const client = stage.client(request("POST /to", [chunked], "3\r\nabc\r\n"));
    stage.refuse();
    const endpoint = stage.accept();
    client.send("2\r\nde\r\n0\r\n\r\n");
    endpoint.send(`HTTP/1.1 201 Created\r\n${chunked}\r\n\r\n2\r\nok\r\n`);
    endpoint.send("0\r\n\r\n");
    return [client, endpoint];
  },
  "one that goes nowhere": (stage) => [stage.client(request("GET /nowhere"))],
  "an own answer, and a body that is dropped": (stage) => {
    const client = stage.client(request("POST /own", ["Content-Length: 4"]));
    client.send("drop");
    return [client];
  },
  "a HEAD": (stage) => {
    const client = stage.client(request("HEAD /to"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    return [client, endpoint];
  },
  "an endpoint that resets, again and again": (stage) => {
    const client = stage.client(request("GET /to"));
    for (let attempt = 0; attempt < 3; attempt++) stage.accept().abort();
    return [client];
  },
  "a body that does not come": (stage) => {
    const client = stage.client(request("POST /to", ["Content-Length: 10"], "x"));
    const endpoint = stage.accept();
    for (let second = 0; second < 70; second++) stage.advance(1000);
    return [client, endpoint];
  },
  "an answer that does not come": (stage) => {
    const client = stage.client(request("POST /to", ["Content-Length: 1"], "x"));
    const endpoint = stage.accept();
    for (let second = 0; second < 130; second++) stage.advance(1000);
    return [client, endpoint];
  },
  "a body that waits for 100": (stage) => {
    const client = stage.client(request("POST /to", ["Expect: 100-continue", "Content-Length: 4"]));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    endpoint.send(answer("late"));
    return [client, endpoint];
  },
  "a client that takes its answer later": (stage) => {
    const client = stage.client(request("GET /to"));
    const endpoint = stage.accept();
    client.stall();
    endpoint.send(answer("x".repeat(100_000)));
    stage.advance(1000);
    client.take();
    return [client, endpoint];
  },
  "an endpoint that takes its request later": (stage) => {
    const client = stage.client(request("POST /to/large", ["Content-Length: 60"], "x".repeat(20)));
    const endpoint = stage.accept();
    endpoint.stall();
    client.send("x".repeat(40));
    stage.advance(1000);
    endpoint.take();
    endpoint.send(answer("taken"));
    return [client, endpoint];
  },
  "a tunnel": (stage) => {
    const client = stage.client(request("GET /to", ["Connection: upgrade", "Upgrade: websocket"]));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    client.send("frames");
    endpoint.send("more");
    client.sendEnd();
    endpoint.sendEnd();
    return [client, endpoint];
  },
  "a 101 that nobody asked for": (stage) => {
    const client = stage.client(request("GET /to"));
    const endpoint = stage.accept();
    endpoint.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    return [client, endpoint];
  },
};

/** All that others see of it, and its record. */
function seen(stage: HttpStage, probe: (stage: HttpStage) => readonly PlayedSocket[]): unknown {
  const before = stage.records.length;
  const sockets = probe(stage).map(({ received, closed, gotEnd, paused }) => ({
    received: received.replaceAll(/^Date: .*$/gm, "Date").replaceAll(/"[\da-f]{16}-[\da-f]+"/g, "id"),
    closed,
    gotEnd,
    paused,
  }));
  // How many exchanges and endpoints came before is theirs to know.
  const records = stage.records.slice(before).map(({ endpoint, ...record }) => ({
    ...record,
    requestId: "",
    chosen: endpoint !== undefined,
  }));
  assert.equal(records.length, 1);
  return { sockets, records };
}

describe("an exchange that is used again", () => {
  for (const [what, probe] of Object.entries(probes)) {
    it(`knows nothing of the one before it: ${what}`, async () => {
      await using fresh = await open();
      const expected = seen(fresh, probe);
      await using all = await open();
      for (const [before, end] of Object.entries(ends)) {
        await using one = await open();
        end(one);
        assert.deepEqual(seen(one, probe), expected, `behind ${before}`);
        end(all);
        assert.deepEqual(seen(all, probe), expected, `behind ${before}, and others`);
      }
      all.assertNothingHeld();
    });
  }

  it("is used again, indeed", async () => {
    await using stage = await open();
    probes["a HEAD"]?.(stage);
    const { exchanges } = stage.service;
    exchanges.settle();
    const client = stage.client();
    const [connection] = stage.service.connections;
    assert.ok(connection !== undefined);
    const exchange = exchanges.take(connection);
    exchanges.give(exchange);
    assert.notEqual(exchanges.take(connection), exchange, "its callers may still return to it");
    exchanges.settle();
    assert.equal(exchanges.take(connection), exchange);
    client.abort();
  });
});
