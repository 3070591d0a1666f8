/** Dimension 3: many bytes. */
import { alone, type Bench, measureWarm, ofKinds, startAll, startOrigin } from "./bench.ts";
import type { Table } from "./table.ts";

const connections = 4;
const bytes = 64 * 2 ** 20;

/** 64 MiB there, FIN, then 64 MiB back, FIN. */
export async function measureBulk(bench: Bench): Promise<Table> {
  await using origin = await startOrigin(bench.native);
  const contenders = ofKinds(bench, "peer", "splicing", "relay", "bare", "geryon");
  // The warm-up is the proof: every byte is echoed and compared, both ways at the same time.
  await using warm = await startAll(bench, contenders, alone(origin), ({ port }) =>
    bench.native.load("bulk", { connections, bytes, port, verify: 1, ms: bench.warmUpMs }),
  );
  return {
    id: "bulk",
    title: "Bulk: 64 MiB both ways",
    about:
      `${connections} connections: 64 MiB to the origin and FIN, only then 64 MiB back and FIN; counts and FINs are checked, ` +
      "and before, in the warm-up, every byte of 64 MiB that are echoed. Bytes count once, in each direction.",
    metrics: [
      { key: "cpuPerGb", title: "CPU s/GB", digits: 3, ratio: true },
      { key: "gbPerSecond", title: "GB/s", digits: 2 },
      { key: "core", title: "core used %", digits: 0 },
    ],
    baseline: "haproxy",
    rows: await measureWarm(warm, bench.rounds, async ({ port, pids }) => {
      const cpu = pids.join(",");
      const result = await bench.native.load("bulk", { connections, bytes, port, cpu, ms: bench.measureMs });
      return {
        cpuPerGb: (result.cpuSeconds / result.bytes) * 1e9,
        gbPerSecond: result.bytes / result.seconds / 1e9,
        core: (result.cpuSeconds / result.seconds) * 100,
      };
    }),
  };
}
