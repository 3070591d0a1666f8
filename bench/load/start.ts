/** Dimension 8: how soon a proxy relays, and what it weighs before it does anything. */
import { setTimeout as sleep } from "node:timers/promises";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { alone, type Bench, ofKinds, startOrigin, takeTurns } from "./bench.ts";
import { pssBytes } from "./machine.ts";
import type { Table } from "./table.ts";

/** From the start of the process to the first byte that came back through it. */
export async function measureStart(bench: Bench): Promise<Table> {
  await using origin = await startOrigin(bench.native);
  const contenders = ofKinds(bench, "peer", "relay", "bare", "geryon", "executable", "bundled");
  return {
    id: "start",
    title: "Start and base memory",
    about:
      "Milliseconds from the start of the process until the first byte came back from the origin through it (tried every millisecond); " +
      `memory (PSS of all its processes) ${bench.settleMs} ms later, with no connection open. Geryon from source, bundled into one file, and compiled into one executable.`,
    metrics: [
      { key: "startMs", title: "start ms", digits: 0, ratio: true },
      { key: "mib", title: "MiB", digits: 1, ratio: true },
    ],
    baseline: "haproxy",
    rows: await takeTurns(contenders, bench.rounds, async (contender) => {
      using folder = new TemporaryFolder();
      const since = performance.now();
      await using running = await contender.start({ folder, native: bench.native, ...alone(origin) });
      const startMs = performance.now() - since;
      await sleep(bench.settleMs);
      return { startMs, mib: pssBytes(running.pids) / 2 ** 20 };
    }),
  };
}
