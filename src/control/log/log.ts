import { configureSync, getLogger, type Logger } from "@logtape/logtape";
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
  const format = lineFormat(options);
  configureSync({
    reset: true,
    sinks: {
      lines({ timestamp, level, message, properties }) {
        writer.write(
          format({ timestampMs: timestamp, level, message: message.map(String).join(""), fields: properties }),
        );
      },
    },
    loggers: [
      { category: "geryon", lowestLevel: options.level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
  return getLogger("geryon");
}

/** What a line says. */
export interface LogLine {
  readonly timestampMs: number;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Makes lines, each with its newline, as the options want them. */
export function lineFormat(options: Pick<LogOptions, "format" | "colours">): (line: LogLine) => string {
  if (options.format === "json") return formatJson;
  return options.colours ? formatColoured : formatPlain;
}

function formatJson({ timestampMs, level, message, fields }: LogLine): string {
  return `${JSON.stringify({ time: new Date(timestampMs).toISOString(), level, msg: message, ...fields })}\n`;
}

function formatPlain({ timestampMs, level, message, fields }: LogLine): string {
  return `${timeOfDay(timestampMs)} ${level.toUpperCase().padEnd(7)} ${message}${formatFields(fields)}\n`;
}

const colours: Readonly<Record<string, string>> = { debug: "2", info: "32", warning: "33", error: "31", fatal: "31" };

function formatColoured({ timestampMs, level, message, fields }: LogLine): string {
  const tag = `\u001b[${colours[level] ?? "0"}m${level.toUpperCase().padEnd(7)}\u001b[0m`;
  return `\u001b[2m${timeOfDay(timestampMs)}\u001b[0m ${tag} ${message}\u001b[2m${formatFields(fields)}\u001b[0m\n`;
}

function timeOfDay(timestampMs: number): string {
  return new Date(timestampMs).toISOString().slice(11, 23);
}

function formatFields(fields: LogLine["fields"]): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${escapeControls(String(value))}`)
    .join("");
}

/** A value must not start a line of its own, nor move the cursor (CWE-117). */
function escapeControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
