// @ts-check
/** `npm run check`: everything that can be wrong without running it. All steps run, so that one go shows all. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bin, ensureInstalled, filesBelow, root, run } from "./project.mjs";

ensureInstalled();

/** @type {string[]} */
const failed = [];
const denoAdapter = filesBelow("src/adapters/deno", ".ts");

step("types", () => run(bin("tsc"), ["-b", "--pretty", "false"], { quiet: true }));
// @types/deno lags behind Deno: its own compiler has the last word on its adapter.
if (denoAdapter.length > 0) step("types, deno", () => run(bin("deno"), ["check", ...denoAdapter], { quiet: true }));
step("lint", () => run(bin("oxlint"), [], { quiet: true }));
step("format", () => run(bin("oxfmt"), ["--check"], { quiet: true }));
step("lock file", () => run(bin("node"), ["scripts/lock.mjs", "--check"], { quiet: true }));
step("docs", undocumented);
step("docs, config", () => run(bin("node"), ["scripts/docs-config.ts", "--check"], { quiet: true }));
step("docs, tables", () => run(bin("node"), ["scripts/docs-tables.ts", "--check"], { quiet: true }));

if (failed.length > 0) {
  console.error(`\nCheck failed: ${failed.join("; ")}`);
  process.exitCode = 1;
}

/**
 * @param {string} name
 * @param {() => { ok: boolean, output: string }} body
 */
function step(name, body) {
  const start = performance.now();
  const { ok, output } = body();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${ok ? "ok    " : "FAILED"}  ${name}  (${seconds} s)`);
  if (ok) return;
  failed.push(name);
  console.log(output.trim().replace(/^/gm, "  "));
}

/**
 * What is exported says what it is for. (`deno doc --lint` asks the same of every member, which breeds comments that
 * repeat a name; of its answers we take the ones about whole symbols.)
 */
function undocumented() {
  const files = filesBelow("src", ".ts").filter((file) => !file.endsWith(".d.ts"));
  if (files.length === 0) return { ok: true, output: "" };
  const { ok, stdout, output } = run(bin("deno"), ["doc", "--json", ...files], { quiet: true });
  // Before what it fails for, Deno warns of each type of Node's that it does not need.
  if (!ok) return { ok, output: output.slice(Math.max(0, output.search(/^error/m))) };
  /** @typedef {{ filename: string, line: number }} Location */
  /** @typedef {{ declarationKind: string, kind: string, location: Location, jsDoc?: { doc?: string } }} Declaration */
  /** @type {{ nodes: Record<string, { symbols?: { name: string, declarations: Declaration[] }[] }> }} */
  const { nodes } = JSON.parse(stdout);
  const lines = Object.values(nodes)
    .flatMap((node) => node.symbols ?? [])
    .filter(({ declarations }) => declarations.every(({ jsDoc }) => (jsDoc?.doc ?? "").trim() === ""))
    .flatMap(({ name, declarations }) => declarations.slice(0, 1).map((declaration) => ({ name, ...declaration })))
    .filter(({ declarationKind, kind }) => declarationKind === "export" && kind !== "reference")
    // A name of the kernel's, such as EPOLLIN: its manual says what it is for.
    .filter(({ name }) => !/^[A-Z][A-Z0-9_]+$/.test(name))
    .map(({ name, location }) => {
      const file = relative(root, fileURLToPath(location.filename));
      return `${file}:${location.line}: "${name}" is exported without a comment that says what it is for`;
    });
  return { ok: lines.length === 0, output: lines.join("\n") };
}
