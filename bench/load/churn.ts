/** Dimension 2: connections that come, ask once and go. */
import { alone, type Bench, measureWarm, ofKinds, startAll, startOrigin } from "./bench.ts";
import type { Table } from "./table.ts";

const atATime = 50;
const sizeBytes = 13;

/** Connect, one round trip, FIN, wait for FIN. */
export async function measureChurn(bench: Bench): Promise<Table> {
  await using origin = await startOrigin(bench.native);
  const contenders = ofKinds(bench, "peer", "logging", "relay", "bare", "geryon", "silent");
  const options = { connections: atATime, size: sizeBytes };
  await using warm = await startAll(bench, contenders, alone(origin), ({ port }) =>
    bench.native.load("churn", { ...options, port, ms: bench.warmUpMs }),
  );
  return {
    id: "churn",
    title: "Connection churn",
    about:
      `${atATime} at a time: connect, one round trip of ${sizeBytes} bytes, FIN, wait for FIN. ` +
      "Latency is that of the whole visit. Geryon and haproxy-log write a record of each to a file, the silent ones and the others do not.",
    metrics: [
      { key: "cpuUs", title: "CPU us/connection", digits: 1, ratio: true },
      { key: "perSecond", title: "connections/s", digits: 0 },
      { key: "core", title: "core used %", digits: 0 },
      { key: "p50Us", title: "p50 us", digits: 0 },
      { key: "p99Us", title: "p99 us", digits: 0 },
    ],
    baseline: "haproxy",
    rows: await measureWarm(warm, bench.rounds, async ({ port, pids }) => {
      const result = await bench.native.load("churn", { ...options, port, cpu: pids.join(","), ms: bench.measureMs });
      return {
        cpuUs: (result.cpuSeconds / result.count) * 1e6,
        perSecond: result.count / result.seconds,
        core: (result.cpuSeconds / result.seconds) * 100,
        p50Us: result.p50Us,
        p99Us: result.p99Us,
      };
    }),
  };
}
