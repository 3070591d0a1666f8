/** The runtimes, the versions of programs, and ports for them. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
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

/** Ports where nothing listens, each another; one asked for after the other may be the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
