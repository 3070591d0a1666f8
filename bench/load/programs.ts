/** The runtimes, the versions of programs, and ports for them. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import { repositoryFile } from "../../test/support/geryon.ts";

/** Each runtime with what it needs before a script. */
export const runtimes = [
  ["node", []],
  ["bun", []],
  ["deno", ["run", "-A", "--no-check", "--unstable-net"]],
] as const;

/** The path of a pinned runtime. */
export function runtimeProgram(runtime: string): string {
  return repositoryFile(`node_modules/.bin/${runtime}`);
}

/** The first line of what a program says of its version, shortened; empty when there is no such program. */
export function versionOf(program: string, flag: string): string {
  const { stdout, stderr } = spawnSync(program, [flag]);
  const line = `${stdout?.toString() ?? ""}${stderr?.toString() ?? ""}`.split("\n")[0] ?? "";
  return /\d+\.\d+\.\d+[^\s)]*/.exec(line)?.[0] ?? line;
}

/**
 * A port where nothing listens, of those that no client gets by itself: thousands of connections a second would soon
 * have it.
 */
export async function freePort(): Promise<number> {
  const firstOfClients = Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/)[0]);
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (firstOfClients - firstPort));
    if (await isFree(port)) return port;
  }
}

const firstPort = 10_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
