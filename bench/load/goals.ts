/** What the figures shall be, and whether they are. */
import { median, ratioOfRounds, values } from "./statistics.ts";
import type { Row, Table } from "./table.ts";

/** A limit for one figure of one row: the figure itself, or its ratio to the best of other rows. */
export interface Goal {
  readonly text: string;
  readonly table: string;
  readonly row: string;
  readonly metric: string;
  /** Rows whose best (lowest) the figure is divided by, or from which it is subtracted; absent, it stands for itself. */
  readonly to?: { readonly rows: readonly string[]; readonly by: "ratio" | "difference" };
  readonly atMost: number;
}

/** A goal with what was found. */
export interface GoalResult {
  readonly goal: Goal;
  /** Undefined when it was not measured. */
  readonly figure: number | undefined;
  readonly verdict: "met" | "not met" | "not measured" | `fails: ${string}`;
}

/** Holds the goals against the tables. */
export function checkGoals(goals: readonly Goal[], tables: readonly Table[]): GoalResult[] {
  return goals.map((goal) => {
    const rows = tables.find(({ id }) => id === goal.table)?.rows ?? [];
    const row = rows.find(({ name }) => name === goal.row);
    if (row !== undefined && row.failure !== "") return { goal, figure: undefined, verdict: `fails: ${row.failure}` };
    const figure = row === undefined ? undefined : figureOf(goal, row, rows);
    if (figure === undefined) return { goal, figure, verdict: "not measured" };
    return { goal, figure, verdict: figure <= goal.atMost ? "met" : "not met" };
  });
}

function figureOf({ metric, to }: Goal, row: Row, rows: readonly Row[]): number | undefined {
  const others = rows.filter(({ name }) => to?.rows.includes(name) === true);
  if (to?.by === "ratio") return ratioOfRounds(row, others, metric);
  const figures = values(row, metric);
  if (figures.length === 0) return undefined;
  if (to === undefined) return median(figures);
  const bests = others.map((other) => median(values(other, metric))).filter((one) => !Number.isNaN(one));
  return bests.length === 0 ? undefined : median(figures) - Math.min(...bests);
}

const runtimes = ["bun", "node", "deno"] as const;
type Runtime = (typeof runtimes)[number];
type Limits = Partial<Record<Runtime, number>>;

/** One goal for each runtime that has a limit; `row` is the name of Geryon's, with the runtime to come for `*`. */
function perRuntime(
  text: string,
  table: string,
  metric: string,
  limits: Limits,
  to?: (runtime: Runtime) => Goal["to"],
  row = "geryon-*",
): Goal[] {
  return runtimes.flatMap((runtime): Goal[] => {
    const atMost = limits[runtime];
    if (atMost === undefined) return [];
    const other = to?.(runtime);
    const goal = { text: `${text}: ${runtime}`, table, row: row.replace("*", runtime), metric, atMost };
    return [other === undefined ? goal : { ...goal, to: other }];
  });
}

function all(atMost: number): Limits {
  return { bun: atMost, node: atMost, deno: atMost };
}

function ratioTo(...rows: readonly string[]): () => Goal["to"] {
  return () => ({ rows, by: "ratio" });
}

function over(row: string): () => Goal["to"] {
  return () => ({ rows: [row], by: "difference" });
}

const toHaproxy = ratioTo("haproxy");
const toBetter = ratioTo("haproxy", "nginx-stream");

function toBare(runtime: Runtime): Goal["to"] {
  return { rows: [`bare-${runtime}`], by: "ratio" };
}

function smallRoundTrips(title: string, table: string): Goal[] {
  return [
    ...perRuntime(`${title}, CPU to the better of HAProxy and nginx`, table, "cpuUs", { bun: 1.08 }, toBetter),
    ...perRuntime(`${title}, CPU to HAProxy`, table, "cpuUs", { node: 1.2, deno: 1.2 }, toHaproxy),
    ...perRuntime(`${title}, CPU to a bare relay`, table, "cpuUs", all(1.05), toBare),
  ];
}

function twoWorkers(runtime: Runtime): Goal[] {
  const goal = { table: "workers", row: `geryon-${runtime}, 2 workers` };
  const to = { rows: [`geryon-${runtime}, 1 worker`], by: "ratio" } as const;
  return [
    { ...goal, text: `Two workers, CPU per round trip to one: ${runtime}`, metric: "cpuUs", to, atMost: 1.05 },
    { ...goal, text: `Two workers, % the busier lies above the mean: ${runtime}`, metric: "spread", atMost: 20 },
  ];
}

const churnLimits = { bun: 1.08, node: 1.45, deno: 1.45 };
const bulkLimits = { bun: 0.45, node: 0.9, deno: 0.9 };
const memoryLimits = { bun: 2.5, node: 10, deno: 20 };

/** The limits that Geryon is built for. */
export const goals: readonly Goal[] = [
  ...smallRoundTrips("Small round trips", "round-trips"),
  ...smallRoundTrips("HTTP keep-alive", "http"),
  ...perRuntime("Churn, CPU to HAProxy; only Geryon logs", "churn", "cpuUs", churnLimits, toHaproxy),
  ...perRuntime("Churn, CPU to HAProxy; both log", "churn", "cpuUs", churnLimits, ratioTo("haproxy-log")),
  ...perRuntime("Churn, CPU to HAProxy; neither logs", "churn", "cpuUs", churnLimits, toHaproxy, "geryon-*-silent"),
  ...perRuntime("Bulk, CPU to HAProxy without splice", "bulk", "cpuPerGb", bulkLimits, toHaproxy),
  ...perRuntime("KiB per open connection at 5,000", "idle", "kib5000", memoryLimits),
  ...perRuntime("Latency at 10,000/s, p99 ms over a direct connection", "latency", "p99Ms", all(0.25), over("direct")),
  ...perRuntime("Latency at 10,000/s, p99 ms over HAProxy's", "latency", "p99Ms", all(0.1), over("haproxy")),
  ...runtimes.flatMap(twoWorkers),
];
