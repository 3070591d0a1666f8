import type { EndpointEntry } from "../../control/admin/endpoint-actions.ts";
import { spanText } from "../../control/stats/span-text.ts";
import type { Unavailable, UnavailableReason } from "../../control/stats/unavailable.ts";
import type { Style, Terminal } from "../terminal.ts";
import { padColumns } from "./columns.ts";

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
      one.latencyMs === 0 ? "-" : `${one.latencyMs} ms`,
    ]),
  ]);
  const lines = rows.map((cells, index) => {
    const endpoint = endpoints[index];
    const style = endpoint === undefined ? undefined : stateOf(endpoint).style;
    return cells
      .map((cell, column) => (column === 2 && style !== undefined ? terminal.style(style, cell) : cell))
      .join("");
  });
  const reasons = endpoints.filter(({ unavailable }) => unavailable.length > 0);
  return `${[
    terminal.style("bold", head.join("")),
    ...lines,
    ...reasons.flatMap((one) => [
      "",
      `${one.upstream} ${one.address}`,
      ...reasonLines(one.unavailable, terminal, nowMs),
    ]),
  ].join("\n")}\n`;
}

/** Two lines for each reason. */
export function reasonLines(reasons: readonly Unavailable[], terminal: Terminal, nowMs: number): string[] {
  return reasons.flatMap(({ text, since, change }) => [
    `  ${text}${since === null ? "" : ` (since ${spanText(nowMs - Date.parse(since))} ago)`}`,
    terminal.style("dim", `    until: ${change}`),
  ]);
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
export function stateOf({ unavailable, health, ejection }: EndpointWords): StateWord {
  const [first] = unavailable;
  if (first !== undefined) return words[first.reason];
  // It is chosen all the same: its upstream ignores health and ejections for now.
  if (health === "unhealthy" || ejection?.active === true) return { word: "fail-open", style: "yellow" };
  return { word: "up", style: "green" };
}

type EndpointWords = Pick<EndpointEntry, "unavailable" | "health" | "ejection">;

/** `7`, or `0.7 of 7` while it starts slowly. */
function weightText({ weight, effectiveWeight }: EndpointEntry): string {
  return effectiveWeight < weight ? `${Math.round(effectiveWeight * 10) / 10} of ${weight}` : `${weight}`;
}
