/** Dimension 1: small round trips on persistent connections. */
import { writeFileSync } from "node:fs";
import { repositoryFile } from "../../test/support/geryon.ts";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { alone, type Bench, measureWarm, ofKinds, type Origin, startAll } from "./bench.ts";
import type { RunningContender } from "./contender.ts";
import { costs, measureLoad } from "./load-rows.ts";
import { loadCore } from "./machine.ts";
import { LoadFailure, runLines } from "./native.ts";
import { freePort } from "./programs.ts";
import { Started } from "./started.ts";
import type { Metric, Table } from "./table.ts";

const connections = 50;
const sizeBytes = 13;
const httpConnections = 64;

const metrics: readonly Metric[] = [
  { key: "cpuUs", title: "CPU us/round trip", digits: 2, ratio: true },
  { key: "perSecond", title: "round trips/s", digits: 0 },
  { key: "core", title: "core used %", digits: 0 },
  { key: "p50Us", title: "p50 us", digits: 0 },
  { key: "p99Us", title: "p99 us", digits: 0 },
  { key: "p999Us", title: "p99.9 us", digits: 0 },
];

/** 13 bytes there and back, on 50 connections. */
export async function measureRoundTrips(bench: Bench): Promise<Table> {
  return {
    id: "round-trips",
    title: `Round trips of ${sizeBytes} bytes`,
    about:
      `${connections} persistent connections, each with one message of ${sizeBytes} bytes at a time, echoed by the origin and compared. ` +
      "At the end each connection sends FIN and must be answered with FIN. CPU is the proxy's, all its processes and threads.",
    metrics,
    baseline: "haproxy",
    rows: await measureLoad(bench, {
      contenders: chosen(bench),
      mode: "round-trips",
      options: { connections, size: sizeBytes },
      figures: costs,
    }),
  };
}

/** HTTP with keep-alive by wrk, answered by nginx from memory: the proxy sees bytes only. */
export async function measureHttpThroughTcp(bench: Bench): Promise<Table> {
  using folder = new TemporaryFolder();
  await using origin = await startNginxOrigin(folder);
  await using warm = await startAll(bench, chosen(bench), alone(origin), (running) =>
    wrk(bench, running, bench.warmUpMs),
  );
  return {
    id: "http-through-tcp",
    title: "HTTP keep-alive through TCP",
    about:
      `wrk -t1 -c${httpConnections}, answered by nginx with 150 bytes from memory; the proxy passes bytes on. ` +
      "CPU is the proxy's, from before wrk starts until after it has ended.",
    metrics,
    baseline: "haproxy",
    rows: await measureWarm(warm, bench.rounds, (running) => wrk(bench, running, bench.measureMs)),
  };
}

function chosen(bench: Bench): Bench["contenders"] {
  return ofKinds(bench, "peer", "relay", "bare", "geryon", "runtime", "executable");
}

async function startNginxOrigin(folder: TemporaryFolder): Promise<Origin> {
  const port = await freePort();
  const file = folder.file("origin.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    file,
    `user root; daemon off; master_process off; pid ${folder.file("origin.pid")}; error_log stderr crit;
events { worker_connections 8000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  ${temporary.map((one) => `${one}_temp_path ${folder.file(one)};`).join(" ")}
  server { listen 127.0.0.1:${port} backlog=4096; default_type text/plain; location / { return 200 "ok"; } }
}
`,
  );
  const process = new Started(["nginx", "-e", "stderr", "-p", folder.path, "-c", file], loadCore, folder);
  await process.answers(port);
  return { port, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

async function wrk({ native }: Bench, { port, pids }: RunningContender, ms: number): Promise<Record<string, number>> {
  const script = repositoryFile("bench/load/native/wrk.lua");
  // wrk takes whole seconds.
  const duration = `${Math.max(1, Math.round(ms / 1000))}s`;
  const url = `http://127.0.0.1:${port}/`;
  const before = native.cpuSeconds(pids);
  const lines = await runLines([
    ...["taskset", "-c", loadCore, "wrk", "-t1", `-c${httpConnections}`, `-d${duration}`, "-s", script, url],
  ]);
  const cpuSeconds = native.cpuSeconds(pids) - before;
  const last = lines.at(-1) ?? "";
  if (!last.startsWith("{")) throw new LoadFailure(`wrk: ${last}`);
  const result = JSON.parse(last) as Record<"count" | "errors" | "seconds" | "p50Us" | "p99Us" | "p999Us", number>;
  if (result.errors > 0) throw new LoadFailure(`${result.errors} of ${result.count} requests failed`);
  return costs({ ...result, cpuSeconds });
}
