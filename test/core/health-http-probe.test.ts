/** The http probe: what it asks, and over real sockets what it makes of real servers. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createNetServer, type Server, type Socket as NetSocket } from "node:net";
import { describe, it } from "node:test";
import { Dialer } from "../../src/core/dial/dialer.ts";
import { formatRequest } from "../../src/core/health/http-probe.ts";
import { startProbe } from "../../src/core/health/probe.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import type { HttpHealthSettings } from "../../src/core/server/settings.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { until } from "../support/sockets.ts";

const runtime = await currentRuntime();
const get: HttpHealthSettings = { method: "GET", path: "/healthz", headers: {}, statuses: [[200, 299]] };
const resolve = { minTtlMs: 1000, maxTtlMs: 60_000, timeoutMs: 10_000 };

function tcp(host: string, port: number): Address {
  return { kind: "tcp", host, port };
}

async function probe(address: Address, http: Partial<HttpHealthSettings>, timeoutMs = 30_000): Promise<string> {
  const dialer = new Dialer(address, runtime, resolve);
  const result = await new Promise<string>((done) => {
    startProbe(dialer, { timeoutMs, http: { ...get, ...http } }, runtime, done);
  });
  dialer.stop();
  return result;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** Probes an HTTP server. */
async function probeHttp(
  answer: RequestListener,
  http: Partial<HttpHealthSettings> = {},
  host = "127.0.0.1",
): Promise<string> {
  const server = createServer(answer);
  try {
    return await probe(tcp(host, await listen(server)), http);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Probes something else that listens. */
async function probeRaw(serve: (socket: NetSocket) => void, http: Partial<HttpHealthSettings> = {}): Promise<string> {
  const sockets = new Set<NetSocket>();
  const server = createNetServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  try {
    return await probe(tcp("127.0.0.1", await listen(server)), http);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

describe("formatRequest", () => {
  it("asks for the path, and says who asks", () => {
    assert.equal(
      formatRequest(tcp("api.test", 8080), get),
      "GET /healthz HTTP/1.1\r\nhost: api.test:8080\r\nuser-agent: geryon-health\r\naccept: */*\r\nconnection: close\r\n\r\n",
    );
  });

  for (const [address, host] of [
    [tcp("192.0.2.1", 80), "192.0.2.1"],
    [tcp("2001:db8::1", 80), "[2001:db8::1]"],
    [tcp("2001:db8::1", 81), "[2001:db8::1]:81"],
    [{ kind: "unix", path: "/run/a.sock" }, "localhost"],
  ] as const) {
    it(`names the host ${host}`, () => assert.ok(formatRequest(address, get).includes(`\r\nhost: ${host}\r\n`)));
  }

  it("takes host and headers of the settings, each once", () => {
    const text = formatRequest(tcp("192.0.2.1", 80), {
      ...get,
      method: "POST",
      host: "shop.test",
      headers: { "User-Agent": "mine", "x-a": "b" },
    });
    assert.equal(
      text,
      "POST /healthz HTTP/1.1\r\nhost: shop.test\r\naccept: */*\r\nconnection: close\r\ncontent-length: 0\r\n" +
        "User-Agent: mine\r\nx-a: b\r\n\r\n",
    );
  });
});

describe("http probe over real sockets", () => {
  it("asks as it was told to, and is satisfied", async () => {
    let seen: unknown;
    const result = await probeHttp(
      (request, response) => {
        seen = [request.method, request.url, request.headers.host, request.headers["x-a"]];
        response.end("fine");
      },
      { host: "shop.test", headers: { "x-a": "b" } },
    );
    assert.equal(result, "ok");
    assert.deepEqual(seen, ["GET", "/healthz", "shop.test", "b"]);
  });

  for (const method of ["HEAD", "OPTIONS", "POST"] as const) {
    it(`asks with ${method}`, async () => {
      const result = await probeHttp(
        (request, response) => {
          response.statusCode = request.method === method ? 200 : 400;
          response.end();
        },
        { method },
      );
      assert.equal(result, "ok");
    });
  }

  it("resolves a name", async () => {
    assert.equal(await probeHttp((_request, response) => void response.end(), {}, "localhost"), "ok");
  });

  it("says which status was not expected", async () => {
    const result = await probeHttp((_request, response) => {
      response.statusCode = 503;
      response.end("overloaded");
    });
    assert.equal(result, "status 503");
  });

  it("finds the text in a chunked body, without its end", async () => {
    const result = await probeHttp(
      (_request, response) => {
        response.write("database: up, ");
        response.write("cache: up");
        // No end: nobody waits for it.
      },
      { body: "up, cache: up" },
    );
    assert.equal(result, "ok");
  });

  it("misses the text in a sized body", async () => {
    assert.equal(
      await probeHttp((_request, response) => void response.end("database: down"), { body: "database: up" }),
      "body does not match",
    );
  });

  it("knows what is not http", async () => {
    assert.equal(await probeRaw((socket) => void socket.write("SSH-2.0-OpenSSH_9.6\r\n")), "not http");
  });

  it("tells a connection that is closed, before and within the answer", async () => {
    assert.equal(await probeRaw((socket) => socket.once("data", () => socket.end())), "closed early");
    const cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of";
    assert.equal(
      await probeRaw((socket) => socket.once("data", () => socket.end(cut)), { body: "all" }),
      "closed early",
    );
  });

  it("tells a reset", async () => {
    assert.equal(await probeRaw((socket) => socket.once("data", () => socket.resetAndDestroy())), "reset");
  });

  it("tells a refused connect, and a name that is none", async () => {
    const server = createNetServer();
    const port = await listen(server);
    server.close();
    await once(server, "close");
    assert.equal(await probe(tcp("127.0.0.1", port), {}), "refused");
    assert.equal(await probe(tcp("nowhere.invalid", port), {}), "not-found");
  });

  it("gives up on who never answers, and closes the connection", async () => {
    let closed = 0;
    const server = createNetServer((socket) => {
      socket.on("error", () => {}).resume();
      socket.once("close", () => closed++);
    });
    const port = await listen(server);
    assert.equal(await probe(tcp("127.0.0.1", port), {}, 300), "timeout");
    await until(() => closed === 1, "the connection is closed");
    server.close();
  });
});
