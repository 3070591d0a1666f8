import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { askHttp, type HttpAnswer, HttpClientError, type HttpQuestion } from "../../src/adapters/compat/http-client.ts";
import { serveHttp } from "../../src/adapters/compat/http-server.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import { RawServer } from "../support/sockets.ts";

const question: HttpQuestion = { method: "GET", path: "/x", timeoutMs: 10_000, maxBytes: 1_000_000 };
const loopback: Address = { kind: "tcp", host: "127.0.0.1", port: 0 };

/** What a request looks like to the server, as JSON. */
async function mirror(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/large") return new Response("x".repeat(300_000));
  const body = await request.text();
  const seen = { method: request.method, path: pathname, type: request.headers.get("content-type"), body };
  return Response.json(seen, { status: pathname === "/no" ? 409 : 200 });
}

/** Serves while `ask` runs. */
async function serving<T>(address: Address, ask: (bound: Address) => Promise<T>): Promise<T> {
  const server = await serveHttp(address, mirror);
  try {
    return await ask(server.address);
  } finally {
    await server.close();
  }
}

async function failure(asked: Promise<HttpAnswer>): Promise<string> {
  try {
    const { status } = await asked;
    return `answered with ${status}`;
  } catch (error) {
    assert.ok(error instanceof HttpClientError);
    return error.code;
  }
}

describe("askHttp", () => {
  it("asks over TCP, and gives any status back", async () => {
    const answer = await serving(loopback, (bound) =>
      askHttp(bound, { ...question, method: "PATCH", path: "/no", body: { weight: 2 } }),
    );
    assert.deepEqual(
      { status: answer.status, ...(JSON.parse(answer.text) as object) },
      { status: 409, method: "PATCH", path: "/no", type: "application/json", body: '{"weight":2}' },
    );
  });

  it("asks over a unix socket, without a body", async () => {
    const folder = mkdtempSync(join(tmpdir(), "geryon-"));
    const answer = await serving({ kind: "unix", path: join(folder, "a.sock") }, (bound) =>
      askHttp(bound, { ...question, method: "DELETE" }),
    );
    assert.deepEqual(JSON.parse(answer.text), { method: "DELETE", path: "/x", type: null, body: "" });
    rmSync(folder, { recursive: true });
  });

  it("takes a long answer whole, up to its bound", async () => {
    await serving(loopback, async (bound) => {
      const { text } = await askHttp(bound, { ...question, path: "/large" });
      assert.equal(text, "x".repeat(300_000));
      assert.equal(await failure(askHttp(bound, { ...question, path: "/large", maxBytes: 299_999 })), "too-large");
    });
  });

  it("says why there was no answer", async () => {
    assert.equal(await failure(askHttp({ ...loopback, port: 1 }, question)), "ECONNREFUSED");
    assert.equal(await failure(askHttp({ kind: "unix", path: "/nowhere/a.sock" }, question)), "ENOENT");
  });

  it("gives up on a server that says nothing", async () => {
    await using silent = await RawServer.open();
    const address = { ...loopback, port: silent.port };
    assert.equal(await failure(askHttp(address, { ...question, timeoutMs: 100 })), "timeout");
  });
});
