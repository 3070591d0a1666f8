/** The two bodies of the Node adapter: libuv's handles, and `net.Socket` where they are not what they were. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { netConnect } from "../../../src/adapters/compat/net-connect.ts";
import { type ConnectRequest, type HandleBinding, loadBinding } from "../../../src/adapters/node/handle-binding.ts";
import { tryHandles } from "../../../src/adapters/node/handle-self-test.ts";
import { nodeListen } from "../../../src/adapters/node/listen.ts";
import { socketContract } from "../../contract/socket-contract.ts";
import { BlackHole } from "../../support/black-hole.ts";
import { ownRuntime } from "../../support/current-runtime.ts";
import { Acceptor, connect, connectTo, loopback, until } from "../../support/sockets.ts";

const runtime = await ownRuntime();

// The handles' own contract is test/contract/runtime.test.ts: they are what is picked.
socketContract("net.Socket on Node", { ...runtime, listen: nodeListen(undefined), connect: netConnect });

describe("Node's handles", () => {
  it("are picked, as they pass the self-test", () => {
    assert.deepEqual(runtime.capabilities.leanSockets, { supported: true, reason: "" });
  });

  const broken: [string, () => HandleBinding, RegExp][] = [
    ["there is no process.binding", () => assert.fail("No such module: tcp_wrap"), /No such module/],
    ["a class is gone", () => ({ ...loadBinding(), Write: undefined as unknown as HandleBinding["Write"] }), /Write/],
    ["a write that waits does not say so", () => withIdleState("writeWaitsIndex"), /a write does not wait/],
    ["reads do not say how much came", () => withIdleState("readIndex"), /an event never came/],
  ];
  for (const [what, load, fault] of broken) {
    it(`are not used when ${what}`, async () => {
      const verdict = await tryHandles(load);
      assert.equal(verdict.kit, undefined);
      assert.match(verdict.fault, fault);
    });
  }

  it("are used although the process stood still for longer than the self-test may take", async () => {
    const verdict = tryHandles();
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500));
    assert.equal((await verdict).fault, "");
  });

  it("leave the loop alone when the self-test waits in vain", async () => {
    await using hole = await BlackHole.open();
    const binding = loadBinding();
    class Lost extends binding.Tcp {
      override connect(request: ConnectRequest): number {
        return super.connect(request, "127.0.0.1", hole.port);
      }
    }
    const { fault } = await tryHandles(() => ({ ...binding, Tcp: Lost }));
    assert.equal(fault, "an event never came");
    await nextTurn();
    assert.ok(!process.getActiveResourcesInfo().includes("Immediate"));
  });

  it("connect over IPv6, also from a chosen address", async () => {
    const address = { kind: "tcp", host: "::1", port: 0 } as const;
    await using acceptor = await Acceptor.open(runtime, { ...loopback, address });
    for (const sourceAddress of [undefined, "::1"]) {
      const to = { ...address, port: acceptor.port };
      const client = await connectTo(runtime, to, sourceAddress);
      const served = await acceptor.accepted();
      assert.deepEqual(served.socket.remoteAddress, client.socket.localAddress);
      assert.deepEqual(client.socket.remoteAddress, to);
      served.socket.destroy();
      await served.closed;
      client.socket.destroy();
    }
  });

  it("say so when the source address is not ours", async () => {
    await using acceptor = await Acceptor.open(runtime);
    await assert.rejects(connect(runtime, acceptor.port, "192.0.2.1"), { message: "resources" });
  });

  it("have keepalive on both sides, although only the listening socket was told", async () => {
    await using acceptor = await Acceptor.open(runtime, { ...loopback, keepAliveMs: 60_000 });
    const client = await connect(
      { ...runtime, connect: (o, h) => runtime.connect({ ...o, keepAliveMs: 60_000 }, h) },
      acceptor.port,
    );
    const served = await acceptor.accepted();
    const { localAddress } = client.socket;
    assert.ok(localAddress.kind === "tcp");
    for (const port of [acceptor.port, localAddress.port]) assert.equal(kernelTimer(port), "keepalive");
    served.socket.destroy();
    client.socket.destroy();
    await served.closed;
  });

  it("hold small writes that wait together, in order", async () => {
    await using acceptor = await Acceptor.open(runtime);
    const client = await connect(runtime, acceptor.port);
    const served = await acceptor.accepted();
    while (client.socket.write(new Uint8Array(64 * 1024)));
    const before = client.socket.bufferedBytes;
    const received: number[] = [];
    served.whenData = (bytes) => received.push(...bytes.filter((byte) => byte > 0));
    const sent = Array.from({ length: 20_000 }, (_, index) => (index % 255) + 1);
    for (const byte of sent) client.socket.write(Uint8Array.of(byte));
    assert.equal(client.socket.bufferedBytes, before + sent.length);
    served.socket.resume();
    await until(() => client.drains === 1, "all is written");
    client.socket.end();
    await served.ended;
    assert.deepEqual(received, sent);
    served.socket.end();
    await served.closed;
  });
});

/** Looks at a state that stays 0 for one of the indices. */
function withIdleState(index: "readIndex" | "writeWaitsIndex"): HandleBinding {
  const binding = loadBinding();
  const other = index === "readIndex" ? "writeWaitsIndex" : "readIndex";
  const state = new Proxy(binding.state, {
    get: (target, name) => (name === "100" ? 0 : (Reflect.get(target, name, target) as unknown)),
  });
  return { ...binding, state, [index]: 100, [other]: binding[other] };
}

/** What the kernel waits for on an established connection (proc(5), /proc/net/tcp: the field `tr`). */
function kernelTimer(localPort: number): string {
  const suffix = `:${localPort.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(suffix) && fields[3] === "01") return fields[5]?.startsWith("02:") ? "keepalive" : "other";
  }
  return "none";
}
