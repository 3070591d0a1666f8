/** Dimension 6: how soon the control plane is heard, while the data plane idles and while it works. */
import net from "node:net";
import type { Stats } from "../../src/control/stats/stats.ts";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { until } from "../../test/support/sockets.ts";
import { alone, type Bench, ofKinds, type Origin, startOrigin, takeTurns } from "./bench.ts";
import type { Contender } from "./contender.ts";
import { LoadFailure } from "./native.ts";
import { median } from "./statistics.ts";
import type { Table } from "./table.ts";

const connections = 50;
const sizeBytes = 13;
const rate = 10_000;
/** How often the workers are told of an endpoint in a round. */
const tellings = 20;

/** Requests to the admin API of a proxy with one worker, and messages to the workers of one with two. */
export async function measureControl(bench: Bench): Promise<Table> {
  await using origin = await startOrigin(bench.native);
  await using another = await startOrigin(bench.native);
  // Each is started anew for each round, and varies little.
  const rounds = Math.ceil(bench.rounds / 2);
  return {
    id: "control",
    title: "Control plane",
    about:
      "`GET /health` on the admin address of a proxy with one worker, a request 5 ms after the last answer: while the proxy does nothing, " +
      `at ${rate} round trips a second, and while ${connections} connections keep its thread busy (the load generator's core as well). ` +
      "`told`: with two workers, a client waits since its upstream's only endpoint is taken; an endpoint is added through the admin API, " +
      `the worker is told of it by message, and the first byte comes back through it: all of that, the median and the slowest of ${tellings}.`,
    metrics: [
      { key: "idleP50Ms", title: "idle, p50 ms", digits: 2 },
      { key: "idleP99Ms", title: "idle, p99 ms", digits: 2 },
      { key: "rateP50Ms", title: "at a rate, p50 ms", digits: 2 },
      { key: "rateP99Ms", title: "at a rate, p99 ms", digits: 2 },
      { key: "busyP50Ms", title: "busy, p50 ms", digits: 2 },
      { key: "busyP99Ms", title: "busy, p99 ms", digits: 2 },
      { key: "toldP50Ms", title: "told, p50 ms", digits: 2 },
      { key: "toldMaxMs", title: "told, slowest ms", digits: 2 },
    ],
    baseline: "geryon-bun",
    rows: await takeTurns(ofKinds(bench, "geryon", "runtime"), rounds, async (contender) => ({
      ...(await measureRequests(bench, contender, origin)),
      ...(await measureTelling(bench, contender, origin, another)),
    })),
  };
}

async function measureRequests(bench: Bench, contender: Contender, origin: Origin): Promise<Record<string, number>> {
  const { native, measureMs, warmUpMs } = bench;
  using folder = new TemporaryFolder();
  await using running = await contender.start({ folder, native, ...alone(origin), admin: true });
  const request = async (ms: number): Promise<{ readonly p50Us: number; readonly p99Us: number }> =>
    await native.load("requests", { port: running.adminPort ?? 0, path: "/health", ms });
  // The load lasts as long as the requests: both wait 200 ms before they count.
  const requestWhile = async (mode: string, ms: number): ReturnType<typeof request> => {
    const load = { port: running.port, connections, size: sizeBytes, rate, ms: ms + 100 };
    const [answered] = await Promise.all([request(ms), native.load(mode, load)]);
    return answered;
  };
  await requestWhile("round-trips", warmUpMs);
  const idle = await request(measureMs);
  const rated = await requestWhile("rate", measureMs);
  const busy = await requestWhile("round-trips", measureMs);
  return {
    idleP50Ms: idle.p50Us / 1000,
    idleP99Ms: idle.p99Us / 1000,
    rateP50Ms: rated.p50Us / 1000,
    rateP99Ms: rated.p99Us / 1000,
    busyP50Ms: busy.p50Us / 1000,
    busyP99Ms: busy.p99Us / 1000,
  };
}

async function measureTelling(
  { native }: Bench,
  contender: Contender,
  origin: Origin,
  another: Origin,
): Promise<Record<string, number>> {
  using folder = new TemporaryFolder();
  const endpoint = { address: `127.0.0.1:${origin.port}`, maxConnections: 1 };
  const settings = { upstreams: { origin: { endpoints: [endpoint], health: "off" } } };
  const seat = { ...alone(origin), workers: 2, admin: true, settings };
  await using running = await contender.start({ folder, native, ...seat });
  const holder = await ask(running.port);
  const admin = `http://127.0.0.1:${running.adminPort}`;
  const endpoints = `${admin}/upstreams/origin/endpoints`;
  const waiting = async (): Promise<boolean> => {
    const { upstreams } = (await (await fetch(`${admin}/stats`)).json()) as Stats;
    return upstreams[0]?.queue.length === 1;
  };
  const body = JSON.stringify({ address: `127.0.0.1:${another.port}` });
  const times: number[] = [];
  while (times.length < tellings) {
    const answered = ask(running.port);
    // A worker that has not been told yet that the endpoint is gone serves the client: that one does not count.
    let served = false;
    void answered.then(() => (served = true));
    await until(async () => served || (await waiting()), "a client waits");
    if (served) {
      (await answered)?.resetAndDestroy();
      continue;
    }
    const sinceMs = performance.now();
    const added = fetch(endpoints, { method: "POST", headers: { "content-type": "application/json" }, body });
    const client = await answered;
    times.push(performance.now() - sinceMs);
    const answer = await added;
    if (!answer.ok) throw new LoadFailure(`an endpoint cannot be added: ${await answer.text()}`);
    await answer.text();
    if (client === undefined) throw new LoadFailure("a client that waited for an endpoint was cut");
    client.resetAndDestroy();
    const removed = await fetch(`${endpoints}/127.0.0.1:${another.port}`, { method: "DELETE" });
    await removed.text();
  }
  holder?.destroy();
  return { toldP50Ms: median(times), toldMaxMs: Math.max(...times) };
}

/** Connects and sends a byte; resolves when it is back, or with nothing when the connection ends before. */
function ask(port: number): Promise<net.Socket | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    socket.write("E");
    socket.once("data", () => resolve(socket));
    socket.on("error", () => {});
    socket.once("close", () => resolve(undefined));
  });
}
