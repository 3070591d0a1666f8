/** WebSocket with `ws` on both sides of the gateway. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { TemporaryFolder } from "../../support/programs.ts";
import { until } from "../../support/sockets.ts";
import { startGateway, urlOf } from "./gateway.ts";

const maxPayload = 128 * 2 ** 20;

/** Sends back what it gets; `close 4001` closes with that code, `/no` is refused. */
class EchoServer {
  readonly http = createServer((_, response) => response.end("plain"));
  readonly sockets: WebSocketServer;
  /** The close codes that came. */
  readonly codes: number[] = [];

  constructor() {
    this.sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });
    this.http.on("upgrade", (request, socket, head) => {
      if (request.url === "/no") {
        socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (peer) => {
        peer.on("close", (code) => this.codes.push(code));
        peer.on("error", () => {});
        peer.on("message", (data, isBinary) => {
          const code = isBinary ? undefined : /^close (\d+)$/.exec((data as Buffer).toString())?.[1];
          if (code === undefined) peer.send(data, { binary: isBinary });
          else peer.close(Number(code), "as asked");
        });
      });
    });
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    return (this.http.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.sockets.clients) peer.terminate();
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => this.http.close(() => resolve()));
  }
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace("http", "ws"), { maxPayload, perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

async function echo(socket: WebSocket, data: Buffer): Promise<string> {
  const answer = once(socket, "message") as Promise<[Buffer, boolean]>;
  socket.send(data);
  const [got, isBinary] = await answer;
  assert.ok(isBinary);
  return createHash("sha256").update(got).digest("hex");
}

describe("WebSocket through the gateway", { timeout: 180_000 }, () => {
  it("echoes messages up to 64 MiB, byte for byte", async () => {
    using folder = new TemporaryFolder();
    await using server = new EchoServer();
    await using gateway = await startGateway(folder, [await server.start()]);
    const socket = await open(urlOf(gateway));
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 2 ** 20, 64 * 2 ** 20]) {
      const data = randomBytes(size);
      assert.equal(await echo(socket, data), createHash("sha256").update(data).digest("hex"), String(size));
    }
    socket.close(1000);
    const [code] = (await once(socket, "close")) as [number];
    assert.equal(code, 1000);
  });

  it("passes on close codes from both sides", async () => {
    using folder = new TemporaryFolder();
    await using server = new EchoServer();
    await using gateway = await startGateway(folder, [await server.start()]);
    const asking = await open(urlOf(gateway));
    asking.send("close 4001");
    const [code, reason] = (await once(asking, "close")) as [number, Buffer];
    assert.deepEqual([code, reason.toString()], [4001, "as asked"]);
    const closing = await open(urlOf(gateway));
    closing.close(4002);
    await once(closing, "close");
    await until(() => server.codes.includes(4002), "the server has the code");
  });

  it("a hundred at a time, and plain requests beside them", async () => {
    using folder = new TemporaryFolder();
    await using server = new EchoServer();
    await using gateway = await startGateway(folder, [await server.start()]);
    const sockets = await Promise.all(Array.from({ length: 100 }, () => open(urlOf(gateway))));
    await Promise.all(
      sockets.map(async (socket, index) => {
        const data = Buffer.alloc(1000, index);
        assert.equal(await echo(socket, data), createHash("sha256").update(data).digest("hex"));
      }),
    );
    assert.equal(await (await fetch(urlOf(gateway))).text(), "plain");
    for (const socket of sockets) socket.terminate();
    await until(() => server.sockets.clients.size === 0, "the ends of the server are gone, too");
  });

  it("a refused upgrade is a plain answer", async () => {
    using folder = new TemporaryFolder();
    await using server = new EchoServer();
    await using gateway = await startGateway(folder, [await server.start()]);
    const socket = new WebSocket(`${urlOf(gateway).replace("http", "ws")}/no`);
    const [error] = (await once(socket, "error")) as [Error];
    assert.match(error.message, /401/);
  });
});
