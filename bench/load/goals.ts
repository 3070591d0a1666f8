/** What the figures shall be, and whether they are. */
import { javascriptNames } from "./javascript-proxies.ts";
import { type Comparison, compareRounds, median, values } from "./statistics.ts";
import type { Row, Table } from "./table.ts";

/** A limit for one figure of one row: the figure itself, or its ratio to the best of other rows. */
export interface Goal {
  readonly text: string;
  readonly table: string;
  readonly row: string;
  readonly metric: string;
  /** Rows whose best (lowest) the figure is compared with; absent, it stands for itself. */
  readonly to?: { readonly rows: readonly string[]; readonly by: Comparison };
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
  if (to === undefined) {
    const figures = values(row, metric);
    return figures.length === 0 ? undefined : median(figures);
  }
  const others = rows.filter(({ name }) => to.rows.includes(name));
  return compareRounds(row, others, metric, to.by);
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

/** To the bare relay of the runtime. */
function toBare(runtime: Runtime): Goal["to"] {
  return { rows: [`bare-${runtime}`], by: "ratio" };
}

/** More than with `io: runtime`. */
function overOwn(runtime: Runtime): Goal["to"] {
  return { rows: [own.replace("*", runtime)], by: "difference" };
}

function smallRoundTrips(title: string, table: string): Goal[] {
  return [
    ...perRuntime(`${title}, CPU to the better of HAProxy and nginx`, table, "cpuUs", { bun: 0.95 }, toBetter),
    ...perRuntime(`${title}, CPU to a relay in C`, table, "cpuUs", { bun: 1.08 }, ratioTo("c-floor")),
    ...perRuntime(`${title}, CPU to HAProxy`, table, "cpuUs", { node: 1.02, deno: 1.02 }, toHaproxy),
    ...perRuntime(`${title}, CPU to a relay in Go`, table, "cpuUs", all(0.9), ratioTo("go-relay")),
    ...perRuntime(
      `${title}, CPU to a bare relay, both on the runtime's sockets`,
      table,
      "cpuUs",
      all(1.05),
      toBare,
      own,
    ),
  ];
}

function smallRequests(title: string, table: string): Goal[] {
  const toBest = ratioTo("haproxy", "nginx");
  const [onReactor, onOwn] = [
    { bun: 0.95, node: 1.1, deno: 1.1 },
    { bun: 1.1, node: 1.35, deno: 1.35 },
  ];
  return [
    ...perRuntime(`${title}, CPU to the better of HAProxy and nginx`, table, "cpuUs", onReactor, toBest),
    ...perRuntime(`${title}, the same on the runtime's sockets`, table, "cpuUs", onOwn, toBest, own),
    ...perRuntime(
      `${title}, CPU to the best proxy in JavaScript, both on Node`,
      table,
      "cpuUs",
      { node: 1 / 3 },
      ratioTo(...javascriptNames),
    ),
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

/** Geryon with `io: runtime`; without a name, goals are those of the shipped defaults. */
const own = "geryon-*-runtime";

const churnLimits = { bun: 0.95, node: 1.1, deno: 1.1 };

/** The limits that Geryon is built for: with what it ships with, where nothing else is said. */
export const goals: readonly Goal[] = [
  ...smallRoundTrips("Small round trips", "round-trips"),
  ...smallRoundTrips("HTTP keep-alive through TCP", "http-through-tcp"),
  ...perRuntime("Churn, CPU to HAProxy; only Geryon logs (this one counts)", "churn", "cpuUs", churnLimits, toHaproxy),
  ...perRuntime("Churn, CPU to HAProxy; both log", "churn", "cpuUs", churnLimits, ratioTo("haproxy-log")),
  ...perRuntime("Churn, CPU to HAProxy; neither logs", "churn", "cpuUs", churnLimits, toHaproxy, "geryon-*-silent"),
  ...perRuntime("Bulk, CPU to HAProxy without splice", "bulk", "cpuPerGb", all(0.3), toHaproxy),
  ...perRuntime("Bulk, CPU to HAProxy that splices", "bulk", "cpuPerGb", all(1.05), ratioTo("haproxy-splice")),
  ...perRuntime("KiB for each further open connection", "idle", "kibFurther", all(2)),
  ...perRuntime("KiB per connection at 8,000, with what the runtime grows by", "idle", "kib8000", all(2)),
  ...perRuntime("% of a core, idle with 8,000 connections", "idle", "cpuOpen", all(1)),
  ...perRuntime("% of a core, idle with none", "idle", "cpuNone", all(0.5)),
  ...perRuntime("Latency at 10,000/s, p99 ms over HAProxy's", "latency", "p99Ms", all(0.02), over("haproxy")),
  ...perRuntime("Latency at 10,000/s, p99 ms over a direct connection", "latency", "p99Ms", all(0.25), over("direct")),
  ...perRuntime("Admin request while idle, p99 ms", "control", "idleP99Ms", all(2)),
  ...perRuntime("Admin request at 10,000 round trips/s, p99 ms", "control", "rateP99Ms", all(2)),
  ...perRuntime(
    "Worker told of an endpoint, median ms over the runtime's sockets",
    "control",
    "toldP50Ms",
    all(2),
    overOwn,
  ),
  ...runtimes.flatMap(twoWorkers),
  ...smallRequests("HTTP, small requests", "http"),
  ...smallRequests("HTTP, a browser's requests", "http-browser"),
  ...perRuntime("HTTP, a connection a request, CPU to HAProxy", "http-new", "cpuUs", all(1.2), toHaproxy),
  ...perRuntime("HTTP, answers of 1 MiB, CPU to HAProxy", "http-download", "cpuPerGb", all(1), toHaproxy),
  ...perRuntime("HTTP, requests of 1 MiB, CPU to HAProxy", "http-upload", "cpuPerGb", all(1), toHaproxy),
  ...perRuntime("HTTP at 10,000/s, p99 ms over HAProxy's", "http-latency", "p99Ms", all(0.1), over("haproxy")),
  ...perRuntime("HTTP, 10,000 routes, CPU to one route", "http-routes", "times", all(1.05)),
  ...perRuntime("HTTP, p99 beside 900 slow clients, to that without them", "http-slow", "times", all(2)),
];
