import assert from "node:assert/strict";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { serveHttp } from "../../src/adapters/compat/http-server.ts";
import { exitCodes, UsageError } from "../../src/cli/command.ts";
import { answerHttp } from "../../src/cli/echo/http-echo.ts";
import { TcpEcho } from "../../src/cli/echo/tcp-echo.ts";
import { echoCommand } from "../../src/cli/echo.ts";
import { parseArguments } from "../../src/cli/parse-arguments.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import { formatAddress } from "../../src/core/runtime/address.ts";
import { ownRuntime } from "../support/current-runtime.ts";
import { noReactor } from "../support/fake-reactor.ts";
import { patternBytes } from "../../src/cli/load/pattern.ts";
import { hopefulClient, rawClient, RawServer, until } from "../support/sockets.ts";

const runtime = await ownRuntime();
const freePort: Address = { kind: "tcp", host: "127.0.0.1", port: 0 };

function portOf(address: Address): number {
  return address.kind === "tcp" ? address.port : 0;
}

async function startEcho(): Promise<TcpEcho & AsyncDisposable> {
  const echo = await TcpEcho.start(runtime, freePort, () => {});
  return Object.assign(echo, { [Symbol.asyncDispose]: () => echo.stop() });
}

describe("TcpEcho", () => {
  it("sends back what it gets, then FIN for FIN", async () => {
    await using echo = await startEcho();
    const client = await rawClient(portOf(echo.address));
    client.socket.write("one ");
    await until(() => client.text() === "one ", "it is back");
    client.socket.end("two");
    await client.closed;
    assert.equal(client.text(), "one two");
    assert.equal(client.error, "");
    assert.equal(echo.totalConnections, 1);
    assert.equal(echo.bytes, 7);
    await until(() => echo.activeConnections === 0, "it is over");
  });

  it("sends back 16 MiB after the client's FIN, at the pace of a client that reads late", async () => {
    await using echo = await startEcho();
    const client = await rawClient(portOf(echo.address));
    const total = 16 * 1024 * 1024;
    client.socket.pause();
    for (let sent = 0; sent < total;) {
      const bytes = patternBytes(sent, total - sent);
      client.socket.write(bytes);
      sent += bytes.byteLength;
    }
    client.socket.end();
    await until(() => echo.bytes > 128 * 1024, "the echo has begun");
    assert.ok(echo.bytes < total, "it does not read on while the client does not");
    client.socket.resume();
    await client.closed;
    assert.equal(client.bytes, total);
    assert.equal(echo.bytes, total);
  });

  it("outlives clients that reset it in the middle", async () => {
    await using echo = await startEcho();
    for (let round = 0; round < 20; round++) {
      const client = hopefulClient(portOf(echo.address));
      client.socket.on("connect", () => {
        client.socket.write(new Uint8Array(512 * 1024));
        client.socket.resetAndDestroy();
      });
      await client.closed;
    }
    const client = await rawClient(portOf(echo.address));
    client.socket.end("alive");
    await client.closed;
    assert.equal(client.text(), "alive");
    await until(() => echo.activeConnections === 0, "nothing is left");
  });

  it("close() leaves what runs alone, stop() ends it", async () => {
    const echo = await TcpEcho.start(runtime, freePort, () => {});
    const client = await rawClient(portOf(echo.address));
    client.socket.write("x");
    await until(() => client.text() === "x", "it is connected");
    await echo.close();
    await assert.rejects(rawClient(portOf(echo.address)));
    client.socket.write("y");
    await until(() => client.text() === "xy", "the old connection works");
    client.socket.on("end", () => client.socket.end());
    await echo.stop();
    assert.equal(echo.activeConnections, 0);
    await client.closed;
  });

  it("listens on a unix socket", async () => {
    const path = join(tmpdir(), `geryon-echo-${process.pid}-${runtime.name}.sock`);
    const echo = await TcpEcho.start(runtime, { kind: "unix", path }, () => {});
    const socket = net.connect({ path, allowHalfOpen: true });
    socket.end("over unix");
    let text = "";
    for await (const bytes of socket) text += String(bytes);
    assert.equal(text, "over unix");
    await echo.stop();
  });
});

