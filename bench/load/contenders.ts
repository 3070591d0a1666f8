/** The programs that are measured, each configured as its users would for the same work. */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { repositoryFile } from "../../test/support/geryon.ts";
import { freePort, type TemporaryFolder } from "../../test/support/programs.ts";
import type { NativePrograms } from "./native.ts";
import { Started } from "./started.ts";

/** Where a contender is started. */
export interface Place {
  readonly folder: TemporaryFolder;
  readonly native: NativePrograms;
  /** The port of the origin. */
  readonly endpoint: number;
  readonly cores: string;
  readonly workers: number;
}

/** A contender that relays from `port` to the origin. */
export interface RunningContender extends AsyncDisposable {
  readonly port: number;
  readonly pids: readonly number[];
}

/**
 * What kind of program it is; dimensions choose by it. `relay` and `bare` are relays of ours that do nothing else, the
 * latter on the runtimes; `splicing` differs from a peer only in how it moves many bytes, `logging` in that it writes a
 * record of each connection; `silent` differs from Geryon in that it writes none.
 */
export type Kind = "peer" | "splicing" | "logging" | "silent" | "relay" | "bare" | "geryon" | "executable" | "bundled";

/** A program that can be measured. */
export interface Contender {
  readonly name: string;
  readonly kind: Kind;
  readonly version: string;
  /** What it has on, in a few words. */
  readonly has: string;
  /** How it is started, for the report. */
  readonly commandLine: string;
  /** Why it cannot be measured here; empty when it can. */
  readonly missing: string;
  /** Whether it can have more than one worker. */
  readonly manyWorkers: boolean;
  start(place: Place): Promise<RunningContender>;
}

const runtimes = [
  ["node", []],
  ["bun", []],
  ["deno", ["run", "-A", "--no-check", "--unstable-net"]],
] as const;

const geryonHas = "its defaults: health checks, timeouts, limits, counters, access log";

/** All contenders; `native` tells whether the Go relay could be compiled. */
export function allContenders(native: NativePrograms): Contender[] {
  const workers = knowsWorkers();
  return [
    haproxy("haproxy", "peer", { has: "no log, no splice", options: "" }),
    haproxy("haproxy-splice", "splicing", { has: "no log, splice-auto", options: "\n  option splice-auto" }),
    haproxy("haproxy-log", "logging", {
      has: "tcplog to a file, no splice",
      options: "\n  log stdout format raw daemon\n  option tcplog",
    }),
    nginx(),
    relay(
      "go-relay",
      native.goRelay,
      "io.Copy both ways (splices), nothing else; GOMAXPROCS=1",
      version("go", "version"),
    ),
    relay("c-floor", native.floor, "epoll, recv and send, nothing else", version("gcc", "--version")),
    ...runtimes.map(([runtime, args]) => bare(runtime, args)),
    ...runtimes.map(([runtime, args]) =>
      geryon(`geryon-${runtime}`, "geryon", [runtimeProgram(runtime), ...args, "src/main.ts"], runtime, workers),
    ),
    ...runtimes.map(([runtime, args]) =>
      geryon(`geryon-${runtime}-silent`, "silent", [runtimeProgram(runtime), ...args, "src/main.ts"], runtime, workers),
    ),
    geryon("geryon-executable", "executable", ["dist/geryon"], "bun", workers),
    ...runtimes.map(([runtime, args]) =>
      geryon(
        `geryon-${runtime}-bundled`,
        "bundled",
        [runtimeProgram(runtime), ...args, "dist/geryon.js"],
        runtime,
        workers,
      ),
    ),
  ];
}

/** The origin itself: no proxy at all. */
export const direct: Contender = {
  name: "direct",
  kind: "relay",
  version: "",
  has: "no proxy",
  commandLine: "",
  missing: "",
  manyWorkers: false,
  start: ({ endpoint }) =>
    Promise.resolve({ port: endpoint, pids: [], [Symbol.asyncDispose]: () => Promise.resolve() }),
};

function haproxy(
  name: string,
  kind: Kind,
  { has, options }: { readonly has: string; readonly options: string },
): Contender {
  const found = version("haproxy", "-v");
  return {
    name,
    kind,
    version: found,
    has: `mode tcp, leastconn, health check, timeouts, ${has}`,
    commandLine: "haproxy -db -f haproxy.cfg",
    missing: found === "" ? "haproxy is not installed" : "",
    manyWorkers: true,
    async start(place) {
      const port = await freePort();
      const file = place.folder.file(`haproxy-${port}.cfg`);
      writeFileSync(
        file,
        `global
  maxconn 9000
  maxpipes 500
  nbthread ${place.workers}
defaults
  mode tcp
  timeout connect 3s
  timeout client 10m
  timeout server 10m${options}
listen bench
  bind 127.0.0.1:${port}
  balance leastconn
  server origin 127.0.0.1:${place.endpoint} check inter 5s
`,
      );
      return await started(["haproxy", "-db", "-f", file], port, place);
    },
  };
}

