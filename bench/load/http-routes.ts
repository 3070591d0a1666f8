/** What many routes cost: the same requests, matched by one route and by one of 10,000. */
import { alone, type Bench, ofKinds, startAll, startHttpOrigin, takeTurns } from "./bench.ts";
import type { Contender } from "./contender.ts";
import { LoadFailure, type LoadResult } from "./native.ts";
import type { Table } from "./table.ts";

const connections = 50;
const routeCount = 10_000;

const oneRoute = [{ name: "all", match: { pathPrefix: "/" }, upstream: "origin" }];
const manyRoutes = Array.from({ length: routeCount }, (_, place) => {
  const digits = String(place).padStart(5, "0");
  return { name: `service-${digits}`, match: { pathPrefix: `/g${digits}/items` }, upstream: "origin" };
});

/** Which of the two is asked, slice by slice: what drifts evenly is in both alike. */
const turns = ["one", "many", "many", "one", "one", "many", "many", "one"] as const;

/** What was paid for a request in each slice. */
type Slices = Record<(typeof turns)[number], LoadResult[]>;

/** Each Geryon runs twice, with one route and with 10,000, and both are asked by turns within a round. */
export async function measureHttpRoutes(bench: Bench): Promise<Table> {
  const { native, measureMs, warmUpMs, rounds } = bench;
  await using origin = await startHttpOrigin(native);
  const options = { connections, path: "/@00000/items/", groups: routeCount };
  const seat = { ...alone(origin), protocol: "http" } as const;
  const contenders = ofKinds(bench, "geryon");
  const both = contenders.flatMap((contender) => [withRoutes(contender, oneRoute), withRoutes(contender, manyRoutes)]);
  await using warm = await startAll(bench, both, seat, ({ port }) =>
    native.load("http", { ...options, port, ms: warmUpMs }),
  );
  const pairs = contenders.map(({ name }, index) => {
    const [one, many] = warm.slice(2 * index, 2 * index + 2);
    return { name, missing: one?.missing || many?.missing || "", one: one?.running, many: many?.running };
  });
  return {
    id: "http-routes",
    title: "HTTP: one route and 10,000",
    about:
      `Small requests on ${connections} connections that are kept, for the ${routeCount} prefixes of as many routes in turn; or one route takes them all. ` +
      `Two proxies that differ in nothing else, asked by turns in ${turns.length} slices a round. Each answer is checked. No access log.`,
    metrics: [
      { key: "oneUs", title: "1 route: CPU us/request", digits: 2 },
      { key: "manyUs", title: "10,000: CPU us/request", digits: 2 },
      { key: "times", title: "CPU, times", digits: 3 },
    ],
    baseline: "geryon-bun",
    rows: await takeTurns(pairs, rounds, async (pair) => {
      const slices: Slices = { one: [], many: [] };
      for (const turn of turns) {
        const { [turn]: running } = pair;
        if (running === undefined) throw new LoadFailure("it does not run");
        const { port, pids } = running;
        const ms = measureMs / 4;
        slices[turn].push(await native.load("http", { ...options, port, cpu: pids.join(","), ms }));
      }
      const [oneUs, manyUs] = [costUs(slices.one), costUs(slices.many)];
      return { oneUs, manyUs, times: manyUs / oneUs };
    }),
  };
}

/** Of all slices together: one in which the machine stood still has no answers, and so no figure of its own. */
function costUs(slices: readonly LoadResult[]): number {
  const sum = (key: "cpuSeconds" | "count"): number => slices.reduce((all, one) => all + one[key], 0);
  return (sum("cpuSeconds") / sum("count")) * 1e6;
}

function withRoutes(contender: Contender, routes: readonly unknown[]): Contender {
  return { ...contender, start: (place) => contender.start({ ...place, settings: { routes } }) };
}
