/** What a config file comes to: what the data plane is built from, and what runs around it. */
import type { Address } from "../core/runtime/address.ts";
import type { IoSetting } from "../core/runtime/io.ts";
import type { ProxySettings } from "../core/server/settings.ts";

/** A whole config: a plain document, every default filled in, every name checked. */
export interface Config extends ProxySettings {
  /** How many threads serve; `auto`: see `workersFor`. */
  readonly workers: number | "auto";
  readonly log: LogSettings;
  /** Absent: there is no admin API. */
  readonly admin?: AdminSettings;
}

/** How much is logged, and in which form. */
export interface LogSettings {
  /** The least severe level that is written. */
  readonly level: LogLevel;
  /** `auto`: pretty on a terminal, else JSON. */
  readonly format: LogFormat;
  /** The records that connections and requests leave when they end; `false`: they leave none. */
  readonly access: false | AccessLogSettings;
}

/** The records of requests. Those of connections are in the log's own format. */
export interface AccessLogSettings {
  /** `auto`: the log's own. */
  readonly format: "auto" | "json" | "clf" | "combined" | "template";
  /** For the format `template`: text with variables in braces; else empty. */
  readonly template: string;
  /** How many of the requests leave a record: 0 to 1. Those that failed always do. */
  readonly sample: number;
}

/** The admin API. */
export interface AdminSettings {
  readonly address: Address;
}

/** Levels from the chattiest to the quietest. */
export type LogLevel = (typeof logLevels)[number];

/** Forms of a log line. */
export type LogFormat = (typeof logFormats)[number];

/** All levels, from the chattiest to the quietest. */
export const logLevels = ["debug", "info", "warning", "error"] as const;

/** All that `io` may say. */
export const ioSettings = ["auto", "reactor", "runtime"] as const satisfies readonly IoSetting[];

/** All forms of a log line. */
export const logFormats = ["auto", "json", "pretty"] as const;

/** All forms of a request's record that have a name. */
export const accessFormats = [
  "auto",
  "json",
  "clf",
  "combined",
] as const satisfies readonly AccessLogSettings["format"][];
