/**
 * Geryon's data plane beside the programs that people would otherwise take, all in one run. See scripts/bench-load.mjs
 * for how to start it, README.md for what it measures and how.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { type Bench, progress } from "./bench.ts";
import { measureBulk } from "./bulk.ts";
import { measureChurn } from "./churn.ts";
import { allContenders } from "./contenders.ts";
import { measureControl } from "./control.ts";
import { goals } from "./goals.ts";
import {
  measureHttp,
  measureHttpBrowser,
  measureHttpDownload,
  measureHttpLatency,
  measureHttpNew,
  measureHttpUpload,
} from "./http.ts";
import { measureHttpRoutes } from "./http-routes.ts";
import { measureHttpSlow } from "./http-slow.ts";
import { measureIdle } from "./idle.ts";
import { measureLatency } from "./latency.ts";
import { describeMachine, pinSelf } from "./machine.ts";
import { NativePrograms } from "./native.ts";
import { renderGoals, renderReport, renderTable } from "./report.ts";
import { measureHttpThroughTcp, measureRoundTrips } from "./round-trips.ts";
import { measureStart } from "./start.ts";
import type { Table } from "./table.ts";
import { measureWorkers } from "./workers.ts";

const dimensions: Readonly<Record<string, (bench: Bench) => Promise<Table>>> = {
  "round-trips": measureRoundTrips,
  "http-through-tcp": measureHttpThroughTcp,
  churn: measureChurn,
  bulk: measureBulk,
  idle: measureIdle,
  latency: measureLatency,
  control: measureControl,
  workers: measureWorkers,
  start: measureStart,
  http: measureHttp,
  "http-browser": measureHttpBrowser,
  "http-new": measureHttpNew,
  "http-download": measureHttpDownload,
  "http-upload": measureHttpUpload,
  "http-latency": measureHttpLatency,
  "http-routes": measureHttpRoutes,
  "http-slow": measureHttpSlow,
};

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    contender: { type: "string" },
    rounds: { type: "string" },
    output: { type: "string" },
  },
});

if (spawnSync("taskset", ["-V"]).status !== 0) throw new Error("The cores are shared out by taskset, of util-linux");
pinSelf();
const folder = new TemporaryFolder();
// Also when a signal ends us, where `using` would not.
process.on("exit", () => folder[Symbol.dispose]());
const native = new NativePrograms(folder);
const contenders = choose(
  "contender",
  allContenders(native).map((one) => [one.name, one] as const),
  given.contender,
);
const chosen = choose("dimension", Object.entries(dimensions), given.only);
const rounds = given.rounds === undefined ? (given.quick ? 1 : 5) : Number(given.rounds);
const bench: Bench = {
  native,
  contenders,
  rounds,
  measureMs: given.quick ? 500 : 1500,
  warmUpMs: given.quick ? 500 : 2500,
  settleMs: given.quick ? 300 : 1000,
};

const tables: Table[] = [];
for (const measure of chosen) {
  progress(`${measure.name}: starting and warming up`);
  const table = await measure(bench);
  tables.push(table);
  console.log(`${renderTable(table)}\n`);
}
console.log(`${renderGoals(goals, tables)}\n\n${describeMachine()}`);
const whole = given.only === undefined && given.contender === undefined && !given.quick;
const output = given.output ?? (whole ? "bench/results/load.md" : undefined);
if (output !== undefined) {
  const preface = {
    command: ["npm run bench:load", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" "),
    machine: describeMachine(),
    rounds,
    contenders,
  };
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, renderReport(preface, tables, goals));
}

/** Those of `all` that a comma-separated list names; all without one. Throws on a name that is not known. */
function choose<T>(what: string, all: readonly (readonly [name: string, value: T])[], list: string | undefined): T[] {
  if (list === undefined) return all.map(([, value]) => value);
  return list.split(",").map((wanted) => {
    const found = all.find(([name]) => name === wanted);
    if (found === undefined) {
      throw new Error(`There is no ${what} '${wanted}'; there are ${all.map(([name]) => name).join(", ")}`);
    }
    return found[1];
  });
}
