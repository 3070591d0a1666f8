import process from "node:process";
import { descriptorWriter } from "../adapters/compat/file-writer.ts";
import type { Config } from "../config/config.ts";
import type { ConfigResult } from "../config/validate-config.ts";
import { LineWriter } from "../control/log/line-writer.ts";
import { type LogOptions, openLog } from "../control/log/log.ts";
import { ListenError } from "../core/runtime/runtime.ts";
import { type Arguments, type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { listenFailure } from "./listen-failure.ts";
import { configFromFlags, proxyFlags } from "./proxy-flags.ts";
import { ProxyProcess } from "./proxy-process.ts";
import { configReport, readConfig } from "./read-config.ts";
import { aborted, catchStopSignals } from "./stop-signals.ts";

const logFlags = [
  { name: "log-level", value: "LEVEL", description: "debug, info, warning or error", default: "info" },
  { name: "log-format", value: "FORMAT", description: "json, pretty, or auto: pretty on a terminal", default: "auto" },
] as const;

/** `geryon proxy`: the main job. */
export const proxyCommand: Command = {
  name: "proxy",
  summary: "Run the load balancer, from a config file or from flags alone",
  usage: "--config FILE | --listen ADDR [OPTIONS] ENDPOINT...",
  positionals: { min: 0, max: Infinity },
  flags: [
    { name: "config", short: "c", value: "FILE", description: "Config file: .yaml, .toml or .json" },
    ...proxyFlags,
    ...logFlags,
  ],
  examples: [
    {
      command: "geryon proxy --listen 127.0.0.1:4000 --policy p2c --timeout 3s 127.0.0.1:8001 127.0.0.1:8002",
      does: "Spreads the connections to port 4000 over two endpoints; no file needed",
    },
    { command: "geryon proxy --config examples/minimal.yaml", does: "Runs what the file says" },
  ],
  async run(args, context) {
    const result = readSettings(args, context);
    if (!result.ok) {
      context.terminal.error(configReport(result.errors, context));
      return exitCodes.usage;
    }
    return await runProxy(result, context);
  },
};

function readSettings(args: Arguments, context: CommandContext): ConfigResult {
  const file = args.value("config");
  if (file === undefined) return withLogFlags(configFromFlags(args, context), args);
  const other = proxyFlags.find((flag) => args.has(flag.name));
  if (other !== undefined) {
    throw new UsageError(`Option '--${other.name}' does not go with '--config'`, `Set it in ${file}`);
  }
  if (args.positionals.length > 0) {
    throw new UsageError(`Endpoint '${args.positionals[0]}' does not go with '--config'`, `Add it to ${file}`);
  }
  return withLogFlags(readConfig(file, context), args);
}

/** The log flags go with a config too: in an incident, `--log-level debug` shall not take an edit. */
function withLogFlags(result: ConfigResult, args: Arguments): ConfigResult {
  if (!result.ok) return result;
  const { log } = result.config;
  const level = oneOf(args, "log-level", ["debug", "info", "warning", "error"] as const) ?? log.level;
  const format = oneOf(args, "log-format", ["auto", "json", "pretty"] as const) ?? log.format;
  return { ...result, config: { ...result.config, log: { ...log, level, format } } };
}

function oneOf<T extends string>(args: Arguments, flag: string, values: readonly T[]): T | undefined {
  const typed = args.value(flag);
  if (typed === undefined) return undefined;
  const value = values.find((one) => one === typed);
  if (value === undefined)
    throw new UsageError(`Option '--${flag}' is '${typed}'`, `Choose one of ${values.join(", ")}`);
  return value;
}

async function runProxy(result: ConfigResult & { readonly ok: true }, context: CommandContext): Promise<number> {
  const { config } = result;
  const writer = new LineWriter(descriptorWriter(process.stderr.fd), context.runtime.clock);
  process.on("exit", () => writer.flushNow());
  const logOptions: LogOptions = { level: config.log.level, ...lineFormat(config, context) };
  const log = openLog(logOptions, writer);
  const proxy = new ProxyProcess(config, context, { log, logOptions, writer });
  for (const warning of result.warnings) log.warning(warning.what, { file: warning.file, line: warning.line });
  using signals = catchStopSignals(context.runtime.clock);
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
