/** What the checks of a whole config found. */
import type { ConfigPath } from "./config-error.ts";
import type { Mistake } from "./mistake.ts";
import type { EntryPart, Problem } from "./source.ts";

/** Problems refuse the config, warnings do not. */
export interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** Refuses the config for what stands at the path. */
export function refuse(findings: Findings, path: ConfigPath, mistake: Mistake, part: EntryPart = "value"): void {
  findings.problems.push({ ...mistake, path, part });
}

/** Warns of what stands at the path. */
export function warn(findings: Findings, path: ConfigPath, mistake: Mistake, part: EntryPart = "value"): void {
  findings.warnings.push({ ...mistake, path, part });
}
