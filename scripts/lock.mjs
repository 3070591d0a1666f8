// @ts-check
/**
 * Completes package-lock.json, so that `npm ci` accepts it wherever it was made.
 *
 * npm writes a lock entry only for the optional packages that its registry can show it. A registry without, say, the
 * macOS build of a tool makes a lock that `npm ci` then refuses ("Missing: ... from lock file"), and that would not
 * install that build on a Mac either. So: run `npm run lock` after every `npm install`. Every optional package that
 * another one asks for with an exact version gets an entry, its platform read from its name; nothing else is touched.
 *
 * `--check` changes nothing and fails when something is missing, or when an entry names the host it came from.
 */
import { readFileSync, writeFileSync } from "node:fs";

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [cpu]
 * @property {string[]} [os]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 */

const lockFile = new URL("../package-lock.json", import.meta.url);
const check = process.argv.includes("--check");

const knownOs = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const knownCpu = ["arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "x64"];
/** The C libraries as package names spell them, and as npm does. */
const knownLibc = new Map([
  ["glibc", "glibc"],
  ["gnu", "glibc"],
  ["gnueabihf", "glibc"],
  ["musl", "musl"],
  ["musleabihf", "musl"],
]);

/**
 * The platform in a name such as `@oxlint/binding-linux-x64-gnu`.
 * @param {string} name
 */
function platformOf(name) {
  const words = (name.split("/").at(-1) ?? "").split("-");
  const os = words.filter((word) => knownOs.includes(word));
  const cpu = words.filter((word) => knownCpu.includes(word));
  const libc = words.flatMap((word) => knownLibc.get(word) ?? []);
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`Cannot tell the platform of the package "${name}"`);
  return { cpu, ...(libc.length > 0 ? { libc } : {}), os };
}

/** @type {{ packages: Record<string, LockEntry> }} */
const lock = JSON.parse(readFileSync(lockFile, "utf8"));
const { packages } = lock;
/** @type {string[]} */
const missing = [];
for (const [owner, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    // A range names no version to write down; and a root or nested dependency is npm's own business.
    if (owner === "" || path in packages || !/^\d+\.\d+\.\d+$/.test(version)) continue;
    missing.push(`${name}@${version}`);
    const { cpu, os, libc } = platformOf(name);
    packages[path] = {
      version,
      cpu,
      ...(entry.dev === true ? { dev: true } : {}),
      ...(libc === undefined ? {} : { libc }),
      optional: true,
      os,
    };
  }
}
const hosted = Object.keys(packages).filter((path) => packages[path]?.resolved?.startsWith("http"));

if (check) {
  for (const name of missing) console.error(`package-lock.json: no entry for ${name}`);
  for (const path of hosted) console.error(`package-lock.json: ${path} names the host it came from ("resolved")`);
  if (missing.length + hosted.length > 0) {
    console.error("Fix: npm run lock");
    process.exitCode = 1;
  }
} else {
  for (const path of hosted) delete packages[path]?.resolved;
  const sorted = Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(lockFile, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  console.log(`package-lock.json: ${missing.length} entries added, ${hosted.length} hosts removed`);
}
