/**
 * `npm run faults`: many connections of the reactor over a libc that fails, seed by seed.
 *
 *   --seeds 5000    the seeds 1 to 5000
 *   --from 4001     not from 1
 *   --seed 17       one of them, and how often which fault happened
 */
import { argv, exit, stdout } from "node:process";
import { parseArgs } from "node:util";
import { loadLibc } from "../../src/adapters/reactor/libc/load-libc.ts";
import { currentRuntime } from "./current-runtime.ts";
import { expectNoLeak, runFaultSeed } from "./fault-stress.ts";

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
  },
});
const first = Number(values.seed ?? values.from);
const last = Number(values.seed ?? values.seeds);
const base = await currentRuntime();
const libc = await loadLibc();
let failed = 0;
await expectNoLeak(async () => {
  for (let seed = first; seed <= last; seed++) {
    try {
      const faults = await runFaultSeed(base, libc, seed);
      if (values.seed !== undefined) for (const [name, count] of faults) stdout.write(`${name}: ${count}\n`);
    } catch (error) {
      failed++;
      stdout.write(`${(error as Error).message}\n`);
    }
  }
});
stdout.write(`${base.name}: ${last - first + 1} seeds, ${failed} failed\n`);
// Sockets of a seed that failed may still be open.
exit(failed === 0 ? 0 : 1);
