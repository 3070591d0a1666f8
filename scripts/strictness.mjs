// @ts-check
/** `npm run bench:strictness`: what proxies do with the framing corpus; writes bench/results/strictness.md. */
import { ensurePrograms, strictnessPrograms } from "./programs.mjs";
import { bin, ensureInstalled, run } from "./project.mjs";

ensureInstalled();
const missing = ensurePrograms(strictnessPrograms);
if (missing.length > 0) console.log(`Not installed, and so not beside it: ${missing.join(", ")}`);
const { ok } = run(bin("node"), ["bench/strictness/run.ts", "bench/results/strictness.md"]);
process.exitCode = ok ? 0 : 1;
