/** The programs that are measured, each configured as its users would for the same work. */
import { existsSync, writeFileSync } from "node:fs";
import { repositoryFile } from "../../test/support/geryon.ts";
import { type Contender, type Kind, startContender, whenItAnswers } from "./contender.ts";
import { allGeryons } from "./geryons.ts";
import type { NativePrograms } from "./native.ts";
import { freePort, runtimeProgram, runtimes, versionOf } from "./programs.ts";
import { Started } from "./started.ts";

/** All contenders; `native` tells whether the Go relay could be compiled. */
export function allContenders(native: NativePrograms): Contender[] {
  return [
    haproxy("haproxy", "peer", { has: "no log, no splice" }),
    // Not splice-auto: see results/NOTES.md. The pipes are as large as the kernel lets them be (fs.pipe-max-size).
    haproxy("haproxy-splice", "splicing", {
      has: "no log, splices each byte through pipes of 1 MiB",
      global: "\n  tune.pipesize 1048576",
      options: "\n  option splice-request\n  option splice-response",
    }),
    haproxy("haproxy-log", "logging", {
      has: "tcplog to a file, no splice",
      options: "\n  log stdout format raw daemon\n  option tcplog",
    }),
    nginx(),
    relay(
      "go-relay",
      native.goRelay,
      "io.Copy both ways (splices), nothing else; GOMAXPROCS=1",
      versionOf("go", "version"),
    ),
    relay("c-floor", native.floor, "epoll, recv and send, nothing else", versionOf("gcc", "--version")),
    ...runtimes.map(([runtime, args]) => bare(runtime, args)),
    ...allGeryons(),
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

/** What one HAProxy has that the others have not. */
interface HaproxyOptions {
  readonly has: string;
  /** Lines of its sections `global` and `defaults`. */
  readonly global?: string;
  readonly options?: string;
}

function haproxy(name: string, kind: Kind, { has, global = "", options = "" }: HaproxyOptions): Contender {
  const found = versionOf("haproxy", "-v");
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
  nbthread ${place.workers}${global}
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
      return await startContender(["haproxy", "-db", "-f", file], port, place);
    },
  };
}

function nginx(): Contender {
  const found = versionOf("nginx", "-v");
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
      return await startContender(["nginx", "-e", "stderr", "-p", place.folder.path, "-c", file], port, place);
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
      return await startContender(command, port, place, { GOMAXPROCS: "1" });
    },
  };
}

function bare(runtime: string, args: readonly string[]): Contender {
  const script = `bench/micro/relay/bare-${runtime}.ts`;
  return {
    name: `bare-${runtime}`,
    kind: "bare",
    version: versionOf(runtimeProgram(runtime), "--version"),
    has: "the least that relays, nothing else",
    commandLine: [runtime, ...args, script, "ENDPOINT_PORT"].join(" "),
    missing: "",
    manyWorkers: false,
    async start(place) {
      const command = [runtimeProgram(runtime), ...args, repositoryFile(script), String(place.endpoint)];
      const process = new Started(command, place.cores, place.folder);
      return await whenItAnswers(process, await process.saidPort());
    },
  };
}
