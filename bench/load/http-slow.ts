/** What slow clients do to the others: the latency of good requests at a fixed rate, without them and beside them. */
import { alone, type Bench, measureWarm, ofKinds, startAll, startHttpOrigin } from "./bench.ts";
import { direct } from "./contenders.ts";
import type { LoadOptions, LoadResult } from "./native.ts";
import type { Table } from "./table.ts";

const connections = 50;
const rate = 2000;
/** Of each kind. */
const slow = 300;
/** How often each of them does something. Their own deadlines are seconds: none is cut within a measurement. */
const everyMs = 1000;

/** Until the buffers are full of what slow readers do not take. */
const warmMs = 1000;

/** The same good requests twice in each round, so that the ratio is that of one moment. */
export async function measureHttpSlow(bench: Bench): Promise<Table> {
  const { native, measureMs, warmUpMs, rounds } = bench;
  const contenders = [direct, ...ofKinds(bench, "peer", "http-peer", "geryon", "runtime", "executable")];
  const good = { connections, rate, warmMs };
  const beside = { ...good, slow, everyMs };
  await using origin = await startHttpOrigin(native);
  const seat = { ...alone(origin), protocol: "http" } as const;
  await using warm = await startAll(bench, contenders, seat, async ({ port }) => {
    await native.load("http", { connections, port, ms: warmUpMs });
    await native.load("http-rate", { ...beside, port, ms: warmUpMs });
  });
  return {
    id: "http-slow",
    title: "HTTP: good requests beside slow clients",
    about:
      `${rate} small requests a second on ${connections} connections that are kept, sent when they are due: alone, and beside ${slow} clients whose heads do not end, ` +
      `${slow} whose bodies do not, and ${slow} that take 2 KiB of an answer of 1 MiB at a time. Each of these sends a byte, or reads, every ${everyMs} ms; all of them ` +
      "must still be there at the end. Latency counts from when a request was due. `direct` shows what load generator and origin pay themselves.",
    metrics: [
      { key: "aloneP50Ms", title: "alone: p50 ms", digits: 3 },
      { key: "aloneP99Ms", title: "p99 ms", digits: 3 },
      { key: "besideP50Ms", title: "beside them: p50 ms", digits: 3 },
      { key: "besideP99Ms", title: "p99 ms", digits: 3 },
      { key: "times", title: "p99, times", digits: 2 },
      { key: "core", title: "beside them: core used %", digits: 1 },
    ],
    baseline: "haproxy",
    rows: await measureWarm(warm, rounds, async ({ port, pids }) => {
      const load = (options: LoadOptions): Promise<LoadResult> =>
        native.load("http-rate", { ...options, port, cpu: pids.join(","), ms: 2 * measureMs });
      const before = await load(good);
      const during = await load(beside);
      return {
        aloneP50Ms: before.p50Us / 1000,
        aloneP99Ms: before.p99Us / 1000,
        besideP50Ms: during.p50Us / 1000,
        besideP99Ms: during.p99Us / 1000,
        times: during.p99Us / before.p99Us,
        core: (during.cpuSeconds / during.seconds) * 100,
      };
    }),
  };
}
