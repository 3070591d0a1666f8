/** Two durations or sizes of a map of which one must not be more than the other. */
import type { ConfigPath } from "./config-error.ts";
import type { Draft } from "./draft.ts";
import { formatDuration } from "./duration.ts";
import { refuse } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { makeMistake, quote } from "./mistake.ts";
import { formatSize } from "./size.ts";

/** Refuses a map in which the duration `low` is longer than `high`; the one that was written is the one to change. */
export function checkOrder(draft: Draft, findings: Findings, map: ConfigPath, low: string, high: string): void {
  checkValues(draft, findings, map, low, high, { format: formatDuration, more: "longer", less: "shorter" });
}

/** The same of sizes. */
export function checkSizeOrder(draft: Draft, findings: Findings, map: ConfigPath, low: string, high: string): void {
  checkValues(draft, findings, map, low, high, { format: formatSize, more: "larger", less: "smaller" });
}

interface Words {
  readonly format: (value: number) => string;
  readonly more: string;
  readonly less: string;
}

function checkValues(
  draft: Draft,
  findings: Findings,
  map: ConfigPath,
  low: string,
  high: string,
  { format, more, less }: Words,
): void {
  const lower = draft.number([...map, low]);
  const higher = draft.number([...map, high]);
  if (lower === undefined || higher === undefined || lower <= higher) return;
  const [short, long] = [format(higher), format(lower)];
  if (!draft.isWritten([...map, low])) {
    const what = `${quote(high)} is ${short}, ${less} than the default of ${quote(low)}: ${long}`;
    const hint = `set ${quote(low)} to at most ${short}`;
    refuse(findings, [...map, high], makeMistake(what, undefined, hint));
    return;
  }
  const written = draft.isWritten([...map, high]);
  const what = `${quote(low)} is ${long}, ${more} than ${written ? "" : "the default of "}${quote(high)}: ${short}`;
  const hint = written ? undefined : `or set ${quote(high)} to at least ${long}`;
  refuse(findings, [...map, low], makeMistake(what, `at most ${short}`, hint));
}
