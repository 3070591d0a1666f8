import { formatAddress } from "../core/runtime/address.ts";
import { type Arguments, type Command, exitCodes } from "./command.ts";
import { readAddress, readCount, readDuration, readSize } from "./read-flags.ts";
import { catchStopSignals } from "./stop-signals.ts";
import { LoadRun } from "./load/load-run.ts";
import { formatCount, formatSummary, summarize } from "./load/load-summary.ts";
import { showProgress } from "./load/progress.ts";
import { waitUntilListening } from "./load/wait-until-listening.ts";
import { formatSize } from "../config/size.ts";

const connections = { min: 1, max: 1_000_000, default: 50 };
const sizeBytes = { min: 1, max: 2 ** 30, default: 13 };
const durationMs = { min: 1, max: 7 * 86_400_000, default: 10_000 };
const waitMs = { min: 0, max: 3_600_000, default: 0 };
const timeoutMs = { min: 1, max: 3_600_000, default: 5000 };

/** `geryon load`: a closed-loop load that verifies every byte. */
export const loadCommand: Command = {
  name: "load",
  summary: "Put load on an echo, directly or through a proxy, and verify every byte that comes back",
  usage: "ADDR [OPTIONS]",
  positionals: { min: 1, max: 1 },
  flags: [
    { name: "connections", short: "c", value: "N", description: "Connections at a time", default: "50" },
    { name: "size", short: "s", value: "SIZE", description: "Bytes each way in a round trip", default: "13" },
    { name: "duration", short: "d", value: "DURATION", description: "How long", default: "10s" },
    { name: "timeout", value: "DURATION", description: "Wait for a connect, and for more of an answer", default: "5s" },
    { name: "wait", value: "DURATION", description: "Wait so long until something listens", default: "0" },
    { name: "churn", description: "A new connection for each round trip; its connect is part of the latency" },
    { name: "json", description: "Print one JSON object: roundTripsPerSecond, latencyMs.p99, errorCount and all else" },
  ],
  examples: [
    { command: "geryon load 127.0.0.1:4000 --connections 50 --size 13 --duration 10s", does: "Small round trips" },
    { command: "geryon load 127.0.0.1:4000 --churn --json", does: "A connection each, and the result for a script" },
  ],
  async run(args, { runtime, terminal }) {
    const run = new LoadRun(readOptions(args), runtime);
    const forMs = readDuration(args, "duration", durationMs);
    const json = args.has("json");
    using signals = catchStopSignals(runtime.clock);
    if (!json) terminal.out(`${headline(run)}\n`);
    await waitUntilListening(run.options.address, runtime, readDuration(args, "wait", waitMs));
    const progress = json ? undefined : showProgress(run, terminal);
    const timer = runtime.clock.after(forMs, () => void run.stop());
    signals.stopped.addEventListener("abort", () => void run.stop(), { once: true });
    run.start();
    await run.ended;
    timer.cancel();
    progress?.stop();
    const summary = summarize(run);
    terminal.out(json ? `${JSON.stringify(summary)}\n` : formatSummary(summary, terminal));
    return summary.errorCount === 0 ? exitCodes.ok : exitCodes.failure;
  },
};

function readOptions(args: Arguments): LoadRun["options"] {
  return {
    address: readAddress(args.positionals[0] ?? "", "endpoint"),
    connections: readCount(args, "connections", connections),
    sizeBytes: readSize(args, "size", sizeBytes),
    timeoutMs: readDuration(args, "timeout", timeoutMs),
    roundTripsPerConnection: args.has("churn") ? 1 : Infinity,
    pauseMs: 0,
    firstClient: 0,
  };
}

function headline({ options }: LoadRun): string {
  const what =
    options.roundTripsPerConnection === 1 ? "a new connection for each round trip" : "persistent connections";
  const { address, sizeBytes: size } = options;
  return `load on ${formatAddress(address)}: ${formatCount(options.connections)} at a time, ${formatSize(size)} each way, ${what}`;
}
