// @ts-check
/** Real programs: those that the end-to-end tests put around the proxy, and those that the benchmarks put beside it. */
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { childEnv, run } from "./project.mjs";

/** What the end-to-end tests need: each program with the Debian package that holds it. */
export const testPrograms = new Map([
  ["curl", "curl"],
  ["nginx", "nginx"],
  ["redis-server", "redis-server"],
  ["redis-benchmark", "redis-tools"],
  ["socat", "socat"],
  ["promtool", "prometheus"],
]);

/** What the scenarios compare with. */
export const peerPrograms = new Map([["haproxy", "haproxy"]]);

/** What the framing corpus is played against. */
export const strictnessPrograms = new Map([...peerPrograms, ["nginx", "nginx"]]);

/** What the load benchmark compares with, loads with and compiles with. */
export const benchmarkPrograms = new Map([
  ...peerPrograms,
  ["nginx", "nginx"],
  ["/usr/lib/nginx/modules/ngx_stream_module.so", "libnginx-mod-stream"],
  ["wrk", "wrk"],
  ["gcc", "gcc"],
  ["go", "golang-go"],
  ["taskset", "util-linux"],
]);

/**
 * Installs what is missing, where we may: on Debian and its kin, as root. Returns the names of the programs that are
 * missing still; tests that need one skip and name it.
 * @param {ReadonlyMap<string, string>} programs
 */
export function ensurePrograms(programs) {
  const wanted = missing(programs);
  if (wanted.length === 0 || process.getuid?.() !== 0 || find("apt-get") === undefined) return wanted;
  const packages = [...new Set(wanted.map((name) => programs.get(name) ?? name))];
  console.log(`Installing with apt-get: ${packages.join(", ")} ...`);
  withoutServices(() => {
    apt(["update"]);
    // One at a time if not together: one that cannot be had must not cost the others.
    if (!apt(["install", ...packages])) for (const name of packages) apt(["install", name]);
  });
  return missing(programs);
}

/**
 * @param {ReadonlyMap<string, string>} programs
 */
function missing(programs) {
  return [...programs.keys()].filter((name) => find(name) === undefined);
}

/**
 * A program by its name on the path, or a file by its absolute path.
 * @param {string} name
 */
function find(name) {
  if (name.startsWith("/")) return existsSync(name) ? name : undefined;
  return childEnv()
    .PATH.split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * @param {readonly string[]} args
 */
function apt(args) {
  const env = { ...childEnv(), DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-qq", "-y", "--no-install-recommends"];
  return run("apt-get", [...options, ...args], { quiet: true, env, timeoutMs: 300_000 }).ok;
}

/**
 * Debian starts a service when it installs one; we want only the programs. policy-rc.d is its way to say no.
 * @param {() => void} body
 */
function withoutServices(body) {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    body();
  } finally {
    if (ours) rmSync(policy);
  }
}
