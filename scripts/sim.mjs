// @ts-check
/** `npm run sim -- --seeds N`: the simulator by hand; see test/sim/cli.ts for its options. */
import { bin, ensureInstalled, run } from "./project.mjs";

ensureInstalled();
const { ok } = run(bin("node"), ["test/sim/cli.ts", ...process.argv.slice(2)]);
process.exitCode = ok ? 0 : 1;
