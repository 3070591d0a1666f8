import type { EndpointEntry } from "../../control/admin/endpoint-actions.ts";
import { quote } from "../../config/mistake.ts";
import { spanText } from "../../control/stats/span-text.ts";
import type { UnavailableReason } from "../../control/stats/unavailable.ts";
import type { Style, Terminal } from "../terminal.ts";
import { padColumns } from "./columns.ts";
import { groupByReasons, groupNames, reasonLines } from "./reasons.ts";

/** Endpoints as a table, and below it why some of them are not chosen, since when, and what would change that. */
export function endpointTable(endpoints: readonly EndpointEntry[], terminal: Terminal, nowMs: number): string {
  const [head = [], ...rows] = padColumns([
    ["UPSTREAM", "ENDPOINT", "STATE", "WEIGHT", "ACTIVE", "TOTAL", "LATENCY"],
    ...endpoints.map((one) => [
      one.upstream,
      one.address,
      stateOf(one).word,
      weightText(one),
      one.maxConnections === null ? `${one.activeConnections}` : `${one.activeConnections}/${one.maxConnections}`,
      `${one.totalConnections}`,
      latencyText(one.latencyMs),
    ]),
  ]);
  const lines = rows.map((cells, index) => {
    const endpoint = endpoints[index];
    const style = endpoint === undefined ? undefined : stateOf(endpoint).style;
    return cells
      .map((cell, column) => (column === 2 && style !== undefined ? terminal.style(style, cell) : cell))
      .join("");
  });
  const notes = byUpstream(endpoints).flatMap((ones) => [
    ...groupByReasons(ones).map((group) => [
      `${group[0].upstream} ${groupNames(group)}${group.length === 1 ? "" : ", each:"}`,
      ...reasonLines(group, terminal, nowMs),
    ]),
    ...failOpenLines(ones),
    ...ones.flatMap((one) => staleNameLines(one, nowMs)),
  ]);
  return `${[terminal.style("bold", head.join("")), ...lines, ...notes.flatMap((note) => ["", ...note])].join("\n")}\n`;
}

function byUpstream(endpoints: readonly EndpointEntry[]): readonly (readonly EndpointEntry[])[] {
  return [...Map.groupBy(endpoints, ({ upstream }) => upstream).values()];
}

/** That endpoints of an upstream serve although something speaks against them, and what; nothing when none does. */
function failOpenLines(endpoints: readonly EndpointEntry[]): string[][] {
  const serving = endpoints.filter((one) => stateOf(one).word === "fail-open");
  const [first] = serving;
  if (first === undefined) return [];
  const verdicts = Map.groupBy(serving, ({ health, lastProbe }) =>
    health === "unhealthy" ? `probe ${quote(lastProbe ?? "")}` : "ejected",
  );
  const found = [...verdicts].map(([verdict, ones]) => `${ones.length} ${verdict}`).join(", ");
  return [[`${first.upstream} fails open`, `  too few endpoints are healthy, so these serve all the same: ${found}`]];
}

/** That an endpoint goes by an answer that could not be renewed; nothing as long as its name resolves. */
function staleNameLines({ upstream, address, resolution }: EndpointEntry, nowMs: number): string[][] {
  const { addresses = [], resolvedAt = null, lastFailure = null } = resolution ?? {};
  if (resolvedAt === null || lastFailure === null || lastFailure.at < resolvedAt) return [];
  const age = spanText(nowMs - Date.parse(resolvedAt));
  return [
    [
      `${upstream} ${address}`,
      `  its name does not resolve any more (${lastFailure.reason}): the answer of ${age} ago serves on: ${addresses.join(", ")}`,
    ],
  ];
}

interface StateWord {
  readonly word: string;
  readonly style: Style;
}

const words: Readonly<Record<UnavailableReason, StateWord>> = {
  draining: { word: "draining", style: "yellow" },
  disabled: { word: "disabled", style: "yellow" },
  unhealthy: { word: "down", style: "red" },
  ejected: { word: "ejected", style: "red" },
  "breaker-open": { word: "breaker-open", style: "red" },
  "breaker-half-open": { word: "half-open", style: "yellow" },
  "upstream-breaker-open": { word: "breaker-open", style: "red" },
  "upstream-breaker-half-open": { word: "half-open", style: "yellow" },
  full: { word: "full", style: "yellow" },
  standby: { word: "standby", style: "dim" },
};

/** One word for an endpoint: of several reasons the first, which people mend first. */
export function stateOf({ unavailable, health, ejection, breaker }: EndpointWords): StateWord {
  const [first] = unavailable;
  if (first !== undefined) return words[first.reason];
  // It is chosen all the same: its upstream ignores health and ejections for now.
  if (health === "unhealthy" || ejection?.active === true) return { word: "fail-open", style: "yellow" };
  // The next connections show whether it is up.
  if (breaker?.state === "half-open") return words["breaker-half-open"];
  return { word: "up", style: "green" };
}

type EndpointWords = Pick<EndpointEntry, "unavailable" | "health" | "ejection" | "breaker">;

/** `7`, or `0.7 of 7` while it starts slowly. */
function weightText({ weight, effectiveWeight }: EndpointEntry): string {
  return effectiveWeight < weight ? `${Math.round(effectiveWeight * 10) / 10} of ${weight}` : `${weight}`;
}

/** To a tenth of a millisecond, from a second on as other spans; `-` when nothing is known. */
function latencyText(latencyMs: number): string {
  if (latencyMs === 0) return "-";
  return latencyMs < 1000 ? `${Math.max(0.1, Math.round(latencyMs * 10) / 10)} ms` : spanText(latencyMs);
}
