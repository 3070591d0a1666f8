/** What only Bun's sockets do: they read while nobody has resumed them yet, and their keepalive comes later. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { ConnectWindow } from "../../../src/adapters/bun/connect-window.ts";
import { dropKeepAlive, setKeepAliveSoon } from "../../../src/adapters/compat/keep-alive.ts";
import { isPattern, patternBytes } from "../../../src/cli/load/pattern.ts";
import { ownRuntime } from "../../support/current-runtime.ts";
import { Acceptor, aFewTurns, connect, loopback, rawClient, RawServer, until } from "../../support/sockets.ts";

const runtime = await ownRuntime();
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("Bun's sockets", () => {
  it("hold a flood that comes before the first resume within bounds, and lose none of it", async () => {
    await using acceptor = await Acceptor.open(runtime);
    const client = await rawClient(acceptor.port);
    const served = await acceptor.accepted();
    const total = 32 * 1024 * 1024;
    for (let sent = 0; sent < total;) {
      const chunk = patternBytes(sent, total - sent);
      client.socket.write(chunk);
      sent += chunk.byteLength;
    }
    client.socket.end();
    let before = -1;
    while (before !== client.socket.writableLength) {
      before = client.socket.writableLength;
      await aFewTurns();
    }
    // The kernel's buffers take some megabytes, and we next to nothing.
    assert.ok(before > total / 2, `${before} bytes wait at the client`);
    assert.deepEqual(served.events, []);
    let offset = 0;
    let intact = true;
    served.whenData = (bytes) => {
      intact &&= isPattern(offset, bytes);
      offset += bytes.byteLength;
    };
    served.socket.resume();
    await served.ended;
    assert.deepEqual([offset, intact], [total, true]);
    served.socket.end();
    assert.equal(await served.closed, "ended");
  });

  it("hand out what came before the first resume in order, and stop in between when paused", async () => {
    await using acceptor = await Acceptor.open(runtime);
    const client = await connect(runtime, acceptor.port);
    const served = await acceptor.accepted();
    const words = ["one ", "two ", "three ", "four"];
    for (const word of words) {
      client.socket.write(text(word));
      await aFewTurns();
    }
    client.socket.end();
    await aFewTurns();
    assert.equal(served.events.length, 0);
    let heard = "";
    served.whenData = (bytes) => {
      heard += new TextDecoder().decode(bytes);
      served.socket.pause();
    };
    for (let times = 0; heard !== words.join(""); times++) {
      const before = heard;
      served.socket.resume();
      await until(() => heard !== before, "the next of it is here");
      await aFewTurns();
      assert.ok(times < words.length, "one chunk at a time");
      assert.equal(served.events.includes("end"), false, "nothing more while paused");
    }
    served.socket.resume();
    await served.ended;
    served.socket.end();
    client.socket.resume();
    assert.equal(await served.closed, "ended");
    assert.equal(await client.closed, "ended");
  });

  it("tell a reset before the first resume, and none of what came before it", async () => {
    await using acceptor = await Acceptor.open(runtime);
    const client = await rawClient(acceptor.port);
    const served = await acceptor.accepted();
    client.socket.write("never mind");
    await aFewTurns();
    client.socket.resetAndDestroy();
    assert.equal(await served.closed, "reset");
    served.socket.resume();
    await aFewTurns();
    assert.deepEqual(served.events, ["close reset"]);
  });

  it("have their keepalive from both sides of a connection", { skip: noTimers() }, async () => {
    const options = { ...loopback, keepAliveMs: 60_000 };
    await using acceptor = await Acceptor.open(runtime, options);
    const client = await rawClient(acceptor.port);
    const served = await acceptor.accepted();
    await until(() => hasTimer(acceptor.port, client.socket.localPort ?? 0), "the accepted socket has it");
    served.socket.destroy();
    await using server = await RawServer.open();
    const incoming = server.next();
    const made = await new Promise<number>((resolve, reject) => {
      const address = { kind: "tcp", host: "127.0.0.1", port: server.port } as const;
      const tell = {
        onConnect: (socket: { localAddress: unknown }) => resolve((socket.localAddress as { port: number }).port),
        onConnectError: reject,
      };
      runtime.connect({ ...options, address }, tell);
    });
    await until(() => hasTimer(made, server.port), "so has the one that we made");
    (await incoming).socket.destroy();
  });

  it("tell a connect without a descriptor left as a lack of resources", () => {
    const script = fileURLToPath(new URL("../../support/connect-without-descriptors.ts", import.meta.url));
    for (const where of ["9", "/nowhere/at/all"]) {
      const { stdout } = spawnSync("sh", ["-c", 'ulimit -n 200; exec "$@"', "sh", process.execPath, script, where]);
      assert.equal(String(stdout).trim(), "resources", where);
    }
  });
});

describe("keepalive of Bun's sockets", () => {
  it("is set once on all that still wait", async () => {
    const waiters = Array.from({ length: 1000 }, () => new Waiter());
    for (const waiter of waiters) setKeepAliveSoon(waiter);
    // The first, the last, one between, and that one again.
    const gone = [0, 999, 4, 4];
    for (const index of gone) if (waiters[index] !== undefined) dropKeepAlive(waiters[index]);
    await until(() => waiters.filter(({ count }) => count > 0).length === 997, "it is set");
    assert.ok(waiters.every(({ count }, index) => count === (gone.includes(index) ? 0 : 1)));
    const later = new Waiter();
    setKeepAliveSoon(later);
    for (const waiter of waiters) dropKeepAlive(waiter);
    await until(() => later.count === 1, "the next round comes");
    assert.equal(waiters[1]?.count, 1);
  });
});

describe("the window of connects that Bun cannot give up", () => {
  const fill = (window: ConnectWindow): number => {
    let count = 0;
    for (; window.hasRoom; count++) window.start();
    return count;
  };

  it("opens with each success, to a bound, and closes when one is given up", () => {
    const window = new ConnectWindow(20_000);
    assert.equal(fill(window), 64);
    for (let times = 0; times < 64; times++) window.answer("connected", false);
    assert.equal(fill(window), 128);
    for (let times = 0; times < 128; times++) window.answer("failed", false);
    assert.equal(fill(window), 128, "failures open nothing");
    window.abandon();
    for (let times = 0; times < 127; times++) window.answer("connected", false);
    assert.equal(window.hasRoom, false, "one that was given up is still pending");
    window.answer("connected", true);
    const size = fill(window);
    assert.equal(size, 64 + 127, "those that connected opened it again");
    for (let times = 0; times < 5000; times++) {
      window.answer("connected", false);
      window.start();
    }
    assert.equal(size + fill(window), 1024);
  });

  it("is a small share of few descriptors", () => {
    for (const [descriptors, most] of [
      [256, 64],
      [4096, 256],
      [Infinity, 1024],
    ] as const) {
      const window = new ConnectWindow(descriptors);
      for (let times = 0; times < 5000; times++) {
        window.start();
        window.answer("connected", false);
      }
      assert.equal(fill(window), most);
    }
  });
});

class Waiter {
  keepAliveIndex = -1;
  count = 0;

  setKeepAlive(): void {
    this.count++;
  }
}

function noTimers(): string | false {
  return process.platform === "linux" ? false : "only Linux tells the timers of a socket";
}

/** Whether a keepalive timer runs on a socket of 127.0.0.1 (proc_net_tcp: `tr` is 02). */
function hasTimer(localPort: number, remotePort: number): boolean {
  const hex = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .some(([, local, remote, , , timer]) => {
      return local === hex(localPort) && remote === hex(remotePort) && timer?.startsWith("02:") === true;
    });
}
