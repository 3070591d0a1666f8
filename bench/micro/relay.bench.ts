/**
 * What the port and the core add over the least that relays on the same runtime: CPU per round trip (13 bytes on 50
 * connections, Gorgon's shape) and per connection (connect, one round trip, close). Each relay has core 0 to itself;
 * clients and origin share the others. CPU time is what the kernel says of the relay's process (proc(5), stat).
 */
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TcpEcho } from "../../src/cli/echo/tcp-echo.ts";
import { LoadRun } from "../../src/cli/load/load-run.ts";
import { currentRuntime } from "../../test/support/current-runtime.ts";

const rounds = 5;
const roundMs = 1500;

const runtime = await currentRuntime();
const pinned = spawnSync("taskset", ["-V"]).status === 0;
if (pinned) spawnSync("taskset", ["-cp", "1", String(process.pid)]);

const echo = await TcpEcho.start(runtime, { kind: "tcp", host: "127.0.0.1", port: 0 }, () => {});
const origin = echo.address;
assert.ok(origin.kind === "tcp");

interface Relay {
  readonly name: string;
  readonly process: ChildProcess;
  readonly port: number;
}

function startRelay(name: string, endpoint: number): Promise<Relay> {
  const script = fileURLToPath(new URL(`./relay/${name}.ts`, import.meta.url));
  const command = [
    process.execPath,
    ...("Deno" in globalThis ? ["run", "-A", "--no-check"] : []),
    script,
    String(endpoint),
  ];
  const [program = "", ...args] = pinned ? ["taskset", "-c", "0", ...command] : command;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve) => {
    child.stdout.on("data", (bytes: Buffer) => {
      const port = Number(/port (\d+)/.exec(bytes.toString())?.[1]);
      resolve({ name, process: child, port });
    });
  });
}

/** User and system time of a process in microseconds; the kernel counts in hundredths of a second. */
function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** CPU microseconds of the relay per round trip. */
async function measure(relay: Relay, roundTripsPerConnection: number): Promise<number> {
  const run = new LoadRun(
    {
      address: { kind: "tcp", host: "127.0.0.1", port: relay.port },
      connections: 50,
      sizeBytes: 13,
      timeoutMs: 5000,
      roundTripsPerConnection,
    },
    runtime,
  );
  const before = cpuUs(relay.process.pid ?? 0);
  run.start();
  await new Promise((resolve) => setTimeout(resolve, roundMs));
  await run.stop();
  const spent = cpuUs(relay.process.pid ?? 0) - before;
  assert.equal(run.stats.errorCount, 0, "every byte came back");
  return spent / run.stats.roundTrips;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const relays = [await startRelay(`bare-${runtime.name}`, origin.port), await startRelay("geryon", origin.port)];
for (const [what, perConnection] of [
  ["round trip", Infinity],
  ["connection", 1],
] as const) {
  const results = relays.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, relay] of relays.entries()) {
      const cost = await measure(relay, perConnection);
      // The first round warms up.
      if (round >= 0) results[index]?.push(cost);
    }
  }
  const [bare = [], geryon = []] = results;
  const ratios = geryon.map((cost, round) => cost / (bare[round] ?? NaN));
  console.log(
    `CPU per ${what}: bare ${median(bare).toFixed(2)} us, geryon ${median(geryon).toFixed(2)} us, ` +
      `ratio ${median(ratios).toFixed(3)} (${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`,
  );
}
for (const relay of relays) relay.process.kill("SIGKILL");
process.exit(0);
