/** Geryon as a contender: on each runtime, from source and packaged, with what it ships with and with one thing changed. */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { repositoryFile } from "../../test/support/geryon.ts";
import { type Contender, type Kind, type Place, startContender } from "./contender.ts";
import { freePort, runtimeProgram, runtimes, versionOf } from "./programs.ts";

/** What kinds of Geryon there are. Each has the defaults but for `settings`. */
interface Variant {
  readonly kind: Kind;
  /** What its name has after the runtime's. */
  readonly suffix: string;
  readonly script: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** What it has that differs from the defaults. */
  readonly but: string;
}

const source = { script: "src/main.ts", settings: {}, but: "" };

const variants: readonly Variant[] = [
  { ...source, kind: "geryon", suffix: "" },
  { ...source, kind: "runtime", suffix: "-runtime", settings: { io: "runtime" }, but: "the runtime's own sockets" },
  { ...source, kind: "silent", suffix: "-silent", settings: { log: { access: false } }, but: "no access log" },
  { ...source, kind: "bundled", suffix: "-bundled", script: "dist/geryon.js" },
];

/** All of them. */
export function allGeryons(): Contender[] {
  const known = knownSettings();
  const executable: Variant = { ...source, kind: "executable", suffix: "", script: "dist/geryon" };
  return [
    ...variants.flatMap((variant) =>
      runtimes.map(([runtime, args]) =>
        geryon(`geryon-${runtime}${variant.suffix}`, runtime, [runtimeProgram(runtime), ...args], variant, known),
      ),
    ),
    geryon("geryon-executable", "bun", [], executable, known),
  ];
}

function geryon(
  name: string,
  runtime: string,
  before: readonly string[],
  variant: Variant,
  known: ReadonlySet<string>,
): Contender {
  const { kind, script, settings, but } = variant;
  const file = repositoryFile(script);
  const command = [...before, file];
  const unknown = Object.keys(settings).find((key) => !known.has(key));
  const missing = existsSync(file) ? "" : `${script} is not built: npm run build`;
  const sockets = missing === "" && kind !== "runtime" ? chosenSockets(command) : "";
  return {
    name,
    kind,
    version: versionOf(runtimeProgram(runtime), "--version"),
    has:
      "its defaults: health checks, timeouts, limits, counters, access log (HTTP: without), forwarding headers, request id" +
      (sockets === "" ? "" : `, io: ${sockets}`) +
      (but === "" ? "" : `; but ${but}`),
    commandLine: [
      ...before.map((part) => part.replace(repositoryFile("node_modules/.bin/"), "")),
      `${script} proxy --config geryon.json`,
    ].join(" "),
    missing: unknown === undefined ? missing : `this Geryon has no setting '${unknown}'`,
    manyWorkers: known.has("workers"),
    async start(place) {
      const port = await freePort();
      const adminPort = await freePort();
      const config = place.folder.file(`geryon-${port}.json`);
      const workers = known.has("workers") ? { workers: place.workers } : {};
      const admin = place.admin === true ? { admin: { address: `127.0.0.1:${adminPort}` } } : {};
      writeFileSync(config, JSON.stringify({ ...geryonConfig(place, port), ...workers, ...admin, ...settings }));
      const running = await startContender([...command, "proxy", "--config", config], port, place);
      return Object.assign(running, { adminPort });
    },
  };
}

function geryonConfig({ endpoint, protocol, settings }: Place, port: number): object {
  const address = `127.0.0.1:${port}`;
  const upstreams = { origin: { policy: "least-connections", endpoints: [`127.0.0.1:${endpoint}`] } };
  if (protocol !== "http") return { listeners: { bench: { address, upstream: "origin" } }, upstreams, ...settings };
  return {
    listeners: { bench: { address, protocol } },
    routes: [{ name: "all", match: { pathPrefix: "/" }, upstream: "origin" }],
    upstreams,
    log: { access: false },
    ...settings,
  };
}

/** Which sockets it takes of itself, as `geryon doctor` tells; empty when it has no choice. */
function chosenSockets([program = "", ...args]: readonly string[]): string {
  const { stdout } = spawnSync(program, [...args, "doctor", "--json"]);
  return (JSON.parse(stdout.toString()) as { io?: string }).io ?? "";
}

/** The settings that this Geryon knows. */
function knownSettings(): ReadonlySet<string> {
  const { stdout } = spawnSync(runtimeProgram("node"), [repositoryFile("src/main.ts"), "schema"]);
  const schema = JSON.parse(stdout.toString()) as { properties?: Record<string, unknown> };
  return new Set(Object.keys(schema.properties ?? {}));
}
