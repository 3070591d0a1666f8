/** The shape of a config file, with the meaning and default of every key: parsing, JSON Schema and docs all come from here. */
import * as v from "valibot";
import type { Address } from "../core/runtime/address.ts";
import type { IoSetting } from "../core/runtime/io.ts";
import { accessLogSchema } from "./access-log-schema.ts";
import type { AccessLogEntry } from "./access-log-schema.ts";
import { anyDuration, anyWorkers, maxRoutes } from "./bounds.ts";
import { ioSettings, logFormats, logLevels } from "./config.ts";
import type { LogFormat, LogLevel } from "./config.ts";
import { defaults } from "./defaults.ts";
import { address, choice, integerOr, text } from "./leaf.ts";
import { limitsSchema } from "./limits-schema.ts";
import type { LimitsEntry } from "./limits-schema.ts";
import { listenerSchema } from "./listener-schema.ts";
import type { ListenerEntry } from "./listener-schema.ts";
import { parsed } from "./mistake.ts";
import { namePattern } from "./name.ts";
import { duration } from "./quantity.ts";
import { routeSchema } from "./route-schema.ts";
import type { RouteEntry } from "./route-schema.ts";
import { upstreamSchema } from "./upstream-schema.ts";
import type { UpstreamEntry } from "./upstream-schema.ts";

/** A config file once its values are read: what each key holds. */
export interface ConfigFile {
  readonly listeners: Readonly<Record<string, ListenerEntry>>;
  /** Absent when nothing needs one. */
  readonly upstreams?: Readonly<Record<string, UpstreamEntry>> | undefined;
  readonly routes: readonly RouteEntry[];
  readonly workers: number | "auto";
  readonly io: IoSetting;
  readonly preStop: number;
  readonly drainTimeout: number;
  readonly limits: LimitsEntry;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat; readonly access: AccessLogEntry };
  readonly admin?: { readonly address: Address } | undefined;
  readonly $schema?: string | undefined;
}

/** Most entries of `listeners` and of `upstreams`. */
export const maxEntries = 1000;

const name = v.pipe(v.string(), v.regex(new RegExp(namePattern)), v.description("A name of your own."));

const log = v.pipe(
  v.strictObject({
    level: v.optional(choice("The least severe level that is written.", logLevels), defaults.log.level),
    format: v.optional(choice("`auto` is pretty on a terminal, else JSON.", logFormats), defaults.log.format),
    access: v.optional(accessLogSchema, defaults.log.access),
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
    upstreams: v.optional(
      v.pipe(
        v.record(name, upstreamSchema),
        v.minEntries(1),
        v.maxEntries(maxEntries),
        v.description(
          "The upstreams by name, at least one. Required unless all listeners have the protocol `http`, and all routes redirect or respond.",
        ),
      ),
    ),
    routes: v.optional(
      v.pipe(
        v.array(routeSchema),
        v.maxLength(maxRoutes),
        v.description(
          "Where the requests of listeners with the protocols `http` and `auto` go; in their order where nothing else decides.",
        ),
      ),
      [],
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
    preStop: v.optional(
      duration(
        "How long new connections and requests are still taken after a stop signal, while readiness says no: the time that other load balancers need to see it. Then the drain begins.",
        { ...anyDuration, min: 0 },
      ),
      defaults.preStop,
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
