/** Dimension 2: connections that come, ask once and go. */
import { type Bench, ofKinds } from "./bench.ts";
import { costs, measureLoad } from "./load-rows.ts";
import type { Table } from "./table.ts";

const atATime = 50;
const sizeBytes = 13;

/** Connect, one round trip, FIN, wait for FIN. */
export async function measureChurn(bench: Bench): Promise<Table> {
  const contenders = ofKinds(bench, "peer", "logging", "relay", "bare", "geryon", "runtime", "silent");
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
    rows: await measureLoad(bench, {
      contenders,
      mode: "churn",
      options: { connections: atATime, size: sizeBytes },
      figures: costs,
    }),
  };
}
