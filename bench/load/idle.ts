/** Dimension 4: what connections cost that do nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { alone, type Bench, ofKinds, startOrigin, takeTurns } from "./bench.ts";
import type { RunningContender } from "./contender.ts";
import { mostConnections, pssBytes } from "./machine.ts";
import { LoadFailure } from "./native.ts";
import type { Table } from "./table.ts";

const allSteps = [1000, 5000, 8000];
/** At this many, idle CPU is read. */
const cpuAt = 8000;
/** For so many rests: with that of a full run as long as health checks are apart, by default and in what stands beside. */
const cpuRests = 5;

/** Memory and CPU with open connections, on each of which one message went there and back. */
export async function measureIdle(bench: Bench): Promise<Table> {
  await using origin = await startOrigin(bench.native);
  const subjects = ofKinds(bench, "peer", "relay", "geryon", "runtime");
  const steps = allSteps.filter((open) => open <= mostConnections());
  // One takes long, and memory varies little.
  const rounds = Math.ceil(bench.rounds / 2);
  const rows = await takeTurns(subjects, rounds, async (contender) => {
    using folder = new TemporaryFolder();
    await using running = await contender.start({ folder, native: bench.native, ...alone(origin) });
    return await measure(bench, running, steps);
  });
  return {
    id: "idle",
    title: "Idle connections",
    about:
      "Memory (PSS of all its processes) with that many open connections, each after one round trip, less the memory before and divided " +
      "by their number: both sockets of a connection as far as the proxy keeps them; what the kernel keeps is not in it. " +
      `Read after ${bench.settleMs} ms of rest, on a proxy started anew for each of ${rounds} rounds; so what a runtime grows by with its first connections ` +
      "(compiled code, heap) is in it, and falls with their number; what each further one costs is taken from the first step to the last. " +
      `CPU over ${cpuRests * bench.settleMs} ms, in per cent of a core. At the end each connection must still echo and pass on FIN.` +
      (steps.length === allSteps.length
        ? ""
        : " For more connections this machine has too few descriptors (ulimit -Hn)."),
    metrics: [
      { key: "baseMib", title: "MiB with none", digits: 1 },
      ...steps.map((open) => ({ key: `kib${open}`, title: `KiB/connection at ${open}`, digits: 1 })),
      { key: "kibFurther", title: "KiB for each further one", digits: 2 },
      { key: "cpuNone", title: "CPU % with none", digits: 2 },
      { key: "cpuOpen", title: `CPU % at ${cpuAt}`, digits: 2 },
    ],
    baseline: "haproxy",
    rows,
  };
}

async function measure(
  { native, settleMs }: Bench,
  { port, pids }: RunningContender,
  steps: readonly number[],
): Promise<Record<string, number>> {
  const idleCpu = async (): Promise<number> => {
    const before = native.cpuSeconds(pids);
    const sinceMs = performance.now();
    await sleep(cpuRests * settleMs);
    return ((native.cpuSeconds(pids) - before) / ((performance.now() - sinceMs) / 1000)) * 100;
  };
  await sleep(settleMs);
  const baseBytes = pssBytes(pids);
  const figures: Record<string, number> = { baseMib: baseBytes / 2 ** 20, cpuNone: await idleCpu() };
  let reached = 0;
  let first: { readonly open: number; readonly kib: number } | undefined;
  try {
    await native.idle(port, steps, async (open) => {
      reached = open;
      await sleep(settleMs);
      const kib = (pssBytes(pids) - baseBytes) / 1024;
      figures[`kib${open}`] = kib / open;
      first ??= { open, kib };
      if (open > first.open) figures["kibFurther"] = (kib - first.kib) / (open - first.open);
      if (open === cpuAt) figures["cpuOpen"] = await idleCpu();
    });
  } catch (error) {
    if (!(error instanceof LoadFailure)) throw error;
    throw new LoadFailure(`beyond ${reached} connections: ${error.message}`, figures);
  }
  return figures;
}
