/** Turns a config file whose values are read into the document that the data plane is built from. */
import type {
  CommonListenerSettings,
  ListenerSettings,
  OverloadSettings,
  RateSettings,
} from "../core/server/settings.ts";
import type { AccessLogEntry } from "./access-log-schema.ts";
import type { Config, LogSettings } from "./config.ts";
import { defaults } from "./defaults.ts";
import type { ConfigFiles } from "./files.ts";
import { makeHttp } from "./http-settings.ts";
import type { OverloadEntry } from "./limits-schema.ts";
import type { ListenerEntry, RateEntry } from "./listener-schema.ts";
import { makeRoute } from "./route-settings.ts";
import type { ConfigFile } from "./schema.ts";
import { makeUpstream } from "./upstream-settings.ts";

/** The config of a file; names become part of their entries, units part of the keys. */
export function makeConfig(file: ConfigFile, files: ConfigFiles): Config {
  const { maxConnections, overload } = file.limits;
  return {
    listeners: Object.entries(file.listeners).map(([name, entry]) => makeListener(name, entry, files)),
    upstreams: Object.entries(file.upstreams ?? {}).map(([name, entry]) => makeUpstream(name, entry)),
    routes: file.routes.map(makeRoute),
    workers: file.workers,
    ...(file.preStop === 0 ? {} : { preStopMs: file.preStop }),
    drainTimeoutMs: file.drainTimeout,
    limits: { maxConnections, ...(overload === false ? {} : { overload: makeOverload(overload) }) },
    log: { ...file.log, access: makeAccess(file.log.access) },
    ...(file.admin === undefined ? {} : { admin: file.admin }),
  };
}

/** `true` is a map with the defaults. */
function makeAccess(entry: AccessLogEntry): LogSettings["access"] {
  if (typeof entry !== "boolean") return { ...entry.format, sample: entry.sample };
  return entry ? { format: defaults.accessLog.format, template: "", sample: 1 } : false;
}

function makeOverload(entry: Exclude<OverloadEntry, false>): OverloadSettings {
  return { descriptorShare: entry.descriptors, memoryShare: entry.memory, loopLagMs: entry.loopLag };
}

function makeListener(name: string, entry: ListenerEntry, files: ConfigFiles): ListenerSettings {
  const common = makeCommon(name, entry);
  // The checks have seen to it that it is there where it is needed.
  const upstream = entry.upstream ?? "";
  if (entry.protocol === "tcp") return { ...common, protocol: "tcp", upstream };
  const http = makeHttp(entry.http, files);
  if (entry.protocol === "http") return { ...common, protocol: "http", http };
  return { ...common, protocol: "auto", upstream, http, detectTimeoutMs: entry.detectTimeout };
}

function makeCommon(name: string, entry: ListenerEntry): CommonListenerSettings {
  const { maxConnections, maxConnectionsPerClient, clientRate } = entry;
  return {
    name,
    address: entry.address,
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
