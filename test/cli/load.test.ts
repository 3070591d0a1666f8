import assert from "node:assert/strict";
import net from "node:net";
import { describe, it } from "node:test";
import { exitCodes, UsageError } from "../../src/cli/command.ts";
import { TcpEcho } from "../../src/cli/echo/tcp-echo.ts";
import { LoadRun } from "../../src/cli/load/load-run.ts";
import { type LoadError, loadErrorKinds } from "../../src/cli/load/load-stats.ts";
import { formatSummary, type LoadSummary, summarize } from "../../src/cli/load/load-summary.ts";
import { loadCommand } from "../../src/cli/load.ts";
import { parseArguments } from "../../src/cli/parse-arguments.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import { formatAddress } from "../../src/core/runtime/address.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { ownRuntime } from "../support/current-runtime.ts";
import { noReactor } from "../support/fake-reactor.ts";
import { aFewTurns, until } from "../support/sockets.ts";

const runtime = await ownRuntime();
const small = { connections: 4, sizeBytes: 13, timeoutMs: 10_000 };

async function startEcho(): Promise<TcpEcho & AsyncDisposable> {
  const echo = await TcpEcho.start(runtime, { kind: "tcp", host: "127.0.0.1", port: 0 }, () => {});
  return Object.assign(echo, { [Symbol.asyncDispose]: () => echo.stop() });
}

