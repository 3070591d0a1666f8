// @ts-check
/**
 * `npm test`: every test file on Node, Bun and Deno, each file in a process of its own, so that a file that hangs,
 * leaks or ends its process is found by name and cannot disturb another. Where there is a reactor, the files that depend
 * on which sockets there are run again on the runtime's own.
 *
 *   npm test -- --runtime bun test/core      one runtime, files or folders
 *   npm test -- --verbose                    the output of passing files too
 *   npm test -- --check                      npm run check first; counts as one failure when it fails
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { countTests } from "./junit.mjs";
import { ensurePrograms, testPrograms } from "./programs.mjs";
import { bin, childEnv, ensureInstalled, filesBelow, root, run, runtimes, versionOf } from "./project.mjs";

/** @typedef {import("./junit.mjs").Counts} Counts */
/** @typedef {typeof runtimes[number]} RuntimeName */
/** @typedef {{ runtime: RuntimeName, file: string, counts: Counts, problem: string, output: string }} FileResult */

/**
 * What depends on which sockets there are, one file for each thing that they do. (test/contract tests all of them at once, and
 * the command line's tests would take minutes more.)
 */
const onSockets = [
  "test/e2e/actions.test.ts",
  "test/e2e/io.test.ts",
  "test/e2e/limits.test.ts",
  "test/e2e/programs.test.ts",
  "test/e2e/storm.test.ts",
  "test/e2e/worker-death.test.ts",
  "test/e2e/workers.test.ts",
  "test/cli/demo.test.ts",
  "test/control/workers/worker-life.test.ts",
  "test/core/dial-sockets.test.ts",
  "test/http-corpus/corpus.test.ts",
  "test/core/health-http-probe.test.ts",
  "test/core/proxy-server.test.ts",
  "test/core/scenarios.test.ts",
];
/** A single test may take this long, where the runner can tell (Deno's cannot). */
const testLimitMs = 120_000;
/** A file may take this long; what runs on after it has leaked something or hangs. */
const fileLimitMs = 240_000;
/** After this, files that have not run yet fail: continuous integration would end us without a word. */
const totalLimitMs = 23 * 60_000;
/** Beyond this, a test's output is noise. */
const outputLimit = 4_000_000;

const started = performance.now();
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failures = [];
/** Process groups that run now, to end them with us. @type {Set<number>} */
const running = new Set();

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    for (const group of running) killGroup(group);
    process.exit(1);
  });
}

