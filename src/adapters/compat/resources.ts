import { readdirSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import process from "node:process";
import type { Resources } from "../../core/runtime/runtime.ts";
import { readOpenFiles } from "./machine.ts";

const descriptorFolder = "/proc/self/fd";
/** Where descriptors must be counted one by one, this share of the time goes into it at most. */
const countingShare = 0.01;

let maxDescriptors: number | undefined;
let counted = 0;
let countAgainMs = -Infinity;

/**
 * The port's `resources`. What a runtime does not let us see (Deno without `-A`) is 0 open descriptors and no limit.
 * A tenth of a millisecond, however many descriptors are open. The limit of descriptors is read once.
 */
export function resources(): Resources {
  maxDescriptors ??= readOpenFiles()?.soft ?? Infinity;
  return {
    openDescriptors: orElse(0, openDescriptors),
    maxDescriptors,
    memoryBytes: orElse(0, () => process.memoryUsage.rss()),
    maxMemoryBytes: orElse(Infinity, maxMemoryBytes),
  };
}

/** Since Linux 6.2 the folder's size is the count (fs/proc/fd.c); before, its entries are: 10 ms for 15,000. */
function openDescriptors(): number {
  const { size } = statSync(descriptorFolder);
  if (size > 0) return size;
  const startMs = performance.now();
  if (startMs < countAgainMs) return counted;
  counted = readdirSync(descriptorFolder).length;
  const endMs = performance.now();
  countAgainMs = endMs + (endMs - startMs) / countingShare;
  return counted;
}

/** The limit of the cgroup, which is 0 or out of all bounds where there is none. */
function maxMemoryBytes(): number {
  const total = totalmem();
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, total) : total;
}

function orElse(fallback: number, read: () => number): number {
  try {
    return read();
  } catch {
    return fallback;
  }
}
