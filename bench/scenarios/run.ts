/**
 * What clients see while endpoints misbehave: Geryon on three runtimes and HAProxy, one after another in one run, each
 * with the same endpoints and clients. Prints a report in Markdown; with an argument, writes it there too.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readMachine } from "../../src/adapters/compat/machine.ts";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { contenders } from "./proxies.ts";
import { play, scenarios, type Seen } from "./scenarios.ts";

using folder = new TemporaryFolder();
const all = contenders();
const machine = readMachine();
const cpu =
  /^model name\s*:\s*(.*)$/m.exec(spawnSync("cat", ["/proc/cpuinfo"]).stdout.toString())?.[1] ?? "unknown CPU";
const lines: string[] = [];

function print(line: string): void {
  lines.push(line);
  console.log(line);
}

print("# What clients see while endpoints misbehave");
print("");
print(
  "Made by `npm run bench:scenarios`: three endpoints that answer in 20 ms, and 500 connections a second from 250 clients, " +
    "each with one question, whatever becomes of the others. Times count from when a question was due; one that still waits " +
    "for its answer counts with the time so far. Shares are of the connections, in the order of the endpoints; the first one misbehaves.",
);
print("");
print(
  `${cpu}, ${machine.cores} cores, ${machine.system}; Geryon on ${all.map((one) => one.version).join(", ")}. ` +
    "Connect timeout 500 ms, 2 retries, and where endpoints are probed a probe every 500 ms, for all alike; else the defaults.",
);
for (const scenario of scenarios) {
  print("");
  print(`## ${scenario.name[0]?.toUpperCase()}${scenario.name.slice(1)}`);
  print("");
  print("| policy | proxy | asked | failed | p50 ms | p99 ms | shares |");
  print("| --- | --- | --: | --- | --: | --: | --- |");
  for (const policy of scenario.policies) {
    for (const contender of all) {
      if (contender.name === "HAProxy" && policy !== "p2c" && policy !== "least-connections") continue;
      const seen = await play(scenario, policy, (wish) => contender.start(wish, folder));
      print(`| ${policy} | ${contender.name} | ${seen.asked} | ${failureText(seen)} | ${numbers(seen)} |`);
    }
  }
}
const [file] = process.argv.slice(2);
if (file !== undefined) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join("\n")}\n`);
}

function failureText({ failures }: Seen): string {
  const words = Object.entries(failures).map(([name, count]) => `${count} ${name}`);
  return words.length === 0 ? "0" : words.join(", ");
}

function numbers({ p50Ms, p99Ms, shares }: Seen): string {
  return [p50Ms.toFixed(1), p99Ms.toFixed(1), shares.map((one) => `${(one * 100).toFixed(1)} %`).join(", ")].join(
    " | ",
  );
}
