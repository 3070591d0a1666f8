/** The shape of a config file, with the meaning and default of every key: parsing, JSON Schema and docs all come from here. */
import * as v from "valibot";
import type { Address } from "../core/runtime/address.ts";
import type { IoSetting } from "../core/runtime/io.ts";
import { anyDuration, anyWorkers } from "./bounds.ts";
import { ioSettings, logFormats, logLevels } from "./config.ts";
import type { LogFormat, LogLevel } from "./config.ts";
import { defaults } from "./defaults.ts";
import { address, choice, flag, integerOr, text } from "./leaf.ts";
import { limitsSchema } from "./limits-schema.ts";
import type { LimitsEntry } from "./limits-schema.ts";
import { listenerSchema } from "./listener-schema.ts";
import type { ListenerEntry } from "./listener-schema.ts";
import { parsed } from "./mistake.ts";
import { duration } from "./quantity.ts";
import { upstreamSchema } from "./upstream-schema.ts";
import type { UpstreamEntry } from "./upstream-schema.ts";

/** A config file once its values are read: what each key holds. */
export interface ConfigFile {
  readonly listeners: Readonly<Record<string, ListenerEntry>>;
  readonly upstreams: Readonly<Record<string, UpstreamEntry>>;
  readonly workers: number | "auto";
  readonly io: IoSetting;
  readonly drainTimeout: number;
  readonly limits: LimitsEntry;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat; readonly access: boolean };
  readonly admin?: { readonly address: Address } | undefined;
  readonly $schema?: string | undefined;
}

/** Most entries of `listeners` and of `upstreams`. */
export const maxEntries = 1000;

const name = v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_.-]{0,62}$/), v.description("A name of your own."));

const log = v.pipe(
  v.strictObject({
    level: v.optional(choice("The least severe level that is written.", logLevels), defaults.log.level),
    format: v.optional(choice("`auto` is pretty on a terminal, else JSON.", logFormats), defaults.log.format),
    access: v.optional(flag("Whether each connection leaves a record when it ends."), defaults.log.access),
  }),
  v.title("log"),
  v.description("What is logged, and in which form."),
);

const admin = v.pipe(
  v.strictObject({ address: address("listener", "Where the admin API listens; best on the loopback interface.") }),
  v.title("admin"),
  v.description("The admin API: health, readiness, statistics and metrics. Absent: there is none."),
);

const file = v.pipe(
  v.strictObject({
    listeners: v.pipe(
      v.record(name, listenerSchema),
      v.minEntries(1),
      v.maxEntries(maxEntries),
      v.description("The listeners by name, at least one."),
    ),
    upstreams: v.pipe(
      v.record(name, upstreamSchema),
      v.minEntries(1),
      v.maxEntries(maxEntries),
      v.description("The upstreams by name, at least one."),
    ),
    workers: v.optional(
      integerOr(
        "How many threads serve, each with its own connections. `auto` is one per core; with 1 everything runs in one thread.",
        "auto",
        anyWorkers,
      ),
      defaults.workers,
    ),
    io: v.optional(
      choice(
        "Which sockets carry the bytes. `reactor` calls Linux's epoll itself, which costs less CPU; `runtime` is the runtime's own sockets; `auto` is the reactor where it can be had.",
        ioSettings,
      ),
      defaults.io,
    ),
    drainTimeout: v.optional(
      duration("How long a drain lets running connections finish before it resets them; 0 resets them at once.", {
        ...anyDuration,
        min: 0,
      }),
      defaults.drainTimeout,
    ),
    limits: v.optional(limitsSchema, {}),
    log: v.optional(log, {}),
    admin: v.optional(admin),
    $schema: v.optional(
      text({ description: "Where editors find the JSON Schema of this file; ignored here." }, "text", parsed),
    ),
  }),
  v.title("the top level"),
  v.description("A Geryon config."),
);

/** The schema of a config file. */
export const configSchema: v.GenericSchema<unknown, ConfigFile> = file;
