/** Tables as Markdown: medians, spread and ratios. */
import type { Contender } from "./contender.ts";
import { checkGoals, type Goal } from "./goals.ts";
import { compareRounds, median, values } from "./statistics.ts";
import type { Metric, Row, Table } from "./table.ts";

/** What is told before the tables. */
export interface Preface {
  readonly command: string;
  readonly machine: string;
  readonly rounds: number;
  readonly contenders: readonly Pick<Contender, "name" | "version" | "has" | "commandLine">[];
}

/** The whole report. */
export function renderReport(preface: Preface, tables: readonly Table[], goals: readonly Goal[]): string {
  const sections = [
    renderPreface(preface),
    renderGoals(goals, tables),
    ...tables.map(renderTable),
    renderContenders(preface),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** One table: a row a contender, for each metric the median of its rounds, with the lowest and the highest. */
export function renderTable(table: Table): string {
  const head = ["proxy", ...table.metrics.flatMap((metric) => titles(metric, table.baseline))];
  const align = head.map((_, index) => (index === 0 ? "---" : "--:"));
  const rows = table.rows.map((row) => [row.name, ...cells(table, row)]);
  return [`## ${table.title}`, "", table.about, "", ...[head, align, ...rows].map(line)].join("\n");
}

function titles({ title, ratio = false }: Metric, baseline: string): string[] {
  return ratio ? [title, `to ${baseline}`] : [title];
}

function cells(table: Table, row: Row): string[] {
  if (row.rounds.length === 0) {
    const width = table.metrics.flatMap((metric) => titles(metric, table.baseline)).length;
    return [failureText(row), ...Array.from({ length: width - 1 }, () => "")];
  }
  const baseline = table.rows.find((one) => one.name === table.baseline);
  const found = table.metrics.flatMap((metric) => {
    const figures = values(row, metric.key);
    const figure =
      figures.length === 0 ? "" : `${median(figures).toFixed(metric.digits)}${spread(figures, metric.digits)}`;
    if (metric.ratio !== true) return [figure];
    const ratio = baseline === undefined ? undefined : compareRounds(row, [baseline], metric.key, "ratio");
    return [figure, ratio === undefined ? "" : ratio.toFixed(2)];
  });
  // It failed after some rounds: the figures of those stand, and so does the failure.
  if (row.failure !== "") found[0] = `${failureText(row)}; before: ${found[0]}`;
  return found;
}

function failureText({ failure }: Row): string {
  return `fails: ${failure.replaceAll("|", "/")}`;
}

function spread(figures: readonly number[], digits: number): string {
  if (figures.length < 2) return "";
  return ` (${Math.min(...figures).toFixed(digits)} - ${Math.max(...figures).toFixed(digits)})`;
}

/** The goals that the tables can tell about, each with what was found. */
export function renderGoals(goals: readonly Goal[], tables: readonly Table[]): string {
  const asked = goals.filter(({ table, row }) =>
    tables.some(({ id, rows }) => id === table && rows.some(({ name }) => name === row)),
  );
  const rows = checkGoals(asked, tables).map(({ goal, figure, verdict }) => [
    goal.text,
    `<= ${Number(goal.atMost.toFixed(3))}`,
    figure === undefined ? "" : figure.toFixed(3),
    verdict,
  ]);
  return ["## Goals", "", ...[["goal", "limit", "figure", ""], ["---", "--:", "--:", "---"], ...rows].map(line)].join(
    "\n",
  );
}

function renderPreface({ command, machine, rounds }: Preface): string {
  return [
    "# The data plane under load",
    "",
    `Made by \`${command}\` on ${machine}.`,
    "",
    `Medians of ${rounds} rounds that take turns (A B C A B C), with the lowest and the highest in brackets; a ratio is the median ` +
      "of the ratios within each round, as the machine drifts from one to the next. The proxy has core 0 for itself; " +
      "load generator and origin share core 1, so throughput is what both cores together allow, " +
      "and CPU time is the figure to compare. A contender that cannot do something says `fails` and why.",
  ].join("\n");
}

function renderContenders({ contenders }: Preface): string {
  const head = [
    ["proxy", "version", "what it has on", "command line"],
    ["---", "---", "---", "---"],
  ];
  const rows = contenders.map(({ name, version, has, commandLine }) => [
    name,
    version,
    has,
    commandLine === "" ? "" : `\`${commandLine}\``,
  ]);
  return ["## Contenders", "", ...[...head, ...rows].map(line)].join("\n");
}

function line(texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`;
}
