import type { ConnectionRecord } from "../../core/observe/connection-record.ts";
import { outcomes } from "../../core/observe/outcome.ts";
import { formatAddress } from "../../core/runtime/address.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import { AccessJson, roundMs } from "./access-json.ts";
import type { LineWriter } from "./line-writer.ts";
import { lineFormat, type LogOptions } from "./log.ts";

/**
 * Writes a record of each connection, at the level `info`. Past the logger: through it a record cost as much as a
 * connection does otherwise.
 */
export function accessLog(
  options: Pick<LogOptions, "format" | "colours">,
  writer: LineWriter,
  clock: Clock,
): (record: ConnectionRecord) => void {
  if (options.format === "json") {
    const json = new AccessJson();
    return (record) => writer.write(json.line(record, clock.wallTime()));
  }
  const format = lineFormat(options);
  return (record) =>
    writer.write(
      format({ timestampMs: clock.wallTime(), level: "info", message: "connection", fields: accessFields(record) }),
    );
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
    connect_ms: record.connectMs === undefined ? undefined : roundMs(record.connectMs),
    duration_ms: roundMs(record.durationMs),
  };
}
