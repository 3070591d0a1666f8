/** Two durations of a map of which one must not be longer than the other. */
import type { ConfigPath } from "./config-error.ts";
import type { Draft } from "./draft.ts";
import { formatDuration } from "./duration.ts";
import { refuse } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { makeMistake, quote } from "./mistake.ts";

/** Refuses a map in which `low` is longer than `high`; the one that was written is the one to change. */
export function checkOrder(draft: Draft, findings: Findings, map: ConfigPath, low: string, high: string): void {
  const lower = draft.number([...map, low]);
  const higher = draft.number([...map, high]);
  if (lower === undefined || higher === undefined || lower <= higher) return;
  const [short, long] = [formatDuration(higher), formatDuration(lower)];
  if (!draft.isWritten([...map, low])) {
    const what = `${quote(high)} is ${short}, shorter than the default of ${quote(low)}: ${long}`;
    const hint = `set ${quote(low)} to at most ${short}`;
    refuse(findings, [...map, high], makeMistake(what, undefined, hint));
    return;
  }
  const written = draft.isWritten([...map, high]);
  const what = `${quote(low)} is ${long}, longer than ${written ? "" : "the default of "}${quote(high)}: ${short}`;
  const hint = written ? undefined : `or set ${quote(high)} to at least ${long}`;
  refuse(findings, [...map, low], makeMistake(what, `at most ${short}`, hint));
}