function nginx(): Contender {
  const found = version("nginx", "-v");
  const stream = "/usr/lib/nginx/modules/ngx_stream_module.so";
  const missing = existsSync(stream) ? "" : "its stream module (libnginx-mod-stream) is not installed";
  return {
    name: "nginx-stream",
    kind: "peer",
    version: found,
    has: "stream, least_conn, passive checks, timeouts, no log; proxy_half_close on (by default it cuts the answer to a client that sent FIN)",
    commandLine: "nginx -c nginx.conf",
    missing: found === "" ? "nginx is not installed" : missing,
    manyWorkers: true,
    async start(place) {
      const port = await freePort();
      const file = place.folder.file(`nginx-${port}.conf`);
      writeFileSync(
        file,
        `load_module ${stream};
user root; daemon off; worker_processes ${place.workers}; worker_rlimit_nofile 20000;
pid ${place.folder.file(`nginx-${port}.pid`)}; error_log stderr error;
events { worker_connections 19000; }
stream {
  access_log off;
  upstream origin { least_conn; server 127.0.0.1:${place.endpoint}; }
  server { listen 127.0.0.1:${port}${place.workers > 1 ? " reuseport" : ""} backlog=4096; proxy_pass origin; proxy_timeout 10m; proxy_half_close on; }
}
`,
      );
      return await started(["nginx", "-e", "stderr", "-p", place.folder.path, "-c", file], port, place);
    },
  };
}

function relay(name: string, program: string | undefined, has: string, found: string): Contender {
  return {
    name,
    kind: "relay",
    version: found,
    has,
    commandLine: `${name} LISTEN_PORT ENDPOINT_PORT`,
    missing: program === undefined ? "no Go compiler" : "",
    manyWorkers: false,
    async start(place) {
      const port = await freePort();
      const command = [program ?? "", String(port), String(place.endpoint)];
      return await started(command, port, place, { GOMAXPROCS: "1" });
    },
  };
}

function bare(runtime: string, args: readonly string[]): Contender {
  const script = `bench/micro/relay/bare-${runtime}.ts`;
  return {
    name: `bare-${runtime}`,
    kind: "bare",
    version: version(runtimeProgram(runtime), "--version"),
    has: "the least that relays, nothing else",
    commandLine: [runtime, ...args, script, "ENDPOINT_PORT"].join(" "),
    missing: "",
    manyWorkers: false,
    async start(place) {
      const command = [runtimeProgram(runtime), ...args, repositoryFile(script), String(place.endpoint)];
      const process = new Started(command, place.cores, place.folder);
      return await answering(process, await process.saidPort());
    },
  };
}

function geryon(name: string, kind: Kind, command: readonly string[], runtime: string, workers: boolean): Contender {
  const file = repositoryFile(command.at(-1) ?? "");
  return {
    name,
    kind,
    version: version(runtimeProgram(runtime), "--version"),
    has: kind === "silent" ? `${geryonHas}, but no access log` : geryonHas,
    commandLine: [
      ...command.map((part) => part.replace(repositoryFile("node_modules/.bin/"), "")),
      "proxy --config geryon.json",
    ].join(" "),
    missing: existsSync(file) ? "" : `${command.at(-1)} is not built: npm run build`,
    manyWorkers: workers,
    async start(place) {
      const port = await freePort();
      const config = place.folder.file(`geryon-${port}.json`);
      writeFileSync(
        config,
        JSON.stringify({
          listeners: { bench: { address: `127.0.0.1:${port}`, upstream: "origin" } },
          upstreams: { origin: { policy: "least-connections", endpoints: [`127.0.0.1:${place.endpoint}`] } },
          ...(workers ? { workers: place.workers } : {}),
          ...(kind === "silent" ? { log: { access: false } } : {}),
        }),
      );
      return await started([...command.slice(0, -1), file, "proxy", "--config", config], port, place);
    },
  };
}

async function started(
  command: readonly string[],
  port: number,
  place: Place,
  env?: NodeJS.ProcessEnv,
): Promise<RunningContender> {
  return await answering(new Started(command, place.cores, place.folder, env), port);
}

async function answering(process: Started, port: number): Promise<RunningContender> {
  try {
    await process.answers(port);
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
  return {
    port,
    get pids() {
      return process.pids;
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

function runtimeProgram(runtime: string): string {
  return repositoryFile(`node_modules/.bin/${runtime}`);
}

/** The first line of what a program says of its version, shortened; empty when there is no such program. */
function version(program: string, flag: string): string {
  const { stdout, stderr } = spawnSync(program, [flag]);
  const line = `${stdout?.toString() ?? ""}${stderr?.toString() ?? ""}`.split("\n")[0] ?? "";
  return /\d+\.\d+\.\d+[^\s)]*/.exec(line)?.[0] ?? line;
}

/** Whether this Geryon has workers. */
function knowsWorkers(): boolean {
  const { stdout } = spawnSync(runtimeProgram("node"), [repositoryFile("src/main.ts"), "schema"]);
  const schema = JSON.parse(stdout.toString()) as { properties?: Record<string, unknown> };
  return schema.properties?.["workers"] !== undefined;
}
