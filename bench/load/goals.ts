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
type PerRuntime = Readonly<Record<(typeof runtimes)[number], number>>;

function perRuntime(text: string, table: string, metric: string, atMost: PerRuntime, to?: Goal["to"]): Goal[] {
  return runtimes.map((runtime) => ({
    text: `${text}: ${runtime}`,
    table,
    row: `geryon-${runtime}`,
    metric,
    ...(to === undefined ? {} : { to }),
    atMost: atMost[runtime],
  }));
}

function same(atMost: number): PerRuntime {
  return { bun: atMost, node: atMost, deno: atMost };
}

function over(row: string): Goal["to"] {
  return { rows: [row], by: "difference" };
}

const haproxy = { rows: ["haproxy"], by: "ratio" } as const;
const better = { rows: ["haproxy", "nginx-stream"], by: "ratio" } as const;

/** The limits that Geryon is built for. */
export const goals: readonly Goal[] = [
  ...["round-trips", "http"].flatMap((table) => {
    const title = table === "http" ? "HTTP keep-alive" : "Small round trips";
    const text = `${title}, CPU to HAProxy${table === "http" ? "" : " (Bun: to the better of it and nginx)"}`;
    const [bun, ...others] = perRuntime(text, table, "cpuUs", { bun: 1.08, node: 1.2, deno: 1.2 }, haproxy);
    const overBare = runtimes.map((runtime) => ({
      text: `${title}, CPU to a bare relay: ${runtime}`,
      table,
      row: `geryon-${runtime}`,
      metric: "cpuUs",
      to: { rows: [`bare-${runtime}`], by: "ratio" as const },
      atMost: 1.05,
    }));
    return [...(bun === undefined ? [] : [{ ...bun, to: better }]), ...others, ...overBare];
  }),
  ...perRuntime("Churn, CPU to HAProxy", "churn", "cpuUs", { bun: 1.08, node: 1.45, deno: 1.45 }, haproxy),
  ...perRuntime(
    "Bulk, CPU to HAProxy without splice",
    "bulk",
    "cpuPerGb",
    { bun: 0.45, node: 0.9, deno: 0.9 },
    haproxy,
  ),
  ...perRuntime("KiB per open connection at 5,000", "idle", "kib5000", { bun: 2.5, node: 10, deno: 20 }),
  ...perRuntime("Latency at 10,000/s, p99 ms over a direct connection", "latency", "p99Ms", same(0.25), over("direct")),
  ...perRuntime("Latency at 10,000/s, p99 ms over HAProxy's", "latency", "p99Ms", same(0.1), over("haproxy")),
  ...runtimes.flatMap((runtime): Goal[] => [
    {
      text: `Two workers, CPU per round trip to one worker: ${runtime}`,
      table: "workers",
      row: `geryon-${runtime}, 2 workers`,
      metric: "cpuUs",
      to: { rows: [`geryon-${runtime}, 1 worker`], by: "ratio" },
      atMost: 1.05,
    },
    {
      text: `Two workers, % that the busier one lies above the mean: ${runtime}`,
      table: "workers",
      row: `geryon-${runtime}, 2 workers`,
      metric: "spread",
      atMost: 20,
    },
  ]),
];
