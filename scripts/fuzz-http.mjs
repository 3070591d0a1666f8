// @ts-check
/**
 * `npm run fuzz:http -- --inputs 1000000 --seed 1`: mutated messages against the HTTP/1.1 codec on the three runtimes; with
 * `--runtime bun` first on one only.
 */
import { bin, ensureInstalled, run, runtimes } from "./project.mjs";

ensureInstalled();
const given = process.argv.slice(2);
const only = given[0] === "--runtime" ? given[1] : undefined;
const options = only === undefined ? given : given.slice(2);
for (const name of runtimes.filter((runtime) => only === undefined || runtime === only)) {
  process.stdout.write(`${name}: `);
  const flags = name === "deno" ? ["run", "-A", "--no-check"] : [];
  const { ok } = run(bin(name), [...flags, "test/core/wire/fuzz-wire-cli.ts", ...options]);
  if (!ok) process.exitCode = 1;
}
