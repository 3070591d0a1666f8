/** The shape of one of `listeners`. */
import * as v from "valibot";
import type { ListenAddress } from "../core/runtime/address.ts";
import { anyConnections, anyDuration, hour, second } from "./bounds.ts";
import { defaults } from "./defaults.ts";
import { choice, flag, integer, integerOr, listenAddress, text } from "./leaf.ts";
import { httpSchema } from "./http-schema.ts";
import type { HttpEntry } from "./http-schema.ts";
import { parsed } from "./mistake.ts";
import { duration, rate, size } from "./quantity.ts";

/** One of `listeners`. */
export interface ListenerEntry {
  readonly address: ListenAddress;
  readonly protocol: "tcp" | "http" | "auto";
  /** There unless the protocol is `http`. */
  readonly upstream?: string | undefined;
  readonly idleTimeout: number;
  readonly finTimeout: number;
  readonly buffer: number;
  readonly backlog: number;
  readonly keepAlive: number;
  readonly maxConnections: number | "off";
  readonly maxConnectionsPerClient: number | "off";
  readonly clientRate: RateEntry;
  readonly ipv6Only: boolean;
  readonly detectTimeout: number;
  /** With its defaults where the protocol is `tcp`, too. */
  readonly http: HttpEntry;
}

/** `clientRate`: times per second, 0 for off, or with its burst. */
export type RateEntry = number | { readonly rate: number; readonly burst?: number | undefined };

const anyRate = { min: 1 / 3600, max: 1_000_000 };

const clientRateMap = v.pipe(
  v.strictObject({
    rate: rate("New connections of one client per second, minute or hour.", anyRate),
    burst: v.optional(
      integer(
        "How many may come at once after a quiet time. Absent: as many as the rate allows in one second, at least one.",
        { min: 1, max: 1_000_000 },
      ),
    ),
  }),
  v.title("clientRate"),
  v.description("How often one client may connect."),
);

const clientRate = v.pipe(
  v.union([rate("A rate alone.", { ...anyRate, off: true }), clientRateMap]),
  v.description(
    "New connections of one client, an IPv4 address or an IPv6 /64: a rate, or a map with its burst. `off` is no limit.",
  ),
);

/** What `upstream` should be, in words. */
export const upstreamForm = "the name of an upstream";

/** The schema of a listener. */
export const listenerSchema = v.pipe(
  v.strictObject({
    address: listenAddress(
      "Where to accept connections. `:PORT` is all interfaces, IPv4 and IPv6; port 0 lets the kernel choose; `fd:N` is a socket that the process was started with.",
    ),
    protocol: v.optional(
      choice(
        "What the connections carry. `tcp`: anything, to `upstream`. `http`: requests, which go where `routes` say. `auto`: what begins like HTTP goes to the routes, all else to `upstream`.",
        ["tcp", "http", "auto"],
      ),
      defaults.listener.protocol,
    ),
    upstream: v.optional(
      text(
        { description: "The name of the upstream that connections go to. Required but with `http`, which has routes." },
        upstreamForm,
        parsed,
      ),
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
        min: second,
        max: 9 * hour,
        off: true,
      }),
      defaults.listener.keepAlive,
    ),
    maxConnections: v.optional(
      integerOr("Client connections at a time; `off` is no limit but that of the process.", "off", anyConnections),
      defaults.listener.maxConnections,
    ),
    maxConnectionsPerClient: v.optional(
      integerOr(
        "Connections of one client at a time: of an IPv4 address or an IPv6 /64. `off` is no limit.",
        "off",
        anyConnections,
      ),
      defaults.listener.maxConnectionsPerClient,
    ),
    clientRate: v.optional(clientRate, defaults.listener.clientRate),
    ipv6Only: v.optional(
      flag(
        "On an IPv6 address that is all interfaces (`[::]:PORT` or `:PORT`), refuse IPv4 clients instead of serving both.",
      ),
      defaults.listener.ipv6Only,
    ),
    detectTimeout: v.optional(
      duration(
        "Only with `auto`: a client that has sent nothing for so long goes to `upstream`, as the servers of some protocols speak first. The default leaves time for a first packet that is lost and sent again.",
        { min: 1, max: hour },
      ),
      defaults.listener.detectTimeout,
    ),
    http: v.optional(httpSchema, {}),
  }),
  v.title("a listener"),
  v.description("A bound address and where its connections go."),
);
