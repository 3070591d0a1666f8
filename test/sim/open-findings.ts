import type { Violation } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";

/** A bug of the core that the simulator has found and that is not mended yet. To be emptied, never to be grown quietly. */
interface OpenFinding {
  readonly what: string;
  explains(violation: Violation, scenario: Scenario): boolean;
}

const openFindings: readonly OpenFinding[] = [
  {
    what: "After the loop stood still, connections whose bytes wait are cut as idle (seeds 71, 139, 682)",
    explains: ({ invariant, message }, { events }) =>
      /^(bytes-move|outcome-true)$/.test(invariant) &&
      /(idle|fin)-timeout/.test(message) &&
      events.some(({ fault }) => fault.kind === "loop-stall"),
  },
];

/** Whether a violation is one that is known and not mended. */
export function isOpenFinding(violation: Violation, scenario: Scenario): boolean {
  return openFindings.some((one) => one.explains(violation, scenario));
}
