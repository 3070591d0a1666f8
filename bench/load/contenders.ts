/** The programs that are measured, each configured as its users would for the same work. */
import { repositoryFile } from "../../test/support/geryon.ts";
import { type Contender, startContender, whenItAnswers } from "./contender.ts";
import { allGeryons } from "./geryons.ts";
import { alike, haproxy } from "./haproxy.ts";
import { javascriptProxies } from "./javascript-proxies.ts";
import type { NativePrograms } from "./native.ts";
import { nginxHttp, nginxStream } from "./nginx.ts";
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
    nginxStream(),
    haproxy("haproxy-reuse", "reusing", {
      has: "http-reuse always, no log, no splice",
      options: "\n  http-reuse always",
    }),
    haproxy("haproxy-alike", "alike", { has: "sends the headers that Geryon sends, no log, no splice", http: alike }),
    relay(
      "go-relay",
      native.goRelay,
      "io.Copy both ways (splices), nothing else; GOMAXPROCS=1",
      versionOf("go", "version"),
    ),
    relay("c-floor", native.floor, "epoll, recv and send, nothing else", versionOf("gcc", "--version")),
    ...runtimes.map(([runtime, args]) => bare(runtime, args)),
    nginxHttp(),
    nginxHttp("nginx-alike"),
    ...javascriptProxies(),
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
