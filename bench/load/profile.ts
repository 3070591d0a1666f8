/**
 * One contender alone, under the load of one dimension of HTTP, with a profiler: where does its time go?
 *
 *     node bench/load/profile.ts geryon-bun                small requests, with the profiler of the runtime
 *     node bench/load/profile.ts geryon-node new 5         5 seconds of a connection for each request
 *     node bench/load/profile.ts haproxy small 5 --perf    with perf(1): the kernel's part, and native code
 *
 * With `--perf`, `NODE_OPTIONS=--perf-basic-prof` gives Node's compiled functions their names.
 *
 * Loads: small, browser, new, download, upload, rate. The profile is left in `.cache/profile/`: `NAME.cpuprofile` for a
 * browser's tools, `NAME.perf` for `perf report -i`. The runtime's profiler costs CPU of its own: CPU per request
 * is printed to tell how much, not to compare.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { repositoryFile } from "../../test/support/geryon.ts";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { alone, startHttpOrigin } from "./bench.ts";
import type { RunningContender } from "./contender.ts";
import { allContenders } from "./contenders.ts";
import type { Load } from "./load-rows.ts";
import { pinSelf } from "./machine.ts";
import { NativePrograms } from "./native.ts";

const connections = 50;
const loads: Readonly<Record<string, Load>> = {
  small: { mode: "http", options: { connections } },
  browser: { mode: "http", options: { connections, head: "browser" } },
  new: { mode: "http-new", options: { connections, close: 1 } },
  download: { mode: "http-bulk", options: { connections: 8 } },
  upload: { mode: "http-bulk", options: { connections: 8, up: 1 } },
  rate: { mode: "http-rate", options: { connections, rate: 10_000 } },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { perf: { type: "boolean", default: false }, top: { type: "string", default: "40" } },
});
const [name = "geryon-bun", loadName = "small", seconds = "5"] = positionals;
const load = loads[loadName];
if (load === undefined) throw new Error(`There is no load '${loadName}'; there are ${Object.keys(loads).join(", ")}`);
const { mode, options } = load;
const kept = repositoryFile(".cache/profile");
mkdirSync(kept, { recursive: true });

pinSelf();
using folder = new TemporaryFolder();
const native = new NativePrograms(folder);
const contender = allContenders(native).find((one) => one.name === name);
if (contender === undefined) throw new Error(`There is no contender '${name}'`);
if (contender.missing !== "") throw new Error(contender.missing);
if (!values.perf) {
  // What starts from here on is Geryon, and leaves a profile when it ends.
  const flags = `--cpu-prof --cpu-prof-dir=${folder.path}`;
  Object.assign(process.env, { NODE_OPTIONS: flags, BUN_OPTIONS: flags });
}
await using origin = await startHttpOrigin(native);
const running = await contender.start({ folder, native, ...alone(origin), protocol: "http" });
try {
  await native.load(mode, { ...options, port: running.port, ms: 2000 });
  await (values.perf ? withPerf(running) : withRuntime(running));
} finally {
  await running[Symbol.asyncDispose]();
}

async function measure({ port, pids }: RunningContender): Promise<void> {
  const cpu = pids.join(",");
  const result = await native.load(mode, { ...options, port, cpu, ms: Number(seconds) * 1000 });
  const each = ((result.cpuSeconds / result.count) * 1e6).toFixed(2);
  console.log(`${name}, ${loadName}: ${result.count} requests, ${each} us of CPU for each\n`);
}

async function withPerf(subject: RunningContender): Promise<void> {
  const file = `${kept}/${name}-${loadName}.perf`;
  const pids = subject.pids.join(",");
  const perf = spawn("perf", ["record", "-q", "-F", "2000", "-g", "-o", file, "-p", pids], { stdio: "inherit" });
  await measure(subject);
  perf.kill("SIGINT");
  await once(perf, "close");
  // First how much is the kernel's, the program's and that of its compiled code; then the functions.
  for (const by of ["dso", "sym"]) {
    const { stdout } = spawnSync("perf", [
      "report",
      "-i",
      file,
      "--no-children",
      "-g",
      "none",
      "--sort",
      by,
      "--stdio",
    ]);
    const lines = stdout.toString().split("\n");
    console.log(
      `${lines
        .filter((line) => /^ *\d/.test(line))
        .slice(0, Number(values.top))
        .map((line) => line.slice(0, 120).trimEnd())
        .join("\n")}\n`,
    );
  }
}

async function withRuntime(subject: RunningContender): Promise<void> {
  await measure(subject);
  process.kill(subject.pids[0] ?? 0, "SIGTERM");
  for (let tries = 0; tries < 100 && profiles().length === 0; tries++) await sleep(100);
  await sleep(500);
  const [found] = profiles();
  if (found === undefined) throw new Error("The runtime left no profile: this one can be seen with --perf only");
  const file = `${kept}/${name}-${loadName}.cpuprofile`;
  renameSync(folder.file(found), file);
  printProfile(JSON.parse(readFileSync(file, "utf8")) as Profile);
}

function profiles(): string[] {
  return existsSync(folder.path) ? readdirSync(folder.path).filter((one) => one.endsWith(".cpuprofile")) : [];
}

/** What both runtimes write. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

function printProfile({ nodes, samples, timeDeltas }: Profile): void {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const self = new Map<string, number>();
  // The end only: what came before was the warm-up.
  const until = timeDeltas.reduce((sum, one) => sum + one, 0);
  let total = 0;
  let at = 0;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    at += delta;
    if (at < until - (Number(seconds) + 1) * 1e6) continue;
    const { functionName = "", url = "", lineNumber = 0 } = frames.get(id) ?? {};
    const place = url === "" ? "" : `  ${url.replace(/^.*\/(?=(src|node_modules)\/)/, "")}:${lineNumber + 1}`;
    const key = `${functionName || "(anonymous)"}${place}`;
    if (functionName === "(idle)") continue;
    total += delta;
    self.set(key, (self.get(key) ?? 0) + delta);
  }
  const sorted = [...self].toSorted(([, a], [, b]) => b - a).slice(0, Number(values.top));
  for (const [key, time] of sorted) console.log(`${((time / total) * 100).toFixed(1).padStart(5)} %  ${key}`);
}
