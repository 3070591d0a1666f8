/** Dimension 3: many bytes. */
import { type Bench, ofKinds } from "./bench.ts";
import { measureLoad } from "./load-rows.ts";
import type { Table } from "./table.ts";

const connections = 4;
const bytes = 64 * 2 ** 20;

/** 64 MiB there, FIN, then 64 MiB back, FIN. */
export async function measureBulk(bench: Bench): Promise<Table> {
  const options = { connections, bytes };
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
    rows: await measureLoad(bench, {
      contenders: ofKinds(bench, "peer", "splicing", "relay", "bare", "geryon", "runtime"),
      mode: "bulk",
      options,
      // The warm-up is the proof: every byte is echoed and compared, both ways at the same time.
      warmUp: { mode: "bulk", options: { ...options, verify: 1 } },
      figures: (result) => ({
        cpuPerGb: (result.cpuSeconds / result.bytes) * 1e9,
        gbPerSecond: result.bytes / result.seconds / 1e9,
        core: (result.cpuSeconds / result.seconds) * 100,
      }),
    }),
  };
}
