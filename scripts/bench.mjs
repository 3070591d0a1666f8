// @ts-check
/** `npm run bench [-- --runtime NAME] [FILE...]`: bench/micro/*.bench.ts on each runtime, one process a file. */
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { parseArgs } from "node:util";
import { bin, ensureInstalled, filesBelow, run, runtimes, versionOf } from "./project.mjs";

const { values, positionals } = parseArgs({
  options: { runtime: { type: "string", multiple: true, default: [...runtimes] } },
  allowPositionals: true,
});
ensureInstalled();

const files = positionals.length > 0 ? positionals : filesBelow("bench/micro", ".bench.ts");
if (files.length === 0) {
  console.error('Nothing to run: no file in bench/micro ends with ".bench.ts"');
  process.exit(1);
}

// A number without its machine says nothing.
console.log(`${type()} ${release()}, ${availableParallelism()} x ${cpus()[0]?.model.trim() ?? "unknown CPU"}`);
console.log(`${(totalmem() / 2 ** 30).toFixed(1)} GiB, ${new Date().toISOString()}`);

for (const runtime of values.runtime) {
  for (const file of files) {
    console.log(`\n${runtime} ${versionOf(runtime)}  ${file}`);
    const { ok } = run(bin(runtime), [...(runtime === "deno" ? ["run", "-A"] : []), file]);
    if (ok) continue;
    console.error(`FAILED  ${runtime} ${file}`);
    process.exitCode = 1;
  }
}
