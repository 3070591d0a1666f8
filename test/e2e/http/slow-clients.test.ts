/** Clients that hold on to what they have: they are gone at their deadline, and the others do not notice. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TemporaryFolder } from "../../support/programs.ts";
import { rawClient, type RawPeer, until } from "../../support/sockets.ts";
import { HttpOrigin, startGateway, urlOf } from "./gateway.ts";

const slowClients = 300;
const large = Buffer.alloc(16 * 2 ** 20, "x");

/** What each kind of slow client has sent. */
const kinds = {
  heads: "GET / HTTP/1.1\r\nHost: a.test\r\nX-A: ",
  bodies: "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n",
  readers: "GET /large HTTP/1.1\r\nHost: a.test\r\n\r\n",
} as const;

async function open(port: number, sends: string, paused: boolean): Promise<RawPeer> {
  const peer = await rawClient(port);
  if (paused) peer.socket.pause();
  peer.socket.write(sends);
  return peer;
}

/** Good requests, one after the other, until `over` is set; returns how many there were. */
async function askOnAndOn(url: string, over: { yes: boolean }): Promise<number> {
  let count = 0;
  while (!over.yes) {
    const response = await fetch(url);
    assert.deepEqual([response.status, await response.text()], [200, "small"]);
    count++;
  }
  return count;
}

describe("slow clients", { timeout: 180_000 }, () => {
  for (const [kind, sends] of Object.entries(kinds)) {
    it(`300 slow ${kind} are gone at their deadline, and good requests go on`, async () => {
      using folder = new TemporaryFolder();
      await using origin = await HttpOrigin.start((request, response) => {
        request.on("error", () => {});
        response.on("error", () => {});
        request.resume();
        if (request.method === "GET") response.end(request.url === "/large" ? large : "small");
      });
      await using gateway = await startGateway(folder, [origin.port], {
        http: "headerTimeout: 2s, bodyTimeout: 2s",
        upstream: "health: off",
      });
      const port = gateway.port("web");
      const peers = await Promise.all(Array.from({ length: slowClients }, () => open(port, sends, kind === "readers")));
      // A byte now and then: not still, but much too slow.
      const drip = setInterval(() => {
        if (kind !== "heads") return;
        for (const { socket } of peers) if (socket.writable) socket.write("a");
      }, 200);
      const over = { yes: false };
      const good = askOnAndOn(`${urlOf(gateway)}/`, over);
      if (kind !== "readers") {
        await until(() => peers.every((peer) => peer.text().includes("HTTP/1.1 408 ")), "each of them was told");
        await Promise.all(peers.map((peer) => peer.ended));
      } else {
        // They do not read: what became of them, the gateway tells. What is left are the good one's connections.
        const left = async (): Promise<number> => (await gateway.listener("web")).activeConnections;
        await until(async () => (await left()) < 10, "they were cut", 60_000);
      }
      clearInterval(drip);
      for (const { socket } of peers) socket.destroy();
      over.yes = true;
      assert.ok((await good) > 10);
      if (kind !== "readers") return;
      const cut = (): number =>
        gateway.records("exchange").filter((record) => record["outcome"] === "client-stalled").length;
      await until(() => cut() > slowClients - 10, "the log says so");
    });
  }
});
