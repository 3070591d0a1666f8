// @ts-check
/** `npm run bench:scenarios`: what clients see while endpoints misbehave; writes bench/results/scenarios.md. */
import { ensurePrograms, peerPrograms } from "./programs.mjs";
import { bin, ensureInstalled, run } from "./project.mjs";

ensureInstalled();
const missing = ensurePrograms(peerPrograms);
if (missing.length > 0) console.log(`Not installed, and so not beside it: ${missing.join(", ")}`);
const { ok } = run(bin("node"), ["bench/scenarios/run.ts", "bench/results/scenarios.md"]);
process.exitCode = ok ? 0 : 1;
