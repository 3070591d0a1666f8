/** Turns a config file whose values are read into the document that the data plane is built from. */
import type { EndpointSettings, ListenerSettings, UpstreamSettings } from "../core/server/settings.ts";
import type { Config } from "./config.ts";
import { defaults } from "./defaults.ts";
import type { ConfigFile, EndpointEntry, ListenerEntry, UpstreamEntry } from "./schema.ts";

/** The config of a file; names become part of their entries, units part of the keys. */
export function makeConfig(file: ConfigFile): Config {
  return {
    listeners: Object.entries(file.listeners).map(([name, entry]) => makeListener(name, entry)),
    upstreams: Object.entries(file.upstreams).map(([name, entry]) => makeUpstream(name, entry)),
    drainTimeoutMs: file.drainTimeout,
    log: file.log,
    ...(file.admin === undefined ? {} : { admin: file.admin }),
  };
}

function makeListener(name: string, entry: ListenerEntry): ListenerSettings {
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
  };
}

function makeUpstream(name: string, entry: UpstreamEntry): UpstreamSettings {
  const { health, sourceAddress } = entry;
  return {
    name,
    policy: entry.policy,
    endpoints: entry.endpoints.map(makeEndpoint),
    connectTimeoutMs: entry.connectTimeout,
    connectRetries: entry.retries,
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    ...(health === false
      ? {}
      : {
          health: {
            type: health.type,
            intervalMs: health.interval,
            timeoutMs: health.timeout,
            rise: health.rise,
            fall: health.fall,
          },
        }),
  };
}

function makeEndpoint(entry: EndpointEntry): EndpointSettings {
  if ("kind" in entry) return { address: entry, weight: defaults.endpoint.weight };
  return { address: entry.address, weight: entry.weight };
}
