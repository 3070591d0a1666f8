import { readFileSync } from "node:fs";
import { arch, availableParallelism, platform, release, totalmem } from "node:os";

/** What the process runs on. */
export interface Machine {
  /** Such as `linux x64, kernel 6.1.0`. */
  readonly system: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** How many descriptors the process may have open; undefined where the system does not tell. */
  readonly openFiles: { readonly soft: number; readonly hard: number } | undefined;
}

/** Reads the facts of the machine. */
export function readMachine(): Machine {
  return {
    system: `${platform()} ${arch()}, kernel ${release()}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    openFiles: readOpenFiles(),
  };
}

/** proc(5), /proc/pid/limits. Node and Bun raise the soft limit to the hard one when they start. */
export function readOpenFiles(): Machine["openFiles"] {
  try {
    const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined || hard === undefined ? undefined : { soft: limit(soft), hard: limit(hard) };
  } catch {
    return undefined;
  }
}

function limit(text: string): number {
  return text === "unlimited" ? Infinity : Number(text);
}
