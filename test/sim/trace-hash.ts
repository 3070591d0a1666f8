import type { Core } from "./load-core.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";

/** One number for every event of some seeds: FNV-1a over the lines of their traces. */
export async function hashOfSeeds(
  generate: (seed: number) => Scenario,
  from: number,
  count: number,
  core: Core,
): Promise<string> {
  let hash = 0x811c9dc5;
  const add = (line: string): void => {
    for (let at = 0; at < line.length; at++) hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
  };
  for (let seed = from; seed < from + count; seed++)
    await runScenario(generate(seed), { core, trace: (atMs, who, what) => add(`${atMs} ${who} ${what}`) });
  return (hash >>> 0).toString(16);
}
