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
  /** Whether each connection leaves a record when it ends. */
  readonly access: boolean;
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
