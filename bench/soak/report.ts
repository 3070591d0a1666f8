/** What soaks found, as Markdown. */
import { clientsOf, faultsOf, lastHalf, memoryBoundBytes, type SoakRun } from "./soak-run.ts";

/** A busy small service: so many connections a second it is that a soak is held against. */
const modestPerSecond = 10;

const kinds = [
  ["visit", "one message"],
  ["talk", "several messages"],
  ["halfClose", "FIN before the answer"],
  ["reset", "client resets in the middle"],
  ["abort", "gone while it connects"],
  ["refused", "endpoint refuses"],
  ["endpointResets", "endpoint resets"],
  ["slow", "slow reader, 8 MiB"],
  ["vanish", "vanishes, is cut"],
  ["bulk", "bulk, 4 MiB"],
] as const;

/** The whole report. */
export function renderSoak(command: string, machine: string, runs: readonly SoakRun[]): string {
  return [
    "# Soak",
    "",
    `Made by \`${command}\` on ${machine}.`,
    "",
    "80 clients at a time of the kinds below, as fast as they can, against Geryon with its defaults (access log, a worker a core); each byte that comes back is compared, " +
      "and each client knows how its connection must end. Counters must come back to nothing and agree with what the clients know, descriptors to what " +
      "they were after the warm-up (a runtime may keep 16), and over the last half resident memory may grow by 10 %, or 8 MiB: the medians of the third and of the last quarter.",
    "",
    ...table(
      [
        "runtime",
        "sockets",
        "connections",
        "a second",
        `hours at ${modestPerSecond}/s`,
        "GiB compared",
        "descriptors: before, most, after",
        "RSS MiB: before, third, last quarter",
        "grown MiB (allowed)",
        "found",
      ],
      runs.map(summary),
    ),
    "",
    ...table(["kind", ...runs.map(({ runtime }) => runtime)], kindRows(runs)),
    "",
  ].join("\n");
}

function summary(run: SoakRun): string[] {
  const { runtime, io, seconds, before, during, after, made } = run;
  const { third, last } = lastHalf(during);
  const clients = clientsOf(made);
  const most = Math.max(before.descriptors, ...during.map(({ descriptors }) => descriptors));
  const faults = faultsOf(run);
  return [
    runtime,
    io === "" ? "runtime" : io,
    String(clients),
    (clients / seconds).toFixed(0),
    (clients / modestPerSecond / 3600).toFixed(1),
    (made.bytes / 2 ** 30).toFixed(2),
    `${before.descriptors}, ${most}, ${after.descriptors}`,
    [before.residentBytes, third, last].map(mebibytes).join(", "),
    `${mebibytes(last - third)} (${mebibytes(memoryBoundBytes(third))})`,
    faults.length === 0 ? "nothing wrong" : faults.join("; ").replaceAll("|", "/"),
  ];
}

function kindRows(runs: readonly SoakRun[]): string[][] {
  return kinds.map(([kind, text]) => [text, ...runs.map(({ made }) => String(made[kind]))]);
}

/** A dash where nothing was seen: it failed before. */
function mebibytes(bytes: number): string {
  return Number.isNaN(bytes) ? "-" : (bytes / 2 ** 20).toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map((_, index) => (index === 0 ? "---" : "--:")), ...rows].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );
}