/** An origin that treats its clients in a way of its own; `index` counts them from 0. */
async function badOrigin(
  serve: (socket: net.Socket, index: number) => void,
): Promise<{ address: Address } & AsyncDisposable> {
  const sockets: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    serve(socket, sockets.push(socket) - 1);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    address: { kind: "tcp", host: "127.0.0.1", port },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Which kinds of errors a run has seen. */
function kindsOf(run: LoadRun): LoadError[] {
  return loadErrorKinds.filter((kind) => run.stats.errors[kind] > 0);
}

describe("LoadRun", () => {
  for (const sizeBytes of [1, 13, 4097, 70_000, 3 * 1024 * 1024]) {
    it(`verifies round trips of ${sizeBytes} bytes on persistent connections`, { timeout: 30_000 }, async () => {
      await using echo = await startEcho();
      const run = new LoadRun({ ...small, address: echo.address, sizeBytes }, runtime);
      run.start();
      await until(() => run.stats.roundTrips >= 20, "there are 20 round trips");
      await run.stop();
      assert.deepEqual(kindsOf(run), []);
      assert.equal(run.stats.connections, 4);
      assert.equal(run.stats.latency.count, run.stats.roundTrips);
      assert.equal(echo.bytes, run.stats.roundTrips * sizeBytes);
      assert.equal(run.wheel.size, 0);
      await until(() => echo.activeConnections === 0, "all have closed");
    });
  }

  it("makes a connection for each round trip", async () => {
    await using echo = await startEcho();
    const run = new LoadRun({ ...small, address: echo.address, roundTripsPerConnection: 1 }, runtime);
    run.start();
    await until(() => run.stats.roundTrips >= 100, "there are 100 round trips");
    await run.stop();
    assert.deepEqual(kindsOf(run), []);
    assert.equal(run.stats.connections, run.stats.roundTrips);
    assert.equal(echo.totalConnections, run.stats.connections);
  });

  it("rests between round trips, and holds connects when asked to", async () => {
    await using echo = await startEcho();
    const options = { ...small, address: echo.address, roundTripsPerConnection: 2, pauseMs: 10 };
    const run = new LoadRun(options, runtime);
    run.start();
    await run.hold();
    await until(() => echo.activeConnections === 0, "all have closed");
    const made = run.stats.connections;
    await aFewTurns();
    assert.equal(run.stats.connections, made);
    run.release();
    await until(() => run.stats.connections >= made + 8, "they connect again");
    await run.hold();
    // A client that is held ends at once.
    await run.stop();
    assert.deepEqual(kindsOf(run), []);
    assert.equal(run.wheel.size, 0);
  });

  it("abort() ends everything at once, and counts no error", async () => {
    await using origin = await badOrigin(() => {});
    const run = new LoadRun({ ...small, address: origin.address }, runtime);
    run.start();
    await until(() => run.stats.connections === 4, "all are connected");
    run.abort();
    await run.ended;
    assert.deepEqual(kindsOf(run), []);
    assert.equal(run.wheel.size, 0);
  });

  it("replaces a broken connection, and goes on", async () => {
    await using origin = await badOrigin((socket, index) => {
      if (index < 6) socket.on("data", () => void socket.destroy());
      else socket.pipe(socket);
    });
    const run = new LoadRun({ ...small, address: origin.address }, runtime);
    run.start();
    await until(() => run.stats.connections === 10 && run.stats.roundTrips > 100, "it works in the end");
    await run.stop();
    assert.equal(run.stats.errorCount, 6);
    assert.equal(run.stats.connections, 10);
  });

  it("does not spin on a dead target", async () => {
    let connects = 0;
    const dead: Runtime = {
      ...runtime,
      connect(_options, handler) {
        connects++;
        queueMicrotask(() => handler.onConnectError("refused"));
        return { cancel() {} };
      },
    };
    const run = new LoadRun({ ...small, connections: 1, address: { kind: "tcp", host: "127.0.0.1", port: 1 } }, dead);
    const began = performance.now();
    run.start();
    await until(() => connects >= 4, "it tried four times");
    // 50, 100 and 200 ms lie between four attempts.
    assert.ok(performance.now() - began >= 350);
    await run.stop();
    assert.deepEqual(kindsOf(run), ["connect-refused"]);
  });
});

/** How an origin misbehaves, and what it is called. */
const faults: readonly (readonly [kind: LoadError, how: string, serve: (socket: net.Socket) => void])[] = [
  [
    "wrong-bytes",
    "a bit is flipped",
    (socket) =>
      void socket.on("data", (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed[7] = (changed[7] ?? 0) ^ 1;
        socket.write(changed);
      }),
  ],
  [
    "wrong-bytes",
    "a byte is lost",
    (socket) => void socket.on("data", (bytes: Buffer) => void socket.write(bytes.subarray(1))),
  ],
  [
    "wrong-bytes",
    "a byte is sent twice",
    (socket) =>
      void socket.on("data", (bytes: Buffer) => void socket.write(Buffer.concat([bytes, bytes.subarray(-1)]))),
  ],
  [
    "wrong-bytes",
    "the first answer comes again",
    (socket) => {
      let first: Buffer | undefined;
      socket.on("data", (bytes: Buffer) => void socket.write((first ??= Buffer.from(bytes))));
    },
  ],
  ["no-answer", "nothing comes back", (socket) => void socket.resume()],
  [
    "no-answer",
    "the last byte is missing",
    (socket) => void socket.on("data", (bytes: Buffer) => void socket.write(bytes.subarray(0, -1))),
  ],
  ["reset", "it resets", (socket) => void socket.on("data", () => void socket.resetAndDestroy())],
  [
    "closed-early",
    "it sends FIN after a part",
    (socket) => void socket.on("data", (bytes: Buffer) => void socket.end(bytes.subarray(0, 5))),
  ],
];

describe("LoadRun names what goes wrong", () => {
  for (const [kind, how, serve] of faults) {
    it(`${kind}: ${how}`, async () => {
      await using origin = await badOrigin(serve);
      const timeoutMs = kind === "no-answer" ? 50 : 10_000;
      const run = new LoadRun({ ...small, address: origin.address, timeoutMs }, runtime);
      run.start();
      await until(() => run.stats.errors[kind] >= 4, "each connection had an error");
      run.abort();
      assert.deepEqual(kindsOf(run), [kind]);
    });
  }

  it("wrong-bytes: two connections get each other's answers", async () => {
    const pair: net.Socket[] = [];
    await using origin = await badOrigin((socket, index) => {
      pair[index] = socket;
      socket.on("data", (bytes: Buffer) => void pair[1 - index]?.write(bytes));
    });
    const run = new LoadRun({ ...small, connections: 2, timeoutMs: 500, address: origin.address }, runtime);
    run.start();
    await until(() => run.stats.errorCount >= 1, "there is an error");
    run.abort();
    assert.equal(run.stats.roundTrips, 0);
    assert.ok(run.stats.errors["wrong-bytes"] > 0, kindsOf(run).join(", "));
  });

  it("no-close: all comes back, but no FIN", async () => {
    await using origin = await badOrigin(
      (socket) => void socket.on("data", (bytes: Buffer) => void socket.write(bytes)),
    );
    const run = new LoadRun({ ...small, address: origin.address, timeoutMs: 50, roundTripsPerConnection: 1 }, runtime);
    run.start();
    await until(() => run.stats.errors["no-close"] >= 4, "each connection had an error");
    run.abort();
    assert.deepEqual(kindsOf(run), ["no-close"]);
    assert.ok(run.stats.roundTrips >= 4);
  });

  it("connect-timeout: nobody answers, and the connect is given up", async () => {
    let cancelled = 0;
    const hole: Runtime = { ...runtime, connect: () => ({ cancel: () => void cancelled++ }) };
    const run = new LoadRun({ ...small, address: { kind: "tcp", host: "192.0.2.1", port: 1 }, timeoutMs: 20 }, hole);
    run.start();
    await until(() => run.stats.errors["connect-timeout"] >= 4, "each client had an error");
    await run.stop();
    assert.deepEqual(kindsOf(run), ["connect-timeout"]);
    assert.equal(cancelled, run.stats.errorCount);
  });

  it("connect-refused and connect-not-found", async () => {
    const gone = await badOrigin(() => {});
    await gone[Symbol.asyncDispose]();
    const targets = {
      "connect-refused": gone.address,
      "connect-not-found": { kind: "unix", path: "/nowhere/x.sock" },
    } as const;
    for (const [kind, address] of Object.entries(targets)) {
      const run = new LoadRun({ ...small, address }, runtime);
      run.start();
      await until(() => run.stats.errorCount >= 4, "each client had an error");
      await run.stop();
      assert.deepEqual(kindsOf(run), [kind]);
    }
  });
});

describe("loadCommand", () => {
  const recording = (interactive: boolean): { terminal: Terminal; text: () => string } => {
    let out = "";
    const style = (_style: string, text: string): string => text;
    return { text: () => out, terminal: { out: (text) => (out += text), error() {}, style, interactive } };
  };
  const runIt = async (argv: readonly string[], interactive = false): Promise<{ code: number; text: string }> => {
    const { terminal, text } = recording(interactive);
    const code = await loadCommand.run(parseArguments(loadCommand, argv), {
      runtime,
      tryReactor: noReactor,
      terminal,
      env: {},
      entry: new URL("../../src/main.ts", import.meta.url),
    });
    return { code, text: text() };
  };

  it("says each second how it goes, sums up, and exits with 0", async () => {
    await using echo = await startEcho();
    const { code, text } = await runIt([
      formatAddress(echo.address),
      "-c",
      "3",
      "--size",
      "1KiB",
      "--duration",
      "1200ms",
    ]);
    assert.equal(code, exitCodes.ok);
    assert.match(text, /^load on 127\.0\.0\.1:\d+: 3 at a time, 1KiB each way, persistent connections\n/);
    assert.match(text, /\n +1 s +[\d,]+ round trips\/s +p50 [\d.]+ ms +p99 [\d.]+ ms +errors 0\n/);
    assert.match(text, /latency +p50 .* p90 .* p99 .* p99\.9 .* max .* ms\n/);
    assert.match(text, /errors +0\n$/);
  });

  it("rewrites its progress line on a terminal, and leaves none behind", async () => {
    await using echo = await startEcho();
    const { text } = await runIt([formatAddress(echo.address), "--duration", "1100ms"], true);
    assert.match(text.replaceAll("\r\x1b[K", "CLEAR"), /CLEAR +1 s .*errors 0CLEARround trips/);
  });

  it("prints one JSON object, and exits with 1 when there were errors", async () => {
    await using origin = await badOrigin((socket) => void socket.on("data", () => void socket.resetAndDestroy()));
    const { code, text } = await runIt([formatAddress(origin.address), "--churn", "--json", "--duration", "50ms"]);
    assert.equal(code, exitCodes.failure);
    const summary = JSON.parse(text) as LoadSummary;
    assert.deepEqual(Object.keys(summary), [
      "address",
      "connections",
      "sizeBytes",
      "churn",
      "seconds",
      "connectionsMade",
      "roundTrips",
      "roundTripsPerSecond",
      "bytesPerSecond",
      "latencyMs",
      "errorCount",
      "errors",
    ]);
    assert.equal(summary.churn, true);
    assert.equal(summary.connections, 50);
    assert.equal(summary.roundTrips, 0);
    assert.equal(summary.errors.reset, summary.errorCount);
    assert.ok(summary.errorCount >= 50);
  });

  it("explains the errors that occurred", async () => {
    await using origin = await badOrigin((socket) => void socket.end());
    const run = new LoadRun({ ...small, address: origin.address }, runtime);
    run.start();
    await until(() => run.stats.errorCount >= 4, "there are errors");
    run.abort();
    const text = formatSummary(summarize(run), recording(false).terminal);
    assert.match(text, /errors +\d+\n +\d+ {2}(closed-early|reset): the peer/);
  });

  it("refuses arguments that make no sense", async () => {
    const wrong = [
      ["1.2.3.4"],
      [":80"],
      ["[::1]:80", "--size", "0"],
      ["[::1]:80", "--size", "x"],
      ["[::1]:80", "-c", "-1"],
    ];
    for (const argv of [...wrong, ["[::1]:80", "--duration", "0"], ["[::1]:80", "--duration", "5"]]) {
      await assert.rejects(async () => await runIt(argv), UsageError, argv.join(" "));
    }
  });
});
