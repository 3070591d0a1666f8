/** What the load benchmark makes of its figures. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkGoals, type Goal } from "../../bench/load/goals.ts";
import { renderReport, renderTable } from "../../bench/load/report.ts";
import { compareRounds, median } from "../../bench/load/statistics.ts";
import type { Row, Table } from "../../bench/load/table.ts";

function row(name: string, figures: readonly number[], failure = ""): Row {
  return { name, rounds: figures.map((cpuUs) => ({ cpuUs })), failure };
}

function table(...rows: Row[]): Table {
  const metrics = [{ key: "cpuUs", title: "CPU us", digits: 1, ratio: true }];
  return { id: "small", title: "Small", about: "How.", metrics, baseline: "haproxy", rows };
}

/** The cells of the table's row that begins with a name. */
function cells(markdown: string, name: string): string[] {
  const line = markdown.split("\n").find((one) => one.startsWith(`| ${name} |`)) ?? "";
  return line
    .split("|")
    .slice(1, -1)
    .map((one) => one.trim());
}

describe("statistics", () => {
  it("takes the middle value, and the mean of two middle ones", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.ok(Number.isNaN(median([])));
  });

  it("compares within a round, not across: a slow round is slow for both", () => {
    const [ours, theirs] = [row("a", [11, 22, 33]), row("b", [10, 20, 30])];
    assert.equal(compareRounds(ours, [theirs], "cpuUs", "ratio"), 1.1);
    assert.equal(compareRounds(ours, [theirs], "cpuUs", "difference"), 2);
  });

  it("compares with the best of several in each round", () => {
    const others = [row("b", [10, 40]), row("c", [20, 20])];
    assert.equal(compareRounds(row("a", [20, 40]), others, "cpuUs", "ratio"), 2);
    assert.equal(compareRounds(row("a", [20, 40]), others, "cpuUs", "difference"), 15);
  });

  it("compares nothing without a round that both have", () => {
    assert.equal(compareRounds(row("a", [1]), [row("b", [])], "cpuUs", "ratio"), undefined);
    assert.equal(compareRounds(row("a", [1]), [], "cpuUs", "difference"), undefined);
  });
});

describe("renderTable", () => {
  it("shows median, lowest and highest, and the ratio to the baseline", () => {
    const markdown = renderTable(table(row("haproxy", [10, 10, 10]), row("ours", [12, 11, 15])));
    assert.deepEqual(cells(markdown, "ours"), ["ours", "12.0 (11.0 - 15.0)", "1.20"]);
    assert.deepEqual(cells(markdown, "haproxy"), ["haproxy", "10.0 (10.0 - 10.0)", "1.00"]);
    assert.deepEqual(cells(markdown, "proxy"), ["proxy", "CPU us", "to haproxy"]);
  });

  it("shows no spread of a single round, and no ratio without the baseline", () => {
    assert.deepEqual(cells(renderTable(table(row("ours", [12]))), "ours"), ["ours", "12.0", ""]);
  });

  it("reports who fails, with the reason, in a row as wide as the others", () => {
    const markdown = renderTable(table(row("ours", [], "FIN is not passed on | ever")));
    assert.deepEqual(cells(markdown, "ours"), ["ours", "fails: FIN is not passed on / ever", ""]);
  });

  it("keeps what was measured before a failure", () => {
    const markdown = renderTable(table(row("haproxy", [10]), row("ours", [12], "reset")));
    assert.deepEqual(cells(markdown, "ours"), ["ours", "fails: reset; before: 12.0", "1.20"]);
  });
});

describe("checkGoals", () => {
  const goal: Goal = { text: "ours to theirs", table: "small", row: "ours", metric: "cpuUs", atMost: 1.1 };
  const to = { rows: ["haproxy"], by: "ratio" as const };

  it("meets a limit exactly, and misses it by a little", () => {
    const tables = [table(row("haproxy", [10]), row("ours", [11]))];
    assert.deepEqual(checkGoals([{ ...goal, to }], tables), [{ goal: { ...goal, to }, figure: 1.1, verdict: "met" }]);
    assert.equal(checkGoals([{ ...goal, to, atMost: 1.09 }], tables)[0]?.verdict, "not met");
  });

  it("takes the figure itself, or what it lies above another", () => {
    const tables = [table(row("haproxy", [10, 12, 11]), row("ours", [11, 14, 13]))];
    assert.equal(checkGoals([goal], tables)[0]?.figure, 13);
    const over: Goal = { ...goal, to: { rows: ["haproxy"], by: "difference" } };
    assert.equal(checkGoals([over], tables)[0]?.figure, 2);
  });

  it("tells what was not measured from what failed", () => {
    assert.equal(checkGoals([goal], [])[0]?.verdict, "not measured");
    assert.equal(checkGoals([{ ...goal, to }], [table(row("ours", [11]))])[0]?.verdict, "not measured");
    assert.equal(checkGoals([goal], [table(row("ours", [], "reset"))])[0]?.verdict, "fails: reset");
  });
});

describe("renderReport", () => {
  it("names machine, command and contenders, and only goals of rows that are there", () => {
    const goals: Goal[] = ["ours", "absent"].map((name) => ({
      text: `goal of ${name}`,
      table: "small",
      row: name,
      metric: "cpuUs",
      atMost: 12,
    }));
    const contenders = [{ name: "ours", version: "1.2.3", has: "all of it", commandLine: "ours --fast" }];
    const preface = { command: "npm run bench:load", machine: "a CPU, 2 cores", rounds: 3, contenders };
    const markdown = renderReport(preface, [table(row("ours", [12]))], goals);
    assert.match(markdown, /npm run bench:load` on a CPU, 2 cores/);
    assert.deepEqual(cells(markdown, "goal of ours"), ["goal of ours", "<= 12", "12.000", "met"]);
    assert.doesNotMatch(markdown, /goal of absent/);
    assert.match(markdown, /\| ours \| 1\.2\.3 \| all of it \| `ours --fast` \|/);
  });
});
