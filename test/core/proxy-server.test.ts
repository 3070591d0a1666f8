/** The whole data plane over real sockets: what clients and endpoints see through the proxy. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { currentRuntime } from "../support/current-runtime.ts";
import { isPattern, patternBytes } from "../../src/cli/load/pattern.ts";
import { TestProxy } from "../support/proxy.ts";
import { aFewTurns, connect, hopefulClient, rawClient, type RawPeer, RawServer, until } from "../support/sockets.ts";

const runtime = await currentRuntime();
/** The pattern, and FIN. */
function writeToPeer(peer: RawPeer, total: number): void {
  for (let sent = 0; sent < total;) {
    const chunk = patternBytes(sent, total - sent);
    peer.socket.write(chunk);
    sent += chunk.byteLength;
  }
  peer.socket.end();
}

const needsReset = runtime.capabilities.reset.supported ? false : `reset: ${runtime.capabilities.reset.reason}`;

describe("ProxyServer", () => {
  it("relays both ways, and records the connection", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await rawClient(proxy.port);
    client.socket.write("question");
    const served = await incoming;
    await until(() => served.text() === "question", "the origin has the question");
    served.socket.write("answer!");
    await until(() => client.text() === "answer!", "the client has the answer");
    const clientPort = client.socket.localPort ?? 0;
    client.socket.end();
    await served.ended;
    served.socket.end();
    await client.ended;
    await until(() => proxy.records.length === 1, "there is a record");
    const [record] = proxy.records;
    assert.equal(record?.outcome, "ok");
    assert.equal(record.listener, "test");
    assert.equal(record.upstream, "origins");
    assert.equal(record.attempts, 1);
    assert.equal(record.bytesUp, 8);
    assert.equal(record.bytesDown, 7);
    assert.deepEqual(record.client, { kind: "tcp", host: "127.0.0.1", port: clientPort });
    assert.deepEqual(record.endpoint, { kind: "tcp", host: "127.0.0.1", port: origin.port });
    assert.ok((record.connectMs ?? -1) >= 0 && record.connectMs !== undefined && record.connectMs <= record.durationMs);
    assert.equal(proxy.server.activeConnections, 0);
    assert.equal(proxy.server.upstreams[0]?.endpoints[0]?.activeConnections, 0);
  });

  it("keeps a half-closed connection until the other side is done", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await rawClient(proxy.port);
    client.socket.end("request");
    const served = await incoming;
    await served.ended;
    const total = 8 * 1024 * 1024;
    for (let sent = 0; sent < total;) {
      const chunk = patternBytes(sent, total - sent);
      served.socket.write(chunk);
      sent += chunk.byteLength;
    }
    served.socket.end();
    await client.ended;
    assert.equal(client.bytes, total);
    await until(() => proxy.records.length === 1, "there is a record");
    assert.equal(proxy.records[0]?.outcome, "ok");
  });

  it("the endpoint's FIN first, then 8 MiB from the client", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await connect(runtime, proxy.port);
    client.socket.resume();
    const served = await incoming;
    served.socket.end("hello");
    await client.ended;
    const total = 8 * 1024 * 1024;
    let sent = 0;
    client.whenDrain = () => {
      while (sent < total) {
        const chunk = patternBytes(sent, total - sent);
        sent += chunk.byteLength;
        if (!client.socket.write(chunk)) return;
      }
      client.socket.end();
    };
    client.whenDrain();
    await served.ended;
    assert.equal(served.bytes, total);
    await until(() => proxy.records.length === 1, "there is a record");
    assert.equal(proxy.records[0]?.outcome, "ok");
  });

  it("holds a fast origin back while the client does not read, and loses nothing", { timeout: 60_000 }, async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await connect(runtime, proxy.port);
    const served = await incoming;
    const total = 64 * 1024 * 1024;
    let sent = 0;
    const fill = (): void => {
      while (sent < total) {
        const chunk = patternBytes(sent, total - sent);
        sent += chunk.byteLength;
        if (!served.socket.write(chunk)) return void served.socket.once("drain", fill);
      }
      served.socket.end();
    };
    fill();
    let before = -1;
    while (before !== sent) {
      before = sent;
      await aFewTurns();
    }
    // What the kernel's four socket buffers hold on loopback, and ours; far from all of it.
    assert.ok(sent < total / 2, `the origin was held back, after ${sent} bytes`);
    let offset = 0;
    let intact = true;
    client.whenData = (bytes) => {
      intact &&= isPattern(offset, bytes);
      offset += bytes.byteLength;
    };
    client.socket.resume();
    await client.ended;
    assert.equal(offset, total);
    assert.ok(intact);
    client.socket.end();
    await client.closed;
  });

  it("passes a client's RST on", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await rawClient(proxy.port);
    const served = await incoming;
    client.socket.write("x");
    await until(() => served.bytes === 1, "the byte is through");
    client.socket.resetAndDestroy();
    await (needsReset === false ? served.closed : served.ended);
    if (needsReset === false) assert.equal(served.error, "ECONNRESET");
    await until(() => proxy.records.length === 1, "there is a record");
    assert.equal(proxy.records[0]?.outcome, "client-reset");
  });

  it("passes an endpoint's RST on", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await rawClient(proxy.port);
    const served = await incoming;
    client.socket.write("x");
    await until(() => served.bytes === 1, "the byte is through");
    served.socket.resetAndDestroy();
    await (needsReset === false ? client.closed : client.ended);
    if (needsReset === false) assert.equal(client.error, "ECONNRESET");
    await until(() => proxy.records.length === 1, "there is a record");
    assert.equal(proxy.records[0]?.outcome, "endpoint-reset");
  });

  it("tries another endpoint when one refuses, and never the same one", async () => {
    await using origin = await RawServer.open();
    const dead = await RawServer.open();
    const deadPort = dead.port;
    await dead[Symbol.asyncDispose]();
    await using proxy = await TestProxy.start(runtime, [deadPort, origin.port]);
    for (let i = 0; i < 10; i++) {
      const client = await rawClient(proxy.port);
      const expected = i + 1;
      client.socket.end("x");
      await until(() => origin.peers.length === expected, "the origin has it");
      origin.peers.at(-1)?.socket.end();
      await client.ended;
    }
    await until(() => proxy.records.length === 10, "there are the records");
    assert.ok(proxy.records.every(({ outcome }) => outcome === "ok"));
    assert.ok(proxy.records.some(({ attempts }) => attempts === 2));
    assert.ok(proxy.records.every(({ attempts }) => attempts <= 2));
    assert.ok((proxy.server.upstreams[0]?.retries.total ?? 0) > 0);
  });

  it("says why when no endpoint takes the connection", async () => {
    const dead = await RawServer.open();
    const deadPort = dead.port;
    await dead[Symbol.asyncDispose]();
    await using proxy = await TestProxy.start(runtime, [deadPort]);
    const client = hopefulClient(proxy.port);
    await until(() => proxy.records.length === 1, "there is a record");
    const [record] = proxy.records;
    assert.equal(record?.outcome, "connect-refused");
    assert.equal(record.attempts, 1);
    assert.equal(record.connectMs, undefined);
    client.socket.destroy();
  });

  it("takes an endpoint out when probes fail, and back when they succeed", async () => {
    const origin = await RawServer.open();
    const { port } = origin;
    await using proxy = await TestProxy.start(runtime, [port], {
      health: { type: "tcp", intervalMs: 20, fastIntervalMs: 20, timeoutMs: 20, rise: 2, fall: 3 },
    });
    const endpoint = proxy.server.upstreams[0]?.endpoints[0];
    await until(() => endpoint?.health.status === "healthy", "it is healthy");
    await origin[Symbol.asyncDispose]();
    await until(() => endpoint?.health.status === "unhealthy", "it is unhealthy");
    assert.equal(endpoint?.health.lastProbe, "refused");
    const client = hopefulClient(proxy.port);
    await until(() => proxy.records.length === 1, "there is a record");
    assert.equal(proxy.records[0]?.outcome, "no-endpoint");
    client.socket.destroy();
    await using again = await RawServer.open({ host: "127.0.0.1", port });
    await until(() => endpoint?.health.status === "healthy", "it is healthy again");
    assert.deepEqual(
      proxy.healthChanges.map((change) => change.split(" ").at(-1)),
      ["healthy", "unhealthy", "healthy"],
    );
    assert.equal(again.port, port);
  });

  it("ends a connection on which nothing moves, and one whose other FIN does not come", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port], {
      listener: { idleTimeoutMs: 400, finTimeoutMs: 100 },
    });
    const idle = await rawClient(proxy.port);
    const half = await rawClient(proxy.port);
    half.socket.end("x");
    await until(() => proxy.records.length === 2, "both are over");
    assert.deepEqual(
      proxy.records.map(({ outcome }) => outcome),
      ["fin-timeout", "idle-timeout"],
    );
    idle.socket.destroy();
    half.socket.destroy();
  });

  it("the fin timeout does not cut what the kernel still has to deliver", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port], { listener: { finTimeoutMs: 100 } });
    const incoming = origin.next();
    const client = await connect(runtime, proxy.port);
    const served = await incoming;
    const total = 1024 * 1024;
    let intact = true;
    client.whenData = (bytes) => (intact &&= isPattern(client.bytes - bytes.byteLength, bytes));
    writeToPeer(served, total);
    // The client has not read a byte yet: all of it is in the kernel when the time is over.
    await until(() => proxy.records.length === 1, "it is over");
    assert.equal(proxy.records[0]?.outcome, "fin-timeout");
    client.socket.resume();
    await client.ended;
    assert.deepEqual([client.bytes, intact], [total, true]);
    client.socket.destroy();
  });

  it("an endpoint's RST after its FIN does not cut the answer that came before", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await connect(runtime, proxy.port);
    const served = await incoming;
    const total = 1024 * 1024;
    writeToPeer(served, total);
    await until(() => served.socket.writableFinished, "the origin is done");
    // The client still sends, and the origin does not care: it aborts.
    client.socket.write(new Uint8Array(100));
    await until(() => served.bytes === 100, "the late bytes are there");
    served.socket.resetAndDestroy();
    await aFewTurns();
    client.socket.write(new Uint8Array(100));
    client.socket.resume();
    await client.ended;
    assert.equal(client.bytes, total);
    client.socket.end();
    await until(() => proxy.records.length === 1, "there is a record");
    assert.equal(proxy.records[0]?.outcome, "endpoint-reset");
    assert.equal(proxy.server.upstreams[0]?.endpoints[0]?.activeConnections, 0);
  });

  it("reads no endless answer for a client that has sent FIN and then gone", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await rawClient(proxy.port);
    client.socket.end("question");
    const served = await incoming;
    await served.ended;
    const chunk = patternBytes(0, 65_536);
    const pour = (): void => {
      while (!served.socket.destroyed && served.socket.write(chunk));
    };
    served.socket.on("drain", pour);
    pour();
    await until(() => client.bytes > 1_000_000, "the answer flows");
    client.socket.resetAndDestroy();
    await until(() => proxy.records.length === 1, "it is over");
    assert.equal(proxy.records[0]?.outcome, "client-reset");
    await until(() => served.socket.destroyed, "the endpoint is told");
  });

  it("drain: refuses new clients, lets the old ones end", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port]);
    const incoming = origin.next();
    const client = await rawClient(proxy.port);
    const served = await incoming;
    const drained = proxy.server.drain();
    assert.equal(proxy.server.phase, "draining");
    await until(() => proxy.server.phase === "draining", "it drains");
    await assert.rejects(rawClient(proxy.port));
    client.socket.write("still");
    await until(() => served.text() === "still", "the old connection works");
    client.socket.end();
    await served.ended;
    served.socket.end();
    assert.equal(await drained, 0);
    assert.equal(proxy.server.phase, "stopped");
    assert.equal(proxy.records[0]?.outcome, "ok");
  });

  it("drain: resets what is left at the deadline", async () => {
    await using origin = await RawServer.open();
    await using proxy = await TestProxy.start(runtime, [origin.port], { drainTimeoutMs: 100 });
    const client = await rawClient(proxy.port);
    await until(() => origin.peers.length === 1, "it is connected");
    assert.equal(await proxy.server.drain(), 1);
    await (needsReset === false ? client.closed : client.ended);
    assert.equal(proxy.records[0]?.outcome, "drain-timeout");
  });

  it("binds all listeners or none", async () => {
    await using blocker = await RawServer.open();
    await assert.rejects(
      TestProxy.start(runtime, [1], { listener: { address: { kind: "tcp", host: "127.0.0.1", port: blocker.port } } }),
      { name: "ListenError", code: "EADDRINUSE" },
    );
  });

  it("cuts a connection that waits for a look-up like any other, when it stops", async () => {
    const deaf = { ...runtime, resolve: () => ({ cancel() {} }) };
    const address = { kind: "tcp", host: "name.test", port: 1 } as const;
    await using proxy = await TestProxy.start(deaf, [1, 2], { endpoint: { address } });
    await rawClient(proxy.port);
    await until(() => proxy.server.activeConnections === 1, "the client is accepted");
    await proxy.server.stop();
    assert.deepEqual(
      proxy.records.map(({ outcome, attempts }) => [outcome, attempts]),
      [["drain-timeout", 1]],
    );
  });
});
