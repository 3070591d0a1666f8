import type { Logger } from "@logtape/logtape";
import type { ConnectionRecord } from "../../core/observe/connection-record.ts";
import { outcomes } from "../../core/observe/outcome.ts";
import { formatAddress } from "../../core/runtime/address.ts";
import type { ProxyEvents } from "../../core/server/proxy-server.ts";

/** Writes what the data plane tells to the log; `access` adds a record for each connection. */
export function logEvents(log: Logger, access: boolean): ProxyEvents {
  return {
    onConnectionEnd: access ? (record) => log.info("connection", accessFields(record)) : undefined,
    onHealthChange(upstream, endpoint) {
      const { status, lastProbe } = endpoint.health;
      const fields = { upstream: upstream.settings.name, endpoint: endpoint.name, probe: lastProbe };
      if (status === "healthy") log.info("endpoint is healthy", fields);
      else log.warning("endpoint is unhealthy", fields);
    },
    onAcceptError: (listener, code) => log.error("cannot accept", { listener, code }),
  };
}

/** One access-log record: flat, in milliseconds and bytes. */
export function accessFields(record: ConnectionRecord): Record<string, unknown> {
  return {
    listener: record.listener,
    client: formatAddress(record.client),
    upstream: record.upstream,
    endpoint: record.endpoint === undefined ? undefined : formatAddress(record.endpoint),
    outcome: record.outcome,
    source: outcomes[record.outcome].source,
    attempts: record.attempts,
    bytes_up: record.bytesUp,
    bytes_down: record.bytesDown,
    connect_ms: record.connectMs === undefined ? undefined : round(record.connectMs),
    duration_ms: round(record.durationMs),
  };
}

function round(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
