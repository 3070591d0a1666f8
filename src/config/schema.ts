/** The shape of a config file, with the meaning and default of every key: parsing, JSON Schema and docs all come from here. */
import * as v from "valibot";
import type { PolicyName } from "../core/balancer/balancer.ts";
import type { Address } from "../core/runtime/address.ts";
import { logFormats, logLevels } from "./config.ts";
import type { LogFormat, LogLevel } from "./config.ts";
import { defaults } from "./defaults.ts";
import { parseIp } from "./host.ts";
import { address, choice, duration, flag, integer, isOff, leaf, size, text, wrongKind } from "./leaf.ts";
import { oneOf, parsed } from "./mistake.ts";
import { parsePolicy, policyNames } from "./policy.ts";

/** A config file once its values are read: what each key holds. */
export interface ConfigFile {
  readonly listeners: Readonly<Record<string, ListenerEntry>>;
  readonly upstreams: Readonly<Record<string, UpstreamEntry>>;
  readonly drainTimeout: number;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat; readonly access: boolean };
  readonly admin?: { readonly address: Address } | undefined;
  readonly $schema?: string | undefined;
}

/** One of `listeners`. */
export interface ListenerEntry {
  readonly address: Address;
  readonly protocol: "tcp";
  readonly upstream: string;
  readonly idleTimeout: number;
  readonly finTimeout: number;
  readonly buffer: number;
  readonly backlog: number;
  readonly keepAlive: number;
  readonly ipv6Only: boolean;
}

/** One of `upstreams`. */
export interface UpstreamEntry {
  readonly policy: PolicyName;
  readonly endpoints: readonly EndpointEntry[];
  readonly connectTimeout: number;
  readonly retries: number;
  readonly sourceAddress?: string | undefined;
  readonly health: HealthEntry;
}

/** One of `endpoints`: an address alone, or with more about it. */
export type EndpointEntry = Address | { readonly address: Address; readonly weight: number };

/** `health`: off, or the checks. */
export type HealthEntry =
  | false
  | {
      readonly type: "tcp";
      readonly interval: number;
      readonly timeout: number;
      readonly rise: number;
      readonly fall: number;
    };

/** Most entries of `listeners` and of `upstreams`. */
export const maxEntries = 1000;

// 24.8 days is the longest timer that the runtimes have (2^31 - 1 ms).
const day = 86_400_000;
const anyDuration = { min: 1, max: 24 * day };

const name = v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_.-]{0,62}$/), v.description("A name of your own."));

const listener = v.pipe(
  v.strictObject({
    address: address(
      "listener",
      "Where to accept connections. `:PORT` is all interfaces, IPv4 and IPv6; port 0 lets the kernel choose.",
    ),
    protocol: v.optional(choice("What the connections carry.", ["tcp"]), defaults.listener.protocol),
    upstream: text(
      { description: "The name of the upstream that connections go to." },
      "the name of an upstream",
      parsed,
    ),
    idleTimeout: v.optional(
      duration("Closes a connection on which no byte moved in either direction for this long.", anyDuration),
      defaults.listener.idleTimeout,
    ),
    finTimeout: v.optional(
      duration(
        "Takes the place of `idleTimeout` once one side has ended its half of the connection and nothing waits to be written.",
        anyDuration,
      ),
      defaults.listener.finTimeout,
    ),
    buffer: v.optional(
      size(
        "Pauses the faster side when this much waits to be written to the slower one; per connection and direction.",
        {
          min: 4096,
          max: 64 * 1024 * 1024,
        },
      ),
      defaults.listener.buffer,
    ),
    backlog: v.optional(
      integer("Connections that the kernel completes before they are accepted; capped by `net.core.somaxconn`.", {
        min: 1,
        max: 65_535,
      }),
      defaults.listener.backlog,
    ),
    keepAlive: v.optional(
      // The kernel takes at most 32767 s (tcp(7), TCP_KEEPIDLE).
      duration("Idle time before the first TCP keepalive probe, towards clients and endpoints; `off` sends none.", {
        min: 1000,
        max: 9 * 3_600_000,
        off: true,
      }),
      defaults.listener.keepAlive,
    ),
    ipv6Only: v.optional(
      flag(
        "On an IPv6 address that is all interfaces (`[::]:PORT` or `:PORT`), refuse IPv4 clients instead of serving both.",
      ),
      defaults.listener.ipv6Only,
    ),
  }),
  v.title("a listener"),
  v.description("A bound address and where its connections go."),
);

