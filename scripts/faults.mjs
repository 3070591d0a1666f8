// @ts-check
/**
 * `npm run faults -- --seeds N`: the reactor over a libc that fails, by hand, on the three runtimes; with `--runtime bun`
 * first on one only. See test/support/fault-stress-cli.ts for the other options.
 */
import { bin, ensureInstalled, run, runtimes } from "./project.mjs";

ensureInstalled();
const given = process.argv.slice(2);
const only = given[0] === "--runtime" ? given[1] : undefined;
const options = only === undefined ? given : given.slice(2);
for (const name of runtimes.filter((runtime) => only === undefined || runtime === only)) {
  const flags = name === "deno" ? ["run", "-A", "--no-check"] : [];
  const { ok } = run(bin(name), [...flags, "test/support/fault-stress-cli.ts", ...options]);
  if (!ok) process.exitCode = 1;
}
