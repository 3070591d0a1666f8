import type { Violation } from "./run-scenario.ts";

/** A bug of the core that the simulator has found and that is not mended yet. To be emptied, never to be grown quietly. */
interface OpenFinding {
  readonly what: string;
  explains(violation: Violation): boolean;
}

const openFindings: readonly OpenFinding[] = [
  {
    what: "Out of descriptors, health checks fail and take every endpoint out",
    explains: ({ invariant }) => invariant === "health-true",
  },
  {
    what: "An endpoint that was taken out is ejected, or its breaker opens, when a connection of it fails later",
    explains: ({ invariant, message }) =>
      invariant === "ejections-counted" ||
      (invariant === "nothing-left-running" && message.includes("of removed endpoints")),
  },
];

/** Whether a violation is one that is known and not mended. */
export function isOpenFinding(violation: Violation): boolean {
  return openFindings.some((one) => one.explains(violation));
}
