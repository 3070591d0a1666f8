/** The runtimes, and the versions of programs. */
import { spawnSync } from "node:child_process";
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
