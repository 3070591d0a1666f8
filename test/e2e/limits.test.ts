/** Every limit through the real process: who comes above it is turned away and counted, and there is room again after. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { RunningProxy, sourceBuild } from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { hopefulClient, type RawPeer, RawServer, until } from "../support/sockets.ts";

describe("limits", { timeout: 120_000 }, () => {
  const folder = new TemporaryFolder();
  let origin: RawServer;
  let proxy: RunningProxy;

  before(async () => {
    origin = await RawServer.open();
    origin.server.on("connection", (socket) => void socket.on("end", () => socket.end()));
    const endpoint = `127.0.0.1:${origin.port}`;
    const file = folder.file("limits.json");
    writeFileSync(
      file,
      JSON.stringify({
        listeners: {
          few: { address: "127.0.0.1:0", upstream: "app", maxConnections: 3 },
          each: { address: "127.0.0.1:0", upstream: "app", maxConnectionsPerClient: 2 },
          often: { address: "127.0.0.1:0", upstream: "app", clientRate: { rate: "1/h", burst: 4 } },
          waiting: { address: "127.0.0.1:0", upstream: "narrow" },
          all: { address: "127.0.0.1:0", upstream: "app" },
        },
        limits: { maxConnections: 6, overload: "off" },
        upstreams: {
          app: { endpoints: [endpoint], health: "off" },
          narrow: {
            endpoints: [{ address: endpoint, maxConnections: 1 }],
            health: "off",
            queue: { length: 2, timeout: "1h" },
          },
        },
        admin: { address: "127.0.0.1:0" },
      }),
    );
    proxy = await RunningProxy.start(sourceBuild, ["--config", file]);
  });

  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** The end of a client's connection at the endpoint. */
  const peerOf = (name: string): RawPeer | undefined => origin.peers.find((peer) => peer.text() === name);

  /** A client that says its name once it is connected. */
  const come = (listener: string, name: string): RawPeer => {
    const client = hopefulClient(proxy.port(listener));
    client.socket.write(name);
    return client;
  };

  const served = async (listener: string, name: string): Promise<RawPeer> => {
    const client = come(listener, name);
    await until(() => peerOf(name) !== undefined, `${name} is served`);
    return client;
  };

  const turnedAway = async (listener: string, name: string): Promise<void> => {
    const client = come(listener, name);
    // On Deno, which cannot reset, it sees an end.
    await Promise.race([client.ended, client.closed]);
    client.socket.destroy();
    assert.equal(client.bytes, 0);
    assert.equal(peerOf(name), undefined, `${name} never reached the endpoint`);
  };

  const leave = async (listener: string, ...clients: readonly RawPeer[]): Promise<void> => {
    for (const client of clients) client.socket.destroy();
    await until(async () => (await proxy.listener(listener)).activeConnections === 0, "all of them are gone");
  };

  const metrics = async (): Promise<string> => await (await proxy.admin("/metrics")).text();

  it("of a listener, with its use and its bound in the metrics, and a log line", async () => {
    const clients = [await served("few", "few 1"), await served("few", "few 2"), await served("few", "few 3")];
    await turnedAway("few", "few 4");
    const text = await metrics();
    assert.match(text, /^geryon_connections_active\{listener="few"\} 3$/m);
    assert.match(text, /^geryon_listener_connections_limit\{listener="few"\} 3$/m);
    assert.match(
      text,
      /^geryon_connection_outcomes_total\{listener="few",outcome="limit-listener",source="internal"\} 1$/m,
    );
    await proxy.says('"reason":"limit-listener","count":1');
    await leave("few", ...clients);
    await leave("few", await served("few", "few 5"));
    const { totalConnections, outcomes } = await proxy.listener("few");
    const ended = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    assert.deepEqual([totalConnections, ended], [5, 5], "each has one outcome");
  });

  it("of a client", async () => {
    const clients = [await served("each", "each 1"), await served("each", "each 2")];
    await turnedAway("each", "each 3");
    assert.match(await metrics(), /^geryon_listener_client_connections_limit\{listener="each"\} 2$/m);
    await leave("each", ...clients);
    await leave("each", await served("each", "each 4"));
    assert.equal((await proxy.listener("each")).outcomes["limit-client"], 1);
  });

  it("of how often a client comes", async () => {
    for (const name of ["often 1", "often 2", "often 3", "often 4"]) await leave("often", await served("often", name));
    await turnedAway("often", "often 5");
    assert.equal((await proxy.listener("often")).outcomes["limit-rate"], 1);
  });

  it("of the process, over all listeners", async () => {
    const clients = [await served("few", "sum 1"), await served("few", "sum 2"), await served("few", "sum 3")];
    const others = [await served("all", "sum 4"), await served("all", "sum 5"), await served("all", "sum 6")];
    await turnedAway("all", "sum 7");
    const text = await metrics();
    assert.match(text, /^geryon_connections_limit 6$/m);
    assert.match(text, /outcome="limit-process",source="internal"\} 1$/m);
    await leave("few", ...clients);
    await leave("all", ...others);
    await leave("all", await served("all", "sum 8"));
  });

  it("of an endpoint: the next ones wait in turn, and with a full queue nobody does", async () => {
    const first = await served("waiting", "waits 1");
    const second = come("waiting", "waits 2");
    const queued = async (length: number): Promise<void> =>
      await until(
        async () =>
          new RegExp(`^geryon_upstream_queue_length\\{upstream="narrow"\\} ${length}$`, "m").test(await metrics()),
        `${length} wait`,
      );
    await queued(1);
    const third = come("waiting", "waits 3");
    await queued(2);
    await turnedAway("waiting", "waits 4");
    assert.match(await metrics(), /^geryon_upstream_queue_length_limit\{upstream="narrow"\} 2$/m);
    assert.equal(peerOf("waits 2"), undefined);
    first.socket.destroy();
    await until(() => peerOf("waits 2") !== undefined, "the first of the queue is served");
    assert.equal(peerOf("waits 3"), undefined, "and only that one");
    second.socket.destroy();
    await until(() => peerOf("waits 3") !== undefined, "then the next");
    await leave("waiting", third);
    assert.equal((await proxy.listener("waiting")).outcomes["queue-full"], 1);
    const recorded = (): boolean => proxy.records("connection").some(({ outcome }) => outcome === "queue-full");
    await until(recorded, "unlike a refused client, it leaves a record");
  });
});
