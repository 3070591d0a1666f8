// @ts-check
/**
 * `npm run bench:load`: the data plane beside HAProxy, nginx and bare relays; writes bench/results/load.md.
 *
 *   npm run bench:load -- --quick                                          everything, in five minutes; writes nothing
 *   npm run bench:load -- --only churn,bulk --contender haproxy,geryon-bun --rounds 9
 *   npm run bench:load -- --quick --output FILE
 */
import { parseArgs } from "node:util";
import { benchmarkPrograms, ensurePrograms } from "./programs.mjs";
import { become, bin, ensureInstalled, run } from "./project.mjs";

ensureInstalled();
const missing = ensurePrograms(benchmarkPrograms);
if (missing.length > 0) console.log(`Not installed, and so not in it: ${missing.join(", ")}`);
const { values } = parseArgs({ options: { contender: { type: "string" } }, strict: false });
const packaged = values.contender === undefined || /executable|bundled/.test(String(values.contender));
if (packaged && !run(bin("node"), ["scripts/build.mjs"]).ok) process.exit(1);
become(["bench/load/run.ts", ...process.argv.slice(2)]);
