/** Soaks a proxy of each runtime. See scripts/soak.mjs for how to start it, report.ts for what it looks at. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Stats } from "../../src/control/stats/stats.ts";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { progress, startOrigin } from "../load/bench.ts";
import { describeMachine } from "../load/machine.ts";
import { LoadFailure, NativePrograms, type SoakCounts } from "../load/native.ts";
import { runtimes } from "../load/programs.ts";
import { renderSoak } from "./report.ts";
import { clientsOf, faultsOf, leftovers, type Sample, type SoakRun, spareDescriptors } from "./soak-run.ts";
import { SoakedProxy } from "./soaked-proxy.ts";

const noCounts: SoakCounts = {
  visit: 0,
  talk: 0,
  halfClose: 0,
  reset: 0,
  abort: 0,
  refused: 0,
  endpointResets: 0,
  slow: 0,
  vanish: 0,
  bulk: 0,
  bytes: 0,
};

const fullSeconds = 300;
/** How long what runs may take to end: longer than the proxy's deadlines. */
const quietLimitMs = 15_000;

const { values: given } = parseArgs({
  options: {
    seconds: { type: "string", default: String(fullSeconds) },
    runtime: { type: "string", multiple: true, default: runtimes.map(([name]) => name) },
    seed: { type: "string", default: "1" },
    output: { type: "string" },
  },
});
const seconds = Number(given.seconds);
if (!(seconds > 0)) throw new Error(`--seconds is '${given.seconds}'; it takes a number above 0`);
const unknown = given.runtime.find((one) => !runtimes.some(([name]) => name === one));
if (unknown !== undefined) throw new Error(`There is no runtime '${unknown}'`);

const folder = new TemporaryFolder();
process.on("exit", () => folder[Symbol.dispose]());
const native = new NativePrograms(folder);
const runs: SoakRun[] = [];
for (const runtime of given.runtime) runs.push(await soak(runtime));

const command = ["npm run soak", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" ");
const report = renderSoak(command, describeMachine(), runs);
console.log(report);
const whole = seconds >= fullSeconds && given.runtime.length === runtimes.length;
const output = given.output ?? (whole ? "bench/results/soak.md" : undefined);
if (output !== undefined) {
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, report);
}
process.exitCode = runs.every((run) => faultsOf(run).length === 0) ? 0 : 1;

async function soak(runtime: string): Promise<SoakRun> {
  await using origin = await startOrigin(native);
  await using proxy = await SoakedProxy.start(runtime, origin.port, folder);
  progress(`${runtime}: warming up${proxy.io === "" ? "" : ` on the sockets of the ${proxy.io}`}`);
  const options = { ...proxy.ports, resets: proxy.resets ? 1 : 0, seed: given.seed };
  let warmUp = noCounts;
  let made = noCounts;
  let failure = "";
  const during: Sample[] = [];
  let before = proxy.sample();
  try {
    await native.soak({ ...options, ms: Math.max(3000, seconds * 50) }, (counts) => (warmUp = counts));
    await quiet(proxy, Infinity);
    before = proxy.sample();
    await native.soak({ ...options, ms: seconds * 1000 }, (counts) => {
      made = counts;
      const sample = proxy.sample();
      during.push({ ...sample, seconds: sample.seconds - before.seconds });
      if (during.length % 10 === 0) progress(`${runtime}: ${clientsOf(made)} connections`);
    });
  } catch (error) {
    if (!(error instanceof LoadFailure)) throw error;
    failure = error.message;
    progress(`${runtime}: ${failure}; the end of its log:\n${proxy.log}`);
  }
  const stats = await quiet(proxy, before.descriptors + spareDescriptors);
  const after = proxy.sample();
  return { runtime, io: proxy.io, seconds, before, during, after, warmUp, made, stats, failure };
}

/** Waits until nothing runs and at most so many descriptors are open, but not for long; answers the counters. */
async function quiet(proxy: SoakedProxy, descriptors: number): Promise<Stats> {
  const deadline = performance.now() + quietLimitMs;
  for (;;) {
    const stats = await proxy.stats();
    const isQuiet = leftovers(stats).length === 0 && proxy.sample().descriptors <= descriptors;
    if (isQuiet || performance.now() > deadline) return stats;
    await sleep(50);
  }
}
