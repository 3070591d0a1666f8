/** Dimension 5: what a proxy adds to latency when it is far from busy. */
import { alone, type Bench, measureWarm, ofKinds, startAll, startOrigin } from "./bench.ts";
import { direct } from "./contenders.ts";
import type { Table } from "./table.ts";

const connections = 50;
const sizeBytes = 13;
const rate = 10_000;

/** A fixed rate, beside a direct connection. */
export async function measureLatency(bench: Bench): Promise<Table> {
  await using origin = await startOrigin(bench.native);
  const contenders = [direct, ...ofKinds(bench, "peer", "relay", "geryon")];
  const options = { connections, size: sizeBytes };
  await using warm = await startAll(bench, contenders, alone(origin), ({ port }) =>
    bench.native.load("round-trips", { ...options, port, ms: bench.warmUpMs }),
  );
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
    rows: await measureWarm(warm, bench.rounds, async ({ port, pids }) => {
      const ms = bench.measureMs;
      const result = await bench.native.load("rate", { ...options, rate, port, cpu: pids.join(","), ms });
      return {
        p50Ms: result.p50Us / 1000,
        p99Ms: result.p99Us / 1000,
        p999Ms: result.p999Us / 1000,
        ...(pids.length === 0 ? {} : { cpuUs: (result.cpuSeconds / result.count) * 1e6 }),
      };
    }),
  };
}
