/** A client that goes away, in each state of its exchange: nothing is held for it any more, and its record says so. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CloseReason } from "../../../src/core/runtime/socket.ts";
import { answer, HttpStage, type HttpStageOptions, request } from "../../support/http-stage.ts";
import type { PlayedSocket } from "../../support/played-socket.ts";

const kib = 1024;
const retry = {
  attempts: 3,
  on: ["reset"] as const,
  nonIdempotent: false,
  backoffMs: 1000,
  maxBackoffMs: 1000,
  maxBodyBytes: 64 * kib,
};
const large = request("PUT /", [`Content-Length: ${256 * kib}`]);

/** How an exchange gets into a state. Returns the sockets that must be gone when its client is. */
const states: Readonly<
  Record<
    string,
    {
      readonly options?: HttpStageOptions;
      /** The answer's status when it has begun. */
      readonly status?: number;
      readonly reach: (stage: HttpStage) => {
        readonly client: PlayedSocket;
        readonly endpoints: readonly PlayedSocket[];
      };
    }
  >
> = {
  "waiting for the connect": { reach: (stage) => ({ client: stage.client(request("GET /")), endpoints: [] }) },
  "waiting for it, with as much of a body as is kept": {
    reach: (stage) => {
      const client = stage.client(large);
      for (let sent = 0; sent < 256; sent += 16) client.send("x".repeat(16 * kib));
      return { client, endpoints: [] };
    },
  },
  "waiting in the queue": {
    options: { upstream: { maxPendingConnects: 0 } },
    reach: (stage) => {
      const client = stage.client(request("GET /"));
      assert.equal(stage.server.upstreams[0]?.queue.length, 1);
      return { client, endpoints: [] };
    },
  },
  "waiting for a retry": {
    options: { endpoints: 2, random: { next: () => 0.9 } },
    reach: (stage) => {
      const client = stage.client(request("GET /"));
      stage.accept().abort();
      return { client, endpoints: [] };
    },
  },
  "waiting for the connect of a retry": {
    options: { endpoints: 2 },
    reach: (stage) => {
      const client = stage.client(request("GET /"));
      stage.refuse();
      return { client, endpoints: [] };
    },
  },
  "sending its body": {
    reach: (stage) => {
      const client = stage.client(large);
      const endpoint = stage.accept();
      client.send("x".repeat(16 * kib));
      return { client, endpoints: [endpoint] };
    },
  },
  "held back by its endpoint": {
    reach: (stage) => {
      const client = stage.client(large);
      const endpoint = stage.accept();
      endpoint.stall();
      for (let sent = 0; sent < 256; sent += 16) client.send("x".repeat(16 * kib));
      return { client, endpoints: [endpoint] };
    },
  },
  "waiting for the answer": {
    reach: (stage) => {
      const client = stage.client(request("GET /"));
      return { client, endpoints: [stage.accept()] };
    },
  },
  "waiting for the rest of the answer's head": {
    reach: (stage) => {
      const client = stage.client(request("GET /"));
      const endpoint = stage.accept();
      endpoint.send("HTTP/1.1 200 OK\r\nX");
      return { client, endpoints: [endpoint] };
    },
  },
  "reading the answer": {
    status: 200,
    reach: (stage) => {
      const client = stage.client(request("GET /"));
      const endpoint = stage.accept();
      endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx");
      return { client, endpoints: [endpoint] };
    },
  },
  "holding its endpoint back": {
    status: 200,
    reach: (stage) => {
      const client = stage.client(request("GET /"));
      const endpoint = stage.accept();
      client.stall();
      endpoint.send(`HTTP/1.1 200 OK\r\nContent-Length: ${256 * kib}\r\n\r\n`);
      for (let sent = 0; sent < 256; sent += 16) endpoint.send("x".repeat(16 * kib));
      return { client, endpoints: [endpoint] };
    },
  },
  "sending and reading at once": {
    status: 200,
    reach: (stage) => {
      const client = stage.client(large);
      const endpoint = stage.accept();
      client.send("x");
      endpoint.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
      return { client, endpoints: [endpoint] };
    },
  },
};

describe("a client that goes away", () => {
  for (const [name, { options, status = 0, reach }] of Object.entries(states)) {
    it(name, async () => {
      for (const reason of ["reset", "timeout", "error"] satisfies CloseReason[]) {
        const plain = { responseTimeoutMs: 30_000, readTimeoutMs: 60_000 };
        const keepAlive = { idleTimeoutMs: 4000, maxIdle: 64, maxAgeMs: 3_600_000 };
        await using stage = await HttpStage.open({ upstreamHttp: { ...plain, keepAlive, retry }, ...options });
        const { client, endpoints } = reach(stage);
        assert.deepEqual(stage.outcomes, [], "the state is reached");
        client.abort(reason);
        assert.deepEqual(
          endpoints.map(({ closed }) => closed),
          endpoints.map(() => "reset"),
        );
        assert.deepEqual(stage.outcomes, [`${status} client-${reason}`]);
        assert.equal(stage.server.activeConnections, 0);
        assert.equal(stage.server.plane.http.pools.size, 0);
        stage.assertNothingHeld();
        // Nothing is left that would wake up later, and an endpoint is not to blame.
        stage.advance(120_000);
        assert.equal(stage.network.clock.pending, 0);
        assert.equal(stage.records.length, 1);
      }
    });
  }

  it("between two requests: there is nothing to tell", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /"));
    stage.accept().send(answer("ok"));
    client.abort();
    assert.deepEqual(stage.outcomes, ["200 ok"]);
    assert.equal(stage.server.activeConnections, 0);
    assert.equal(stage.server.plane.http.pools.size, 1, "the endpoint's connection serves others");
    stage.assertNothingHeld();
  });

  it("in the middle of a head, likewise", async () => {
    await using stage = await HttpStage.open();
    stage.client("GET / HT").abort();
    assert.deepEqual(stage.outcomes, []);
    assert.equal(stage.server.activeConnections, 0);
    stage.advance(1000);
    assert.equal(stage.network.clock.pending, 0);
  });

  it("with requests that it has sent ahead: none of them is begun", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(request("GET /1") + request("GET /2"));
    stage.accept();
    client.abort();
    assert.equal(stage.network.connects.length, 1);
    assert.equal(stage.records.length, 1);
    stage.assertNothingHeld();
  });

  it("a thousand of them cost no more than one: buffers and places come back", async () => {
    await using stage = await HttpStage.open({ endpoint: { maxConnections: 2 } });
    for (let i = 0; i < 1000; i++) {
      const client = stage.client(request("PUT /", ["Content-Length: 10"], "half"));
      const endpoint = stage.accept();
      if (i % 2 === 0) endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx");
      client.abort();
    }
    assert.equal(stage.records.length, 1000);
    stage.assertNothingHeld();
    const spare = stage.server.plane.http.takeBuffer();
    assert.equal(spare.length, 0);
  });
});
