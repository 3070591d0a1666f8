/** What the kernel says of this machine and of the processes on it (proc(5)). */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { readMachine } from "../../src/adapters/compat/machine.ts";

/** The proxy under test has this core for itself. */
export const proxyCore = "0";
/** Load generator, origin and this program share this one. */
export const loadCore = "1";

/** Where the others run when the proxy has two workers: beside it on two cores, on cores of their own on four. */
export const workerCores: { readonly proxy: string; readonly load: string } =
  cpus().length >= 4 ? { proxy: "0,1", load: "2,3" } : { proxy: "0,1", load: "0,1" };

/** Puts this program on the cores of the load generator. */
export function pinSelf(): void {
  spawnSync("taskset", ["-a", "-cp", loadCore, String(process.pid)]);
}

/** One line: CPU, cores, system. */
export function describeMachine(): string {
  const cpu = /^model name\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "unknown CPU";
  // Not the cores that we may use ourselves: we are pinned.
  return `${cpu}, ${cpus().length} cores, ${readMachine().system}`;
}

/** How many connections a proxy can relay at a time: each takes two descriptors, and Geryon refuses at 90 % of them. */
export function mostConnections(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const descriptors = /^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1];
  return Math.floor((Number(descriptors ?? Infinity) * 0.9 - 200) / 2);
}

/** A process and all that it started. */
export function processTree(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

/** The memory of processes in bytes: what is theirs alone, and their share of what they share (PSS). */
export function pssBytes(pids: readonly number[]): number {
  const kibibytes = pids.map((pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]),
  );
  return kibibytes.reduce((sum, one) => sum + one, 0) * 1024;
}

/** CPU time of each thread of processes in seconds, by its id. */
export function threadCpuSeconds(pids: readonly number[]): Map<string, number> {
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`),
  );
  return new Map(threads.map((path) => [path, Number(readFileSync(`${path}/schedstat`, "utf8").split(" ")[0]) / 1e9]));
}
