// @ts-check
/**
 * What the other scripts share: where things are, and an installation that is there before it is needed.
 *
 * These scripts are plain JavaScript and import no package, because on a fresh machine there is only an older Node and
 * npm: they install the pinned runtimes first and then run everything through those.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

const binaries = join(root, "node_modules", ".bin");

/**
 * The path of a pinned tool or runtime.
 * @param {string} name
 */
export function bin(name) {
  return join(binaries, name);
}

/** The runtimes that everything must run on, in the order in which tests and benchmarks take them. */
export const runtimes = /** @type {const} */ (["node", "bun", "deno"]);

/** The environment of whatever we run: pinned tools first, system daemons findable, caches inside the repository. */
export function childEnv() {
  const own = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== binaries);
  const sbin = ["/usr/local/sbin", "/usr/sbin", "/sbin"].filter((folder) => !own.includes(folder));
  return {
    ...process.env,
    PATH: [binaries, ...own, ...sbin].join(delimiter),
    DENO_DIR: join(root, ".cache", "deno"),
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: join(root, ".cache", "bun"),
    DENO_NO_UPDATE_CHECK: "1",
    DO_NOT_TRACK: "1",
  };
}

/**
 * Runs a program to its end. Its output goes to the terminal, or with `quiet` into `output`.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 */
export function run(command, args, options = {}) {
  const { quiet = false, env = childEnv(), timeoutMs } = options;
  const result = spawnSync(command, args, {
    cwd: root,
    env: quiet ? { ...env, NO_COLOR: "1" } : env,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" }),
  });
  const output = quiet ? `${result.stdout ?? ""}${result.stderr ?? ""}` : "";
  return {
    ok: result.status === 0,
    stdout: quiet ? (result.stdout ?? "") : "",
    output: result.error === undefined ? output : `${output}\n${command}: ${result.error.message}`,
  };
}

/**
 * Runs a script on the pinned Node and ends as it does. It may start programs, which it alone can end: a signal to us
 * alone reaches it, too.
 * @param {readonly string[]} args
 */
export function become(args) {
  /** @type {import("node:child_process").SpawnOptions} */
  const options = { cwd: root, env: childEnv(), stdio: ["ignore", "inherit", "inherit"] };
  const child = spawn(bin("node"), args, options);
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("exit", (code) => (process.exitCode = code ?? 1));
}

/**
 * The version of a pinned runtime.
 * @param {string} name
 */
export function versionOf(name) {
  const { stdout } = run(bin(name), ["--version"], { quiet: true });
  return /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? "unknown version";
}

/**
 * All files below a folder whose name ends with `ending`, as sorted paths from the root; none when it does not exist.
 * @param {string} folder
 * @param {string} ending
 */
export function filesBelow(folder, ending) {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending))
    .map((path) => relative(root, join(absolute, path)))
    .toSorted();
}

/** Installs what the lock file says, unless that is what is there. Ends the process when it cannot. */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.error("Installing the pinned tools and runtimes into node_modules (npm ci, about 350 MB, once) ...");
  // Node's own npm must do it: npm ci deletes node_modules, and with it the Node in there.
  const PATH = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== binaries);
  const env = { ...process.env, PATH: PATH.join(delimiter) };
  const { ok, output } = run("npm", ["ci", "--loglevel=error", "--no-fund", "--no-audit"], { env, quiet: true });
  if (ok && isInstalled()) return;
  console.error(output.trim());
  console.error("Cannot install the dependencies: npm ci failed");
  process.exit(1);
}

/** Whether node_modules holds what the lock file names; npm keeps a lock of what it really installed in there. */
function isInstalled() {
  try {
    const wanted = lockedVersions(join(root, "package-lock.json"));
    const there = lockedVersions(join(root, "node_modules", ".package-lock.json"));
    const complete = [...wanted].every(([path, { version, optional }]) => {
      const found = there.get(path)?.version;
      return found === version || (optional && found === undefined);
    });
    return complete && runtimes.every((name) => existsSync(bin(name)));
  } catch {
    return false; // No node_modules, or not one that npm made.
  }
}

/**
 * The packages of a lock file, by path.
 * @param {string} file
 */
function lockedVersions(file) {
  /** @type {{ packages: Record<string, { version?: string, optional?: boolean }> }} */
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  const entries = Object.entries(packages).filter(([path]) => path !== "");
  return new Map(entries.map(([path, { version, optional = false }]) => [path, { version, optional }]));
}
