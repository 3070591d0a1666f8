/** Clients that go away in the middle of everything leave nothing behind. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import { TemporaryFolder } from "../../support/programs.ts";
import { until } from "../../support/sockets.ts";
import { HttpOrigin, openDescriptors, pidOf, startGateway, urlOf } from "./gateway.ts";

const total = 10_000;
const atATime = 100;
/** Descriptors that a runtime opens when it first needs them. */
const few = 8;

/** What a client has sent when it goes; `waitsFor` is what it has got. */
const moments: readonly { readonly sends: string; readonly waitsFor?: string }[] = [
  { sends: "" },
  { sends: "GET / HT" },
  { sends: "GET / HTTP/1.1\r\nHost: a.test\r\nX-A: " },
  { sends: "GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n" },
  { sends: "GET /large HTTP/1.1\r\nHost: a.test\r\n\r\n", waitsFor: "HTTP/1.1 200" },
  { sends: "POST /slow HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\nhello" },
  { sends: "POST /slow HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel" },
  { sends: "GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n", waitsFor: "small" },
  { sends: "GET /small HTTP/1.1\r\nHost: a.test\r\n\r\n", waitsFor: "small" },
];

const large = "x".repeat(2 ** 18);

async function abort(port: number, index: number): Promise<void> {
  const { sends, waitsFor } = moments[index % moments.length] as (typeof moments)[number];
  const socket = net.connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(sends);
  if (waitsFor !== undefined) {
    let got = "";
    await new Promise<void>((resolve) => {
      socket.on("data", (bytes: Buffer) => {
        if (got.length < 10_000) got += bytes.toString("latin1");
        if (got.includes(waitsFor)) resolve();
      });
      socket.on("close", () => resolve());
    });
  }
  // Every other one with RST.
  if (index % 2 === 0) socket.destroy();
  else socket.resetAndDestroy();
}

describe("aborted requests", { timeout: 290_000 }, () => {
  it("10,000 of them leave no connection and no descriptor", async () => {
    using folder = new TemporaryFolder();
    await using origin = await HttpOrigin.start((request, response) => {
      request.on("error", () => {});
      response.on("error", () => {});
      request.resume();
      if (request.url === "/slow") return;
      response.end(request.url === "/large" ? large : "small");
    });
    await using gateway = await startGateway(folder, [origin.port], {
      // Who sends FIN may still want his answer: he is waited for as long as anybody.
      upstream: "health: off, http: { responseTimeout: 2s }",
    });
    const pid = pidOf(gateway);
    const port = gateway.port("web");
    const url = urlOf(gateway);
    assert.equal(await (await fetch(url, { headers: { connection: "close" } })).text(), "small");
    await until(() => origin.sockets.size === 0, "the connection to the origin was idle for long enough");
    const before = openDescriptors(pid);
    let next = 0;
    await Promise.all(
      Array.from({ length: atATime }, async () => {
        while (next < total) await abort(port, next++);
      }),
    );
    await until(async () => (await gateway.listener("web")).activeConnections === 0, "no client's connection is left");
    await until(() => origin.sockets.size === 0, "no connection to the origin is left");
    await until(() => openDescriptors(pid) <= before + few, `the gateway has about ${before} descriptors again`);
    assert.equal(await (await fetch(url)).text(), "small");
    assert.equal(gateway.child.exitCode, null);
  });
});
