/** Why endpoints are not chosen, for people: many that are out for the same reasons are told of once. */
import { spanText } from "../../control/stats/span-text.ts";
import type { EndpointStats } from "../../control/stats/upstream-stats.ts";
import type { Terminal } from "../terminal.ts";

type Reasoned = Pick<EndpointStats, "address" | "unavailable">;

/** Endpoints of one upstream that are out for the same reasons; one at least. */
export type ReasonGroup<T extends Reasoned> = readonly [first: T, ...others: T[]];

/** From this many on they are told of together: fewer are easier to read one by one. */
const smallestGroup = 4;
/** Names in the title of a group. */
const maxNames = 3;

/** Those of an upstream's endpoints that something keeps from being chosen, in their order. */
export function groupByReasons<T extends Reasoned>(endpoints: readonly T[]): ReasonGroup<T>[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const endpoint of endpoints) {
    if (endpoint.unavailable.length === 0) continue;
    const key = JSON.stringify(endpoint.unavailable.map(({ reason, text }) => [reason, text]));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [endpoint]);
    else group.push(endpoint);
  }
  return [...groups.values()].flatMap((group) =>
    group.length < smallestGroup ? group.map((one): ReasonGroup<T> => [one]) : [group],
  );
}

/** `10.0.0.1:80`, or `10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80 and 97 more`. */
export function groupNames(group: ReasonGroup<Reasoned>): string {
  const names = group
    .slice(0, maxNames)
    .map(({ address }) => address)
    .join(", ");
  return group.length > maxNames ? `${names} and ${group.length - maxNames} more` : names;
}

/**
 * Two lines for each reason: what the matter is and for how long, and what would end it. Of a group that is the first
 * one's: what ends the others differs by moments.
 */
export function reasonLines(group: ReasonGroup<Reasoned>, terminal: Terminal, nowMs: number): string[] {
  const [first] = group;
  return first.unavailable.flatMap(({ text, change }, index) => {
    const all = group.flatMap(({ unavailable }) => unavailable[index] ?? []);
    const agesMs = all.flatMap(({ since }) => (since === null ? [] : [nowMs - Date.parse(since)]));
    const until = group.length === 1 ? change : change.replaceAll(first.address, "ENDPOINT");
    return [`  ${text}${ageText(agesMs)}`, terminal.style("dim", `    until: ${until}`)];
  });
}

/** ` (for 5 s)`, or ` (for 2 s to 5 s)`; empty for what comes and goes with the load. */
function ageText(agesMs: readonly number[]): string {
  if (agesMs.length === 0) return "";
  const shortest = spanText(agesMs.reduce((a, b) => Math.min(a, b)));
  const longest = spanText(agesMs.reduce((a, b) => Math.max(a, b)));
  return shortest === longest ? ` (for ${longest})` : ` (for ${shortest} to ${longest})`;
}
