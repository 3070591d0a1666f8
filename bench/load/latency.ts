/** Dimension 5: what a proxy adds to latency when it is far from busy. */
import { type Bench, ofKinds } from "./bench.ts";
import { direct } from "./contenders.ts";
import { measureLoad } from "./load-rows.ts";
import type { Table } from "./table.ts";

const connections = 50;
const sizeBytes = 13;
const rate = 10_000;

/** A fixed rate, beside a direct connection. */
export async function measureLatency(bench: Bench): Promise<Table> {
  const options = { connections, size: sizeBytes };
  return {
    id: "latency",
    title: "Latency at a fixed rate",
    about:
      `${rate} round trips of ${sizeBytes} bytes a second on ${connections} connections, sent when they are due, whatever becomes of the others; ` +
      "latency counts from when a message was due (no coordinated omission). `direct` is the same without a proxy. " +
      "A core that is not busy sleeps between messages: waking it is most of what CPU per round trip shows here.",
    metrics: [
      { key: "p50Ms", title: "p50 ms", digits: 3 },
      { key: "p99Ms", title: "p99 ms", digits: 3 },
      { key: "p999Ms", title: "p99.9 ms", digits: 3 },
      { key: "cpuUs", title: "CPU us/round trip", digits: 1 },
    ],
    baseline: "haproxy",
    rows: await measureLoad(bench, {
      contenders: [direct, ...ofKinds(bench, "peer", "relay", "geryon", "runtime")],
      mode: "rate",
      options: { ...options, rate },
      warmUp: { mode: "round-trips", options },
      figures: (result) => ({
        p50Ms: result.p50Us / 1000,
        p99Ms: result.p99Us / 1000,
        p999Ms: result.p999Us / 1000,
        cpuUs: (result.cpuSeconds / result.count) * 1e6,
      }),
    }),
  };
}
