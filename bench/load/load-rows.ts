/** Dimensions whose figures are those of one run of the load generator a round. */
import { alone, type Bench, measureWarm, startAll, startHttpOrigin, startOrigin } from "./bench.ts";
import type { Contender, Place } from "./contender.ts";
import type { LoadOptions, LoadResult } from "./native.ts";
import type { Row } from "./table.ts";

/** A way to load a proxy. */
export interface Load {
  readonly mode: string;
  readonly options: LoadOptions;
}

/** What a dimension measures. */
export interface LoadShape extends Load {
  readonly contenders: readonly Contender[];
  /** What they relay: bytes where nothing is said. */
  readonly protocol?: Place["protocol"];
  /** How contenders are warmed up, where that is not the load itself. */
  readonly warmUp?: Load;
  /** What the table shows of a run. */
  readonly figures: (result: LoadResult) => Readonly<Record<string, number>>;
}

/** Starts and warms all contenders, and loads one after another. */
export async function measureLoad(bench: Bench, shape: LoadShape): Promise<Row[]> {
  const { native, warmUpMs, measureMs, rounds } = bench;
  const { contenders, mode, options, warmUp = { mode, options }, figures } = shape;
  await using origin = await (shape.protocol === "http" ? startHttpOrigin : startOrigin)(native);
  const seat = shape.protocol === undefined ? alone(origin) : { ...alone(origin), protocol: shape.protocol };
  await using warm = await startAll(bench, contenders, seat, ({ port }) =>
    native.load(warmUp.mode, { ...warmUp.options, port, ms: warmUpMs }),
  );
  return await measureWarm(warm, rounds, async ({ port, pids }) =>
    figures(await native.load(mode, { ...options, port, cpu: pids.join(","), ms: measureMs })),
  );
}

/** What a proxy paid for each thing it did, how many those were, and how long each took. */
export function costs(result: Omit<LoadResult, "bytes">): Record<string, number> {
  return {
    cpuUs: (result.cpuSeconds / result.count) * 1e6,
    perSecond: result.count / result.seconds,
    core: (result.cpuSeconds / result.seconds) * 100,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    p999Us: result.p999Us,
  };
}
