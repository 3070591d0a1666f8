/** What a soak saw of one proxy, and whether that is well. */
import type { Stats } from "../../src/control/stats/stats.ts";
import type { OutcomeCode } from "../../src/core/observe/outcome.ts";
import type { SoakCounts } from "../load/native.ts";
import { median } from "../load/statistics.ts";

/** What the kernel said of the proxy at one moment. */
export interface Sample {
  readonly seconds: number;
  readonly descriptors: number;
  readonly residentBytes: number;
}

/** A soak that is over. */
export interface SoakRun {
  readonly runtime: string;
  /** Which sockets carried the bytes; empty when there is no choice. */
  readonly io: string;
  readonly seconds: number;
  /** Before it, after all kinds of clients had been there once. */
  readonly before: Sample;
  readonly during: readonly Sample[];
  /** After it, when nothing ran any more. */
  readonly after: Sample;
  /** The clients of the warm-up, and those of the soak. */
  readonly warmUp: SoakCounts;
  readonly made: SoakCounts;
  /** The counters at the end. */
  readonly stats: Stats;
  /** What a client saw that it should not have; empty when all was as it should be. */
  readonly failure: string;
}

/** Descriptors that a runtime may keep for itself. */
export const spareDescriptors = 16;

/** How the connections of a soak may end, with how many of each. All else is a fault of the proxy. */
const expectedOutcomes: readonly OutcomeCode[] = [
  "ok",
  "client-reset",
  "endpoint-reset",
  "connect-refused",
  "idle-timeout",
];

/** The memory by which a proxy may grow over the last half: what a garbage collector leaves now, and not then. */
export function memoryBoundBytes(residentBytes: number): number {
  return Math.max(8 * 2 ** 20, residentBytes / 10);
}

/** Resident memory in the third and in the last quarter of a soak: the median of each. */
export function lastHalf(during: readonly Sample[]): { readonly third: number; readonly last: number } {
  const end = during.at(-1)?.seconds ?? 0;
  const within = (from: number, to: number): number =>
    median(
      during
        .filter(({ seconds }) => seconds > end * from && seconds <= end * to)
        .map(({ residentBytes }) => residentBytes),
    );
  return { third: within(0.5, 0.75), last: within(0.75, 1) };
}

/** How many clients there were. */
export function clientsOf(counts: SoakCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0) - counts.bytes;
}

/** What has not come back to nothing when no client is there. */
export function leftovers({ connections, workers, listeners, upstreams }: Stats): string[] {
  const counts: [string, number][] = [
    ["connections of the process", connections.active],
    ...workers.map(({ index, activeConnections }): [string, number] => [
      `connections of worker ${index}`,
      activeConnections,
    ]),
    ...listeners.map(({ name, activeConnections }): [string, number] => [`connections of ${name}`, activeConnections]),
    ...upstreams.flatMap((upstream): [string, number][] => [
      [`connections to ${upstream.name}`, upstream.activeConnections],
      [`pending connects to ${upstream.name}`, upstream.pendingConnects.active],
      [`clients in the queue of ${upstream.name}`, upstream.queue.length],
      [`retries to ${upstream.name}`, upstream.retries.active],
      ...upstream.endpoints.map(({ address, activeConnections }): [string, number] => [
        `connections to ${address}`,
        activeConnections,
      ]),
    ]),
  ];
  return counts.filter(([, count]) => count !== 0).map(([what, count]) => `${count} ${what} are left`);
}

/** All that is not well; nothing when the soak has passed. */
export function faultsOf(run: SoakRun): string[] {
  const { failure, stats } = run;
  if (failure !== "") return [failure, ...leftovers(stats)];
  return [...leftovers(stats), ...miscounts(run), ...growth(run)];
}

/** Counters that do not agree with each other, or with what the clients know. */
function miscounts({ stats, warmUp, made }: SoakRun): string[] {
  const faults: string[] = [];
  const outcomes = Object.entries(stats.listeners[0]?.outcomes ?? {}).map(([code]) => {
    const count = stats.listeners.reduce((sum, listener) => sum + listener.outcomes[code as OutcomeCode], 0);
    return [code as OutcomeCode, count] as const;
  });
  for (const [code, count] of outcomes) {
    if (count > 0 && !expectedOutcomes.includes(code)) faults.push(`${count} connections ended with ${code}`);
  }
  const accepted = stats.listeners.reduce((sum, { totalConnections }) => sum + totalConnections, 0);
  const ended = outcomes.reduce((sum, [, count]) => sum + count, 0);
  if (accepted !== ended) faults.push(`${accepted} connections were accepted, but ${ended} have an outcome`);
  const clients = clientsOf(warmUp) + clientsOf(made);
  // Who is gone before it is accepted, the proxy may never see.
  const gone = warmUp.abort + made.abort + warmUp.reset + made.reset;
  if (accepted > clients || accepted < clients - gone) {
    faults.push(`${clients} clients came, but ${accepted} connections were accepted`);
  }
  const restarts = stats.workers.reduce((sum, worker) => sum + worker.restarts, 0);
  if (restarts > 0) faults.push(`${restarts} workers died`);
  return faults;
}

/** What grows. */
function growth({ before, during, after }: SoakRun): string[] {
  const faults: string[] = [];
  if (after.descriptors > before.descriptors + spareDescriptors) {
    faults.push(`${after.descriptors} descriptors are open, ${before.descriptors} were before`);
  }
  const { third, last } = lastHalf(during);
  if (last - third > memoryBoundBytes(third)) {
    faults.push(`memory grew by ${((last - third) / 2 ** 20).toFixed(1)} MiB over the last half`);
  }
  return faults;
}
