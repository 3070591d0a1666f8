/** The proxies that the scenarios compare, each started with what its users would write for the same wish. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { PolicyName } from "../../src/core/balancer/balancer.ts";
import { repositoryFile, Running } from "../../test/support/geryon.ts";
import { freePort, type TemporaryFolder } from "../../test/support/programs.ts";
import { until } from "../../test/support/sockets.ts";
import { askOnce } from "../../test/support/stage.ts";

/** What a scenario wants of a proxy. */
export interface Wish {
  readonly policy: PolicyName;
  readonly endpoints: readonly number[];
  /** Time between probes; they are off when absent. */
  readonly probeMs?: number;
}

/** A proxy that runs. */
export interface RunningProxy extends AsyncDisposable {
  readonly port: number;
}

/** A proxy that can be started. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  start(wish: Wish, folder: TemporaryFolder): Promise<RunningProxy>;
}

const runtimes: readonly (readonly [name: string, ...command: string[]])[] = [
  ["node", "node_modules/.bin/node"],
  ["bun", "node_modules/.bin/bun"],
  ["deno", "node_modules/.bin/deno", "run", "-A", "--no-check"],
];

/** Geryon on each runtime, and HAProxy when it is installed. */
export function contenders(): Contender[] {
  const found: Contender[] = runtimes.map(([name, program = "", ...args]) => {
    const command = [repositoryFile(program), ...args];
    return {
      name: `Geryon, ${name}`,
      version: `${name} ${/\d+\.\d+\.\d+/.exec(firstLine([repositoryFile(program), "--version"]))?.[0]}`,
      start: (wish, folder) => startGeryon(command, wish, folder),
    };
  });
  const haproxy = firstLine(["haproxy", "-v"]);
  if (haproxy !== "") {
    found.push({
      name: "HAProxy",
      version: haproxy.replace(/^(HAProxy) version (\S+).*/, "$1 $2"),
      start: startHaproxy,
    });
  }
  return found;
}

function firstLine([program = "", ...args]: readonly string[]): string {
  return (spawnSync(program, args).stdout?.toString() ?? "").split("\n")[0] ?? "";
}

async function startGeryon(command: readonly string[], wish: Wish, folder: TemporaryFolder): Promise<RunningProxy> {
  const port = await freePort();
  const config = {
    listeners: { bench: { address: `127.0.0.1:${port}`, upstream: "bench" } },
    upstreams: {
      bench: {
        policy: wish.policy,
        endpoints: wish.endpoints.map((one) => `127.0.0.1:${one}`),
        connectTimeout: "500ms",
        health:
          wish.probeMs === undefined
            ? "off"
            : {
                interval: `${wish.probeMs}ms`,
                fastInterval: `${wish.probeMs}ms`,
                timeout: `${wish.probeMs}ms`,
                fall: 2,
              },
      },
    },
    log: { access: false, level: "error" },
  };
  const file = folder.file("geryon.json");
  writeFileSync(file, JSON.stringify(config));
  return await ready(new Running([...command, repositoryFile("src/main.ts"), "proxy", "--config", file]), port);
}

/** The policies that both have, by HAProxy's names. */
const haproxyPolicies: Partial<Record<PolicyName, string>> = {
  "round-robin": "roundrobin",
  "least-connections": "leastconn",
  random: "random(1)",
  p2c: "random(2)",
};

async function startHaproxy(wish: Wish, folder: TemporaryFolder): Promise<RunningProxy> {
  const port = await freePort();
  const check =
    wish.probeMs === undefined ? "" : ` check inter ${wish.probeMs} fastinter ${wish.probeMs} fall 2 rise 2`;
  const file = folder.file("haproxy.cfg");
  writeFileSync(
    file,
    `global
  maxconn 4000
defaults
  mode tcp
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
  timeout check ${wish.probeMs ?? 1000}ms
  retries 2
  option redispatch 1
listen bench
  bind 127.0.0.1:${port}
  balance ${haproxyPolicies[wish.policy] ?? "random(2)"}
${wish.endpoints.map((one, index) => `  server s${index} 127.0.0.1:${one}${check}`).join("\n")}
`,
  );
  return await ready(new Running(["haproxy", "-db", "-f", file]), port);
}

async function ready(running: Running, port: number): Promise<RunningProxy> {
  await until(async () => (await askOnce(port)).result !== "ECONNREFUSED", "the proxy accepts");
  return { port, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}
