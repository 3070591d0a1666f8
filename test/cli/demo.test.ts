import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { exitCodes, UsageError } from "../../src/cli/command.ts";
import type { DemoEvent } from "../../src/cli/demo/demo-event.ts";
import { planDemo } from "../../src/cli/demo/demo-plan.ts";
import { DemoRun } from "../../src/cli/demo/demo-run.ts";
import { TableScreen } from "../../src/cli/demo/demo-screen.ts";
import { demoCommand } from "../../src/cli/demo.ts";
import { parseArguments } from "../../src/cli/parse-arguments.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { noReactor } from "../support/fake-reactor.ts";
import { RawServer, until } from "../support/sockets.ts";

const runtime = await currentRuntime();
const listen = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;

function recording(interactive: boolean): { terminal: Terminal; text: () => string } {
  let out = "";
  const add = (text: string): void => void (out += text);
  const style = (_style: string, text: string): string => text;
  return { text: () => out, terminal: { out: add, error: add, style, interactive } };
}

async function runCommand(argv: readonly string[]): Promise<{ code: number; text: string }> {
  const { terminal, text } = recording(false);
  const code = await demoCommand.run(parseArguments(demoCommand, argv), {
    runtime,
    tryReactor: noReactor,
    terminal,
    env: {},
    entry: new URL("../../src/main.ts", import.meta.url),
  });
  return { code, text: text() };
}

describe("planDemo", () => {
  it("fits whole cycles into any time, each with room for a kill and a return", () => {
    for (const seconds of [1, 2, 3, 6, 10, 15, 20, 60, 3600]) {
      const { cycles, cycleMs, killAtMs, returnAtMs, healthIntervalMs } = planDemo(seconds);
      assert.equal(Math.round(cycles * cycleMs), seconds * 1000);
      // An interval is up to 10 % longer, and each finding takes two probes: one may have just begun.
      const findMs = 2.2 * healthIntervalMs;
      assert.ok(killAtMs + findMs < returnAtMs, `${seconds} s: it is found out before it returns`);
      assert.ok(returnAtMs + findMs < cycleMs, `${seconds} s: it is found back before the cycle is over`);
    }
    assert.equal(planDemo(undefined).cycles, Infinity);
  });
});

describe("DemoRun", () => {
  it(
    "kills an endpoint and brings it back; no client sees it, and the table is there",
    { timeout: 60_000 },
    async () => {
      const { terminal, text } = recording(true);
      const events: DemoEvent[] = [];
      using screen = new TableScreen(terminal, runtime);
      const onEvent = (event: DemoEvent): void => {
        events.push(event);
        screen.event(event);
      };
      const demo = await DemoRun.start({ listen, seconds: 4, onEvent }, runtime);
      screen.show(demo);
      await demo.run(new AbortController().signal);
      screen.close();
      const { stats } = demo.traffic;
      assert.equal(stats.errorCount, 0, JSON.stringify(stats.errors));
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ["killed", "out", "returned", "in", "serves"],
      );
      assert.equal(demo.kills, 1);
      assert.equal(demo.returns, 1);
      assert.equal(demo.cut, 0);
      assert.ok(demo.retries > 0, "connect retry had something to hide");
      assert.ok(stats.roundTrips > 100, `${stats.roundTrips} round trips`);
      assert.equal(demo.server.phase, "stopped");
      assert.equal(demo.server.activeConnections, 0);
      const shown = text();
      assert.ok(shown.startsWith("\x1b[?25l"), "the cursor is hidden");
      assert.ok(shown.endsWith("\x1b[?25h"), "and shown again");
      const frames = shown.split("\x1b[J");
      assert.ok(frames.length > 8, `${frames.length} frames`);
      assert.ok(frames.some((frame) => frame.includes("unhealthy") && frame.includes("is out")));
      for (const line of plain(shown).split("\n")) assert.ok(line.length <= 80, line);
      // Each frame goes up by as many lines as the one before it had.
      for (const [index, frame] of frames.slice(1, -1).entries()) {
        const linesBefore = (frames[index]?.split("\n").length ?? 0) - 1;
        assert.ok(frame.startsWith(`\x1b[${linesBefore}A`), `frame ${index + 1}`);
      }
    },
  );

  it("stops in good order in the middle of a cycle", async () => {
    const stop = new AbortController();
    const demo = await DemoRun.start({ listen, seconds: undefined, onEvent() {} }, runtime);
    const running = demo.run(stop.signal);
    await until(() => demo.traffic.stats.roundTrips > 50, "there is traffic");
    stop.abort();
    await running;
    assert.equal(demo.traffic.stats.errorCount, 0, JSON.stringify(demo.traffic.stats.errors));
    assert.equal(demo.cut, 0);
    assert.equal(demo.server.activeConnections, 0);
  });
});

/** Without what moves the cursor. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll("\r", "");
}

describe("demoCommand", () => {
  it("prints plain lines when it is not on a terminal, sums up and exits with 0", { timeout: 60_000 }, async () => {
    const { code, text } = await runCommand(["--seconds", "3"]);
    assert.equal(code, exitCodes.ok, text);
    assert.equal(plain(text), text);
    assert.match(text, /is killed: it stops listening\n/);
    assert.match(text, /is healthy, [\d.]+ s later: it is in again\n/);
    assert.match(text, /round trips\/s, p50 [\d.]+ ms, p99 [\d.]+ ms, retries \d+, client errors 0 \| :\d+ healthy/);
    assert.match(text, /every byte verified\. Client errors: 0\.\n/);
    assert.match(text, /Endpoints killed: 1, back in service: 1/);
    for (const next of ["geryon proxy --help", "examples/minimal.yaml", "docs/"]) assert.ok(text.includes(next));
  });

  it("exits with 3 and names the port when it is in use", async () => {
    await using blocker = await RawServer.open();
    const { code, text } = await runCommand(["--seconds", "3", "--port", `${blocker.port}`]);
    assert.equal(code, exitCodes.bind);
    assert.match(text, new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${blocker.port}`));
  });

  it("refuses a time that makes no sense", async () => {
    for (const seconds of ["0", "x", "1m", "1e9"]) {
      await assert.rejects(async () => await runCommand(["--seconds", seconds]), UsageError);
    }
  });
});
