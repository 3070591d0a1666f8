/** Dimension 7: one worker and two. */
import { type Bench, measureWarm, ofKinds, startAll, startOrigin, type Warm } from "./bench.ts";
import type { RunningContender } from "./contender.ts";
import { threadCpuSeconds, workerCores } from "./machine.ts";
import type { Table } from "./table.ts";

const connections = 50;
const sizeBytes = 13;
/** So many that chance alone hardly makes one worker busier than the other. */
const spreadConnections = 400;
const rate = 10_000;

/** CPU and throughput with both numbers of workers, and how evenly two share the connections. */
export async function measureWorkers(bench: Bench): Promise<Table> {
  await using origin = await startOrigin(bench.native, workerCores.load);
  const contenders = ofKinds(bench, "peer", "geryon");
  const options = { connections, size: sizeBytes };
  const start = (workers: number): Promise<Warm[] & AsyncDisposable> =>
    startAll(
      bench,
      contenders.map((one) => ({
        ...one,
        name: `${one.name}, ${workers} ${workers === 1 ? "worker" : "workers"}`,
        missing: workers === 1 || one.manyWorkers ? one.missing : "not supported",
      })),
      { endpoint: origin.port, cores: workerCores.proxy, workers },
      ({ port }) => bench.native.load("round-trips", { ...options, port, ms: bench.warmUpMs }, workerCores.load),
    );
  await using one = await start(1);
  await using two = await start(2);
  const all = one.flatMap((warm, index) => [warm, two[index] ?? warm]);
  const apart = workerCores.load !== workerCores.proxy;
  return {
    id: "workers",
    title: "One worker and two",
    about:
      `Round trips as above. The proxy may run on cores ${workerCores.proxy}, load generator and origin on cores ${workerCores.load}, ` +
      "each of them one thread. " +
      (apart
        ? "Here the load generator, one thread, limits throughput. "
        : "All share the same two cores: what a second worker takes, load generator and origin lack, so throughput here says little; " +
          "CPU per round trip says whether a second worker costs more than it carries. ") +
      `Spread: ${spreadConnections} connections with equal load (${rate} round trips a second in turns); how far the CPU time of the busier worker lies above the mean of both.`,
    metrics: [
      { key: "cpuUs", title: "CPU us/round trip", digits: 2, ratio: true },
      { key: "perSecond", title: "round trips/s", digits: 0 },
      { key: "cores", title: "cores used", digits: 2 },
      { key: "spread", title: "busier worker over mean %", digits: 1 },
    ],
    baseline: "haproxy, 1 worker",
    rows: await measureWarm(all, bench.rounds, async (running) => {
      const { port, pids } = running;
      const cpu = pids.join(",");
      const ms = bench.measureMs;
      const result = await bench.native.load("round-trips", { ...options, port, cpu, ms }, workerCores.load);
      const figures = {
        cpuUs: (result.cpuSeconds / result.count) * 1e6,
        perSecond: result.count / result.seconds,
        cores: result.cpuSeconds / result.seconds,
      };
      return two.some((warm) => warm.running === running)
        ? { ...figures, spread: await spread(bench, running) }
        : figures;
    }),
  };
}

/** In per cent of the mean of the two busiest threads. */
async function spread({ native, measureMs }: Bench, { port, pids }: RunningContender): Promise<number> {
  const before = threadCpuSeconds(pids);
  await native.load(
    "rate",
    { port, connections: spreadConnections, size: sizeBytes, rate, ms: measureMs },
    workerCores.load,
  );
  const used = [...threadCpuSeconds(pids)].map(([thread, seconds]) => seconds - (before.get(thread) ?? 0));
  const [busiest = NaN, second = NaN] = used.toSorted((a, b) => b - a);
  return (busiest / ((busiest + second) / 2) - 1) * 100;
}
