/** Turns a config file whose values are read into the document that the data plane is built from. */
import type { ListenerSettings, OverloadSettings, RateSettings } from "../core/server/settings.ts";
import type { Config } from "./config.ts";
import type { OverloadEntry } from "./limits-schema.ts";
import type { ListenerEntry, RateEntry } from "./listener-schema.ts";
import type { ConfigFile } from "./schema.ts";
import { makeUpstream } from "./upstream-settings.ts";

/** The config of a file; names become part of their entries, units part of the keys. */
export function makeConfig(file: ConfigFile): Config {
  const { maxConnections, overload } = file.limits;
  return {
    listeners: Object.entries(file.listeners).map(([name, entry]) => makeListener(name, entry)),
    upstreams: Object.entries(file.upstreams).map(([name, entry]) => makeUpstream(name, entry)),
    routes: [],
    workers: file.workers,
    drainTimeoutMs: file.drainTimeout,
    limits: { maxConnections, ...(overload === false ? {} : { overload: makeOverload(overload) }) },
    log: file.log,
    ...(file.admin === undefined ? {} : { admin: file.admin }),
  };
}

function makeOverload(entry: Exclude<OverloadEntry, false>): OverloadSettings {
  return { descriptorShare: entry.descriptors, memoryShare: entry.memory, loopLagMs: entry.loopLag };
}

function makeListener(name: string, entry: ListenerEntry): ListenerSettings {
  const { maxConnections, maxConnectionsPerClient, clientRate } = entry;
  return {
    name,
    address: entry.address,
    protocol: entry.protocol,
    upstream: entry.upstream,
    idleTimeoutMs: entry.idleTimeout,
    finTimeoutMs: entry.finTimeout,
    bufferBytes: entry.buffer,
    backlog: entry.backlog,
    keepAliveMs: entry.keepAlive,
    ipv6Only: entry.ipv6Only,
    ...(maxConnections === "off" ? {} : { maxConnections }),
    ...(maxConnectionsPerClient === "off" ? {} : { maxConnectionsPerClient }),
    ...(clientRate === 0 ? {} : { clientRate: makeRate(clientRate) }),
  };
}

function makeRate(entry: RateEntry): RateSettings {
  const { rate, burst } = typeof entry === "number" ? { rate: entry, burst: undefined } : entry;
  return { perSecond: rate, burst: burst ?? Math.max(1, Math.ceil(rate)) };
}