const endpointMap = v.pipe(
  v.strictObject({
    address: address("endpoint", "Where the endpoint is."),
    weight: v.optional(
      integer("Share of new connections relative to the other endpoints of the upstream.", { min: 1, max: 256 }),
      defaults.endpoint.weight,
    ),
  }),
  v.title("an endpoint"),
  v.description("An endpoint with more than its address."),
);

const endpoint = v.pipe(
  v.union([address("endpoint", "An endpoint by its address alone."), endpointMap]),
  v.description("An endpoint: an address, or a map."),
);

const healthMap = v.pipe(
  v.strictObject({
    type: v.optional(
      choice("How to probe. `tcp`: a probe succeeds when the connection is established.", ["tcp"]),
      defaults.health.type,
    ),
    interval: v.optional(
      duration("Time from one probe of an endpoint to the next.", { min: 10, max: day }),
      defaults.health.interval,
    ),
    timeout: v.optional(
      duration("How long a probe may take; not longer than `interval`.", { min: 1, max: day }),
      defaults.health.timeout,
    ),
    rise: v.optional(
      integer("Successes in a row that make an unhealthy endpoint healthy.", { min: 1, max: 100 }),
      defaults.health.rise,
    ),
    fall: v.optional(
      integer("Failures in a row that make an endpoint unhealthy.", { min: 1, max: 100 }),
      defaults.health.fall,
    ),
  }),
  v.title("health"),
  v.description("Active health checks of an upstream's endpoints."),
);

const healthSwitch = leaf<false>(
  {
    description: "Endpoints are never probed and count as available.",
    type: ["string", "boolean"],
    enum: ["off", false],
  },
  (input) => {
    if (isOff(input)) return parsed<false>(false);
    const on =
      input === true || input === "on" || input === null ? "remove the key: checks are on by default" : undefined;
    return wrongKind(input, 'off, or a map such as { interval: "5s" }', on);
  },
);

const health = v.pipe(
  v.union([healthSwitch, healthMap]),
  v.description("Active health checks. They are on with these defaults unless this says `off`."),
);

const upstream = v.pipe(
  v.strictObject({
    policy: v.optional(
      text(
        {
          description: "How an endpoint is chosen. Any case and spelling, and the usual other names, are understood.",
          enum: Object.keys(policyNames),
        },
        oneOf(Object.keys(policyNames)),
        parsePolicy,
      ),
      defaults.upstream.policy,
    ),
    endpoints: v.pipe(
      v.array(endpoint),
      v.minLength(1),
      v.maxLength(10_000),
      v.description("The endpoints, at least one."),
    ),
    connectTimeout: v.optional(
      duration("How long one attempt to connect to an endpoint may take.", anyDuration),
      defaults.upstream.connectTimeout,
    ),
    retries: v.optional(
      integer("Further endpoints tried when a connect fails; never one that was tried already.", { min: 0, max: 100 }),
      defaults.upstream.retries,
    ),
    sourceAddress: v.optional(
      text(
        { description: "The local IP address that connections to endpoints leave from." },
        "an IPv4 or IPv6 address without a port",
        parseIp,
      ),
    ),
    health: v.optional(health, {}),
  }),
  v.title("an upstream"),
  v.description("A named group of endpoints with its policies."),
);

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
      v.record(name, listener),
      v.minEntries(1),
      v.maxEntries(maxEntries),
      v.description("The listeners by name, at least one."),
    ),
    upstreams: v.pipe(
      v.record(name, upstream),
      v.minEntries(1),
      v.maxEntries(maxEntries),
      v.description("The upstreams by name, at least one."),
    ),
    drainTimeout: v.optional(
      duration("How long a drain lets running connections finish before it resets them; 0 resets them at once.", {
        ...anyDuration,
        min: 0,
      }),
      defaults.drainTimeout,
    ),
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
