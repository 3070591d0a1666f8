import { readdirSync, readFileSync } from "node:fs";
import type { Scenario } from "./scenario.ts";

/** A scenario that once failed, made small, and what it had found. */
export interface KeptScenario {
  readonly found: string;
  /** The seed that it came from; the generator may make another scenario of it by now. */
  readonly seed: number;
  readonly scenario: Scenario;
}

const folder = new URL("seeds/", import.meta.url);

/** All that are kept in `seeds/`. */
export const keptScenarios: readonly KeptScenario[] = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .toSorted()
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as KeptScenario);
