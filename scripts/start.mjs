// @ts-check
/**
 * `npm start -- ARGS`: installs what is missing, then `geryon demo ARGS`. (The scripts that are signalled begin with
 * `exec` in package.json: a signal to npm goes to its shell, which would die of it and leave the program running.)
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { bin, childEnv, ensureInstalled, root } from "./project.mjs";

ensureInstalled();

const args = ["src/main.ts", "demo", ...process.argv.slice(2)];
const child = spawn(bin("node"), args, { cwd: root, env: childEnv(), stdio: "inherit" });

// Ctrl-C in a terminal reaches the child by itself (same process group), and once is enough: npm passes it on to us a
// second time. Without a terminal whoever sends it sends it to npm or to us alone.
const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
/** @type {Set<NodeJS.Signals>} */
const passedOn = new Set();
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    if ((signal === "SIGINT" && terminal) || passedOn.has(signal)) return;
    passedOn.add(signal);
    setTimeout(() => passedOn.delete(signal), 500).unref();
    child.kill(signal);
  });
}

child.on("error", (error) => {
  console.error(`Cannot start the demo: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
});
