import process from "node:process";
import { descriptorWriter } from "../adapters/compat/file-writer.ts";
import type { IoChoice } from "../adapters/reactor/choose-io.ts";
import { type Config, logFormats, logLevels } from "../config/config.ts";
import type { ConfigResult } from "../config/validate-config.ts";
import { LineWriter } from "../control/log/line-writer.ts";
import { type LogOptions, openLog } from "../control/log/log.ts";
import { ListenError } from "../core/runtime/runtime.ts";
import { type Arguments, type Command, type CommandContext, exitCodes, type Flag, UsageError } from "./command.ts";
import { chooseSockets, ioFlag } from "./io-flag.ts";
import { listenFailure } from "./listen-failure.ts";
import { configFromFlags, proxyFlags } from "./proxy-flags.ts";
import { ProxyProcess } from "./proxy-process.ts";
import { configReport, readConfig } from "./read-config.ts";
import { readChoice } from "./read-flags.ts";
import { aborted, catchStopSignals } from "./stop-signals.ts";

/** They go with a config file, too: in an incident, they shall not take an edit. */
const runFlags: readonly Flag[] = [
  ioFlag,
  { name: "log-level", value: "LEVEL", description: "debug, info, warning or error", default: "info" },
  { name: "log-format", value: "FORMAT", description: "json, pretty, or auto: pretty on a terminal", default: "auto" },
];

/** `geryon proxy`: the main job. */
export const proxyCommand: Command = {
  name: "proxy",
  summary: "Run the load balancer, from a config file or from flags alone",
  usage: "--config FILE | --listen ADDR [OPTIONS] ENDPOINT...",
  positionals: { min: 0, max: Infinity },
  flags: [
    { name: "config", short: "c", value: "FILE", description: "Config file: .yaml, .toml or .json" },
    ...proxyFlags,
    ...runFlags,
  ],
  examples: [
    {
      command: "geryon proxy --listen 127.0.0.1:4000 --policy p2c --timeout 3s 127.0.0.1:8001 127.0.0.1:8002",
      does: "Spreads the connections to port 4000 over two endpoints; no file needed",
    },
    { command: "geryon proxy --config examples/minimal.yaml", does: "Runs what the file says" },
  ],
  async run(args, context) {
    const { choice, result } = await readSettings(args, context);
    if (!result.ok) {
      context.terminal.error(configReport(result.errors, context));
      return exitCodes.usage;
    }
    return await runProxy(result, choice, context);
  },
};

/** What to run, and on what. */
interface ReadSettings {
  readonly choice: IoChoice;
  readonly result: ConfigResult;
}

async function readSettings(args: Arguments, context: CommandContext): Promise<ReadSettings> {
  const file = args.value("config");
  if (file === undefined) {
    const choice = await chooseSockets(args, context);
    return { choice, result: withLogFlags(configFromFlags(args, choice.sockets), args) };
  }
  const other = proxyFlags.find((flag) => args.has(flag.name));
  if (other !== undefined) {
    throw new UsageError(`Option '--${other.name}' does not go with '--config'`, `Set it in ${file}`);
  }
  if (args.positionals.length > 0) {
    throw new UsageError(`Endpoint '${args.positionals[0]}' does not go with '--config'`, `Add it to ${file}`);
  }
  const config = readConfig(file, context);
  const choice = await chooseSockets(args, context, config.io);
  return { choice, result: withLogFlags(config.judge(choice.sockets), args) };
}

function withLogFlags(result: ConfigResult, args: Arguments): ConfigResult {
  if (!result.ok) return result;
  const { log } = result.config;
  const level = readChoice(args, "log-level", logLevels) ?? log.level;
  const format = readChoice(args, "log-format", logFormats) ?? log.format;
  return { ...result, config: { ...result.config, log: { ...log, level, format } } };
}

async function runProxy(
  result: ConfigResult & { readonly ok: true },
  { runtime, fault }: IoChoice,
  context: CommandContext,
): Promise<number> {
  const { config } = result;
  const writer = new LineWriter(descriptorWriter(process.stderr.fd), runtime.clock);
  process.on("exit", () => writer.flushNow());
  const logOptions: LogOptions = { level: config.log.level, ...lineFormat(config, context) };
  const log = openLog(logOptions, writer);
  const proxy = new ProxyProcess(config, { ...context, runtime }, { log, logOptions, writer });
  for (const warning of result.warnings) log.warning(warning.what, { file: warning.file, line: warning.line });
  if (fault !== "") log.info("no reactor: the runtime's own sockets carry the bytes", { reason: fault });
  using signals = catchStopSignals(runtime.clock);
  process.on("SIGUSR2", () => writer.write(proxy.statsText()));
  try {
    await proxy.start();
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    writer.flushNow();
    context.terminal.error(`geryon: ${listenFailure(error)}\n`);
    return exitCodes.bind;
  }
  // After a drain that was asked for on the admin address, the first signal changes nothing: a service manager sends it
  // to a process that drains already.
  const stop = AbortSignal.any([signals.stopped, proxy.drainAsked]);
  await aborted(stop);
  const cut = await proxy.drain(String(stop.reason));
  return cut > 0 ? exitCodes.drainCut : exitCodes.ok;
}

function lineFormat(config: Config, context: CommandContext): { format: "json" | "pretty"; colours: boolean } {
  const { format } = config.log;
  const onTerminal = process.stderr.isTTY === true;
  return {
    format: format === "auto" ? (onTerminal ? "pretty" : "json") : format,
    colours: onTerminal && (context.env["NO_COLOR"] ?? "") === "",
  };
}
