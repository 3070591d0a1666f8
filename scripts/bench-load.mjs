// @ts-check
/**
 * `npm run bench:load`: the data plane beside HAProxy, nginx and bare relays; writes bench/results/load.md.
 *
 *   npm run bench:load -- --quick                                          everything, in five minutes; writes nothing
 *   npm run bench:load -- --only churn,bulk --contender haproxy,geryon-bun --rounds 9
 *   npm run bench:load -- --quick --output FILE
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchmarkPrograms, ensurePrograms } from "./programs.mjs";
import { become, bin, ensureInstalled, root, run } from "./project.mjs";

ensureInstalled();
const missing = ensurePrograms(benchmarkPrograms);
if (missing.length > 0) console.log(`Not installed, and so not in it: ${missing.join(", ")}`);
const { values } = parseArgs({ options: { contender: { type: "string" } }, strict: false });
if (!ensurePeers()) console.log("The JavaScript proxies cannot be installed, and so are not in it");
const packaged = values.contender === undefined || /executable|bundled/.test(String(values.contender));
if (packaged && !run(bin("node"), ["scripts/build.mjs"]).ok) process.exit(1);
become(["bench/load/run.ts", ...process.argv.slice(2)]);

/** Installs the JavaScript proxies: only this benchmark needs them, so they are no dependency of the project. */
function ensurePeers() {
  const folder = join(root, "bench/load/peers");
  if (existsSync(join(folder, "node_modules/.package-lock.json"))) return true;
  return run("npm", ["ci", "--prefix", folder, "--ignore-scripts", "--loglevel=error", "--no-fund", "--no-audit"]).ok;
}
