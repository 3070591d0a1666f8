// @ts-check
/**
 * `npm run build`: the two forms in which Geryon ships.
 * - dist/geryon.js: one file that runs unchanged on Node, Bun and Deno (`--target=node`: all three offer `node:`).
 * - dist/geryon: one executable with Bun inside. It must not read a .env or bunfig.toml of wherever it is started.
 */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, ensureInstalled, root, run } from "./project.mjs";

ensureInstalled();
mkdirSync(join(root, "dist"), { recursive: true });

const script = "dist/geryon.js";
build(script, ["--target=node", "--format=esm"]);
const code = readFileSync(join(root, script), "utf8").replace(/^(#!.*\n)?/, "#!/usr/bin/env node\n");
writeFileSync(join(root, script), code);
chmodSync(join(root, script), 0o755);

const executable = "dist/geryon";
build(executable, [
  "--compile",
  "--minify-syntax",
  "--minify-whitespace", // Not identifiers: names in stack traces are worth more than the bytes.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
]);

for (const file of [script, executable]) {
  console.log(`${file}  ${(statSync(join(root, file)).size / 1_000_000).toFixed(1)} MB`);
}

/**
 * @param {string} outfile
 * @param {readonly string[]} args
 */
function build(outfile, args) {
  const { ok, output } = run(
    bin("bun"),
    ["build", "src/main.ts", "--external=koffi", ...args, `--outfile=${outfile}`],
    { quiet: true },
  );
  if (ok) return;
  console.error(output.trim());
  console.error(`Cannot build ${outfile}`);
  process.exit(1);
}