try {
  await main();
} catch (error) {
  // Most often a mistake in the arguments, where the stack says nothing.
  console.error(process.argv.includes("--verbose") ? error : String(error));
  fail("the test script itself");
}
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `  ${line}`).join("\n")}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function main() {
  const { values, positionals } = parseArgs({
    options: {
      runtime: { type: "string", multiple: true, default: [...runtimes] },
      check: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const chosen = runtimes.filter((name) => values.runtime.includes(name));
  const unknown = values.runtime.filter((name) => !chosen.some((runtime) => runtime === name));
  if (unknown.length > 0) throw new Error(`Unknown runtime "${unknown[0]}": node, bun and deno are known`);
  const files = select(positionals);

  ensureInstalled();
  if (values.check && !run(bin("node"), ["scripts/check.mjs"]).ok) fail("npm run check");

  const env = { ...childEnv(), NO_COLOR: "1", GERYON_E2E_MISSING: "" };
  if (files.some((file) => file.startsWith("test/e2e/")) || positionals.length === 0) {
    const missing = ensurePrograms(testPrograms);
    env.GERYON_E2E_MISSING = missing.join(" ");
    if (missing.length > 0) console.log(`Not installed: ${missing.join(", ")}; the tests that need them are skipped`);
    if (!run(bin("node"), ["scripts/build.mjs"]).ok) fail("npm run build");
  }
  for (const runtime of chosen) {
    await runAll(runtime, files, env, values.verbose);
    const again = files.filter((file) => onSockets.some((prefix) => file.startsWith(prefix)));
    if (again.length === 0 || process.env["GERYON_TEST_IO"] !== undefined || !hasReactor(runtime, env)) continue;
    await runAll(runtime, again, { ...env, GERYON_TEST_IO: "runtime" }, values.verbose);
  }
}

/**
 * Whether the tests ran on the reactor; where not, says why.
 * @param {RuntimeName} runtime
 * @param {NodeJS.ProcessEnv} env
 */
function hasReactor(runtime, env) {
  const args = [...(runtime === "deno" ? ["run", "-A", "--no-check"] : []), "src/main.ts", "doctor", "--json"];
  const { ok, stdout, output } = run(bin(runtime), args, { quiet: true, env });
  if (!ok) {
    fail(`${runtime}: geryon doctor: ${output.trim()}`);
    return false;
  }
  /** @type {{ io: string, reactorFault: string }} */
  const { io, reactorFault } = JSON.parse(stdout);
  if (io !== "reactor") console.log(`${runtime}: no reactor: ${reactorFault}`);
  return io === "reactor";
}

/**
 * The test files that were asked for. We name them to every runner: none of them shall search by its own rules.
 * @param {readonly string[]} wanted
 */
function select(wanted) {
  const all = filesBelow("test", ".test.ts");
  if (wanted.length === 0) return all;
  return wanted.flatMap((given) => {
    const path = relative(root, resolve(given));
    const found = all.filter((file) => file === path || file.startsWith(`${path}/`));
    if (found.length === 0) throw new Error(`No test file: "${given}"`);
    return found;
  });
}

/**
 * The own tests of one adapter, in test/adapters/NAME, run on its runtime only: elsewhere there is nothing to test.
 * @param {RuntimeName} runtime
 * @param {string} file
 */
function belongsTo(runtime, file) {
  const owner = runtimes.find((name) => file.startsWith(`test/adapters/${name}/`));
  return owner === undefined || owner === runtime;
}

/**
 * Tests that compute and start nothing: as many at a time as there are cores.
 * @param {string} file
 */
function isQuiet(file) {
  if (onSockets.some((prefix) => file.startsWith(prefix))) return false;
  return ["test/core/", "test/config/", "test/control/", "test/sim/", "test/bench/"].some((folder) =>
    file.startsWith(folder),
  );
}

/**
 * @param {RuntimeName} runtime
 * @param {readonly string[]} files
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} verbose
 */
async function runAll(runtime, files, env, verbose) {
  const setting = env["GERYON_TEST_IO"] === undefined ? "" : `GERYON_TEST_IO=${env["GERYON_TEST_IO"]} `;
  const name = `${setting}${runtime} ${versionOf(runtime)}`;
  const start = performance.now();
  const sum = { passed: 0, failed: 0, skipped: 0 };
  /** @type {{ file: string, seconds: number }[]} */
  const times = [];
  console.log(`\n${name}`);
  let open = false; // Whether a line of dots is unfinished.
  const mine = files.filter((file) => belongsTo(runtime, file));
  const cores = Math.min(8, availableParallelism());
  /** @param {string[]} queue */
  const runQueue = async (queue) => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const before = performance.now();
      const result = await runFile(runtime, file, env);
      times.push({ file, seconds: (performance.now() - before) / 1000 });
      for (const state of /** @type {const} */ (["passed", "failed", "skipped"])) sum[state] += result.counts[state];
      if (result.counts.failed === 0 && !verbose) {
        process.stdout.write(".");
        open = true;
        continue;
      }
      if (open) console.log();
      open = false;
      const { passed, failed, skipped } = result.counts;
      console.log(
        `${failed > 0 ? "FAILED" : "ok    "}  ${file}  ${passed} passed, ${failed} failed, ${skipped} skipped`,
      );
      console.log(result.output.trim().replace(/^/gm, "  "));
      if (result.problem !== "") console.log(`  ${result.problem}`);
      if (failed > 0)
        failures.push(`${setting}npm test -- --runtime ${runtime} ${file}${result.problem && `  (${result.problem})`}`);
    }
  };
  const quiet = mine.filter((file) => isQuiet(file));
  await Promise.all(Array.from({ length: cores }, () => runQueue(quiet)));
  const others = mine.filter((file) => !isQuiet(file));
  // Half of the cores, as the other half is for what these start.
  await Promise.all(Array.from({ length: Math.max(1, cores >> 1) }, () => runQueue(others)));
  if (open) console.log();
  const { passed, failed, skipped } = sum;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const slowest = times.toSorted((a, b) => b.seconds - a.seconds).slice(0, 12);
  if (verbose) for (const { file, seconds: one } of slowest) console.log(`  ${one.toFixed(1).padStart(6)} s  ${file}`);
  console.log(`${name}: ${files.length} files, ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds} s)`);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  if (passed + failed === 0) fail(`${runtime}: no test ran`);
}

/**
 * @param {RuntimeName} runtime
 * @param {string} file
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<FileResult>}
 */
async function runFile(runtime, file, env) {
  const folder = mkdtempSync(join(tmpdir(), "geryon-test-"));
  try {
    const report = join(folder, "junit.xml");
    const left = totalLimitMs - (performance.now() - started);
    const limitMs = Math.min(fileLimitMs, left);
    const end =
      left > 0
        ? await execute(bin(runtime), runnerArgs(runtime, file, report), env, limitMs)
        : { code: 1, output: "", problem: "not run: out of time" };
    const counts = countTests(readReport(report)) ?? { passed: 0, failed: 0, skipped: 0 };
    let { problem } = end;
    if (problem === "" && counts.passed + counts.failed + counts.skipped === 0) problem = "no test ran";
    if (problem === "" && counts.failed === 0 && end.code !== 0) problem = `exit code ${end.code}`;
    // A failed run with only passing tests: a hook or the file itself threw, or the process was ended.
    if (problem !== "" && counts.failed === 0) counts.failed = 1;
    return { runtime, file, counts, problem, output: end.output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {RuntimeName} runtime
 * @param {string} file
 * @param {string} report
 */
function runnerArgs(runtime, file, report) {
  switch (runtime) {
    case "node":
      return [
        `--test-timeout=${testLimitMs}`,
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        "--test-reporter=junit",
        `--test-reporter-destination=${report}`,
        file,
      ];
    case "bun": // "./" makes it a path; a bare name is a filter.
      return ["test", `--timeout=${testLimitMs}`, "--reporter=junit", `--reporter-outfile=${report}`, `./${file}`];
    case "deno": // The types are tsc's work.
      return ["test", "-A", "--no-check", `--junit-path=${report}`, file];
  }
}

/**
 * Runs a program in a process group of its own and ends what it leaves behind.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {number} limitMs
 * @returns {Promise<{ code: number | null, output: string, problem: string }>}
 */
function execute(command, args, env, limitMs) {
  return new Promise((settle) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const group = child.pid;
    let output = "";
    let problem = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        if (output.length < outputLimit) output += text;
      });
    }
    if (group !== undefined) running.add(group);
    const timer = setTimeout(() => {
      problem = `still running after ${Math.round(limitMs / 1000)} s: it hangs, or left something open`;
      if (group !== undefined) killGroup(group);
    }, limitMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      settle({ code: null, output, problem: error.message });
    });
    child.on("exit", (_, signal) => {
      clearTimeout(timer);
      if (group !== undefined) {
        killGroup(group);
        running.delete(group);
      }
      if (problem === "" && signal !== null) problem = `ended by ${signal}`;
    });
    child.on("close", (code) => settle({ code, output, problem }));
  });
}

/**
 * @param {number} group
 */
function killGroup(group) {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // Nobody of it is left.
  }
}

/**
 * @param {string} path
 */
function readReport(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // The runner did not get that far.
  }
}

/**
 * Counts something that is not a test as one failure.
 * @param {string} what
 */
function fail(what) {
  total.failed++;
  failures.push(what);
}
