import process from "node:process";
import { chooseIo } from "../adapters/reactor/choose-io.ts";
import { formatAddress } from "../core/runtime/address.ts";
import { ListenError } from "../core/runtime/runtime.ts";
import { type Arguments, type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { DemoRun } from "./demo/demo-run.ts";
import { type DemoScreen, LineScreen, TableScreen } from "./demo/demo-screen.ts";
import { readCount } from "./read-flags.ts";
import { catchStopSignals } from "./stop-signals.ts";
import { listenFailure } from "./listen-failure.ts";
import { formatCount, formatMs } from "./load/load-summary.ts";
import { loadErrorKinds } from "./load/load-stats.ts";
import type { Terminal } from "./terminal.ts";

const port = { min: 0, max: 65_535, default: 0 };
const minSeconds = 1;
const maxSeconds = 7 * 86_400;

/** What the table needs. */
const tableColumns = 80;
const tableRows = 20;

/** `geryon demo`: what `npm start` runs. */
export const demoCommand: Command = {
  name: "demo",
  summary: "Watch it work: three endpoints, the proxy, live clients, and an endpoint that dies and comes back",
  usage: "[--seconds N] [--port PORT]",
  positionals: { min: 0, max: 0 },
  flags: [
    { name: "seconds", short: "s", value: "N", description: "End by itself after so long", default: "until Ctrl-C" },
    { name: "port", short: "p", value: "PORT", description: "Port of the proxy on 127.0.0.1", default: "a free one" },
  ],
  examples: [
    { command: "geryon demo", does: "Runs until Ctrl-C" },
    { command: "geryon demo --seconds 10 --port 4000", does: "Ends by itself; meanwhile try nc 127.0.0.1 4000" },
  ],
  async run(args, given) {
    const seconds = readSeconds(args);
    const listen = { kind: "tcp", host: "127.0.0.1", port: readCount(args, "port", port) } as const;
    const { runtime } = await chooseIo("auto", given.runtime, given.tryReactor);
    const context = { ...given, runtime };
    const { terminal } = given;
    using screen = screenFor(context, seconds);
    using signals = catchStopSignals(runtime.clock, () => screen.close());
    let demo: DemoRun;
    try {
      demo = await DemoRun.start({ listen, seconds, onEvent: (event) => screen.event(event) }, runtime);
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      terminal.error(`geryon: ${listenFailure(error)}\n`);
      return exitCodes.bind;
    }
    terminal.out(introduction(demo, context));
    screen.show(demo);
    await demo.run(signals.stopped);
    screen.close();
    terminal.out(closingText(demo, terminal));
    return demo.traffic.stats.errorCount === 0 && demo.cut === 0 ? exitCodes.ok : exitCodes.failure;
  },
};

function readSeconds(args: Arguments): number | undefined {
  const text = args.value("seconds");
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?s?$/.test(text) ? Number.parseFloat(text) : NaN;
  if (seconds >= minSeconds && seconds <= maxSeconds) return seconds;
  throw new UsageError(
    `Option '--seconds' is '${text}'`,
    `Expected a number from ${minSeconds} to ${formatCount(maxSeconds)}`,
  );
}

function screenFor({ terminal, runtime }: CommandContext, seconds: number | undefined): DemoScreen {
  const roomy =
    (process.stdout.columns ?? tableColumns) >= tableColumns && (process.stdout.rows ?? tableRows) >= tableRows;
  if (terminal.interactive && roomy) return new TableScreen(terminal, runtime);
  return new LineScreen(terminal, runtime, seconds === undefined || seconds > 10 ? 2000 : 1000);
}

function introduction(demo: DemoRun, { runtime }: CommandContext): string {
  const names = demo.endpoints.map(({ name }) => name).join(", ");
  return (
    `geryon on ${runtime.name} ${runtime.version}: the proxy listens on ${formatAddress(demo.address)} and spreads connections\n` +
    `over ${names} (p2c, a tcp health check every ${Math.round(demo.plan.healthIntervalMs)} ms).\n` +
    "Clients verify every byte. An endpoint is killed before your eyes, and comes back.\n\n"
  );
}

/** What was seen, and where to look next. */
function closingText(demo: DemoRun, terminal: Terminal): string {
  const { stats } = demo.traffic;
  const errors = loadErrorKinds.filter((kind) => stats.errors[kind] > 0).map((kind) => `${kind} ${stats.errors[kind]}`);
  const verdict =
    errors.length === 0
      ? terminal.style("green", "Client errors: 0.")
      : terminal.style("red", `Client errors: ${formatCount(stats.errorCount)} (${errors.join(", ")}).`);
  const drained =
    demo.cut === 0
      ? `${demo.drained} running connections ended by themselves`
      : `${demo.cut} connections had to be cut`;
  return [
    "",
    `${formatCount(stats.roundTrips)} round trips on ${formatCount(stats.connections)} connections in ${(demo.elapsedMs / 1000).toFixed(1)} s, every byte verified. ${verdict}`,
    `Latency p50 ${formatMs(stats.latency.quantileMs(0.5))}, p99 ${formatMs(stats.latency.quantileMs(0.99))}. ` +
      `Endpoints killed: ${demo.kills}, back in service: ${demo.returns}, connects retried: ${formatCount(demo.retries)}.`,
    `Drained: ${drained}.`,
    "",
    "Where to look next:",
    "  geryon proxy --help      the same in front of your own endpoints",
    "  examples/minimal.yaml    the smallest config",
    "  docs/                    what can be configured, and how it works",
    "",
  ].join("\n");
}
