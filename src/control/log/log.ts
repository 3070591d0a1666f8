import { configureSync, getLogger, type Logger, type LogRecord } from "@logtape/logtape";
import type { LineWriter } from "./line-writer.ts";

/** How much is logged. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** How a line looks. */
export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: one object a line; `pretty`: for people. */
  readonly format: "json" | "pretty";
  /** Colours in `pretty`. */
  readonly colours: boolean;
}

/** Sets up the process's logger, which writes through `writer`. Lines are plain data: nothing a client sends is code. */
export function openLog(options: LogOptions, writer: LineWriter): Logger {
  const format = options.format === "json" ? formatJson : options.colours ? formatColoured : formatPlain;
  configureSync({
    reset: true,
    sinks: { lines: (record) => writer.write(format(record)) },
    loggers: [
      { category: "geryon", lowestLevel: options.level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
  return getLogger("geryon");
}

function messageOf(record: LogRecord): string {
  return record.message.map(String).join("");
}

function formatJson(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString();
  return `${JSON.stringify({ time, level: record.level, msg: messageOf(record), ...record.properties })}\n`;
}

function formatPlain(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString().slice(11, 23);
  return `${time} ${record.level.toUpperCase().padEnd(7)} ${messageOf(record)}${fields(record)}\n`;
}

const colours: Readonly<Record<string, string>> = { debug: "2", info: "32", warning: "33", error: "31", fatal: "31" };

function formatColoured(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString().slice(11, 23);
  const level = `\u001b[${colours[record.level] ?? "0"}m${record.level.toUpperCase().padEnd(7)}\u001b[0m`;
  return `\u001b[2m${time}\u001b[0m ${level} ${messageOf(record)}\u001b[2m${fields(record)}\u001b[0m\n`;
}

function fields(record: LogRecord): string {
  return Object.entries(record.properties)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${escapeControls(String(value))}`)
    .join("");
}

/** A value must not start a line of its own, nor move the cursor (CWE-117). */
function escapeControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