describe("geryon echo --http", () => {
  const ask = async (path: string, init?: RequestInit): Promise<{ status: number; text: string }> => {
    const identity = { name: "blue", listens: "" };
    const server = await serveHttp(freePort, (request) => answerHttp(request, identity, runtime.clock));
    identity.listens = formatAddress(server.address);
    try {
      // Its connection shall not outlive the server.
      const headers = { ...init?.headers, connection: "close" };
      const response = await fetch(`http://${identity.listens}${path}`, { ...init, headers });
      return { status: response.status, text: await response.text() };
    } finally {
      await server.close();
    }
  };

  it("tells what it got", async () => {
    const { status, text } = await ask("/a/b?x=1&x=2&y=", {
      method: "POST",
      body: "grüße",
      headers: { "x-test": "yes" },
    });
    const answer = JSON.parse(text) as Record<string, unknown>;
    assert.equal(status, 200);
    assert.equal(answer["name"], "blue");
    assert.match(String(answer["listens"]), /^127\.0\.0\.1:\d+$/);
    assert.equal(answer["method"], "POST");
    assert.equal(answer["path"], "/a/b");
    assert.deepEqual(answer["query"], { x: ["1", "2"], y: [""] });
    assert.equal((answer["headers"] as Record<string, string>)["x-test"], "yes");
    assert.equal(answer["bodyBytes"], 7);
    assert.equal(answer["body"], "grüße");
    assert.equal(answer["bodyTruncated"], false);
  });

  it("counts a long body and sends back its first 64 KiB", async () => {
    const { text } = await ask("/", { method: "PUT", body: "a".repeat(1_000_000) });
    const answer = JSON.parse(text) as Record<string, unknown>;
    assert.equal(answer["bodyBytes"], 1_000_000);
    assert.equal(String(answer["body"]).length, 64 * 1024);
    assert.equal(answer["bodyTruncated"], true);
  });

  it("answers with the status that the path asks for, and as late", async () => {
    assert.equal((await ask("/status/503")).status, 503);
    assert.deepEqual(await ask("/status/204"), { status: 204, text: "" });
    assert.equal((await ask("/status/99")).status, 200);
    const began = performance.now();
    assert.equal((await ask("/delay/60ms")).status, 200);
    assert.ok(performance.now() - began >= 55);
  });
});

describe("echoCommand", () => {
  const silent = (): { terminal: Terminal; errors: string[] } => {
    const errors: string[] = [];
    const style = (_style: string, text: string): string => text;
    return { errors, terminal: { out() {}, error: (text) => errors.push(text), style, interactive: false } };
  };

  for (const flags of [[], ["--http"]]) {
    it(`exits with 3 and names the address when it is in use ${flags.join("")}`, async () => {
      await using blocker = await RawServer.open();
      const { terminal, errors } = silent();
      const args = parseArguments(echoCommand, ["--listen", `127.0.0.1:${blocker.port}`, ...flags]);
      assert.equal(
        await echoCommand.run(args, {
          runtime,
          tryReactor: noReactor,
          terminal,
          env: {},
          entry: new URL("../../src/main.ts", import.meta.url),
        }),
        exitCodes.bind,
      );
      assert.match(
        errors.join(""),
        new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${blocker.port}: port \\d+ is in use`),
      );
    });
  }

  it("refuses arguments that make no sense", async () => {
    const { terminal } = silent();
    for (const argv of [[], ["--listen", "127.0.0.1"], ["--listen", "127.0.0.1:99999"]]) {
      await assert.rejects(
        echoCommand.run(parseArguments(echoCommand, argv), {
          runtime,
          tryReactor: noReactor,
          terminal,
          env: {},
          entry: new URL("../../src/main.ts", import.meta.url),
        }),
        UsageError,
      );
    }
  });
});
