import type { ExchangeRecord } from "../../core/observe/exchange-record.ts";
import { outcomes } from "../../core/observe/outcome.ts";
import { formatAddress } from "../../core/runtime/address.ts";
import { roundMs } from "./access-json.ts";

/** What an exchange's record has, by its names in log lines; in this order. */
export const exchangeFieldNames = [
  "listener",
  "route",
  "peer",
  "client",
  "upstream",
  "endpoint",
  "method",
  "host",
  "target",
  "protocol",
  "status",
  "outcome",
  "source",
  "reason",
  "request_id",
  "trace_id",
  "referer",
  "user_agent",
  "attempts",
  "reused",
  "bytes_up",
  "bytes_down",
  "queue_ms",
  "connect_ms",
  "first_byte_ms",
  "duration_ms",
] as const;

/** One of them. */
export type ExchangeFieldName = (typeof exchangeFieldNames)[number];

/** A field of a record, flat, in milliseconds and bytes; undefined when there is nothing to say. */
export function exchangeField(record: ExchangeRecord, name: ExchangeFieldName): string | number | boolean | undefined {
  switch (name) {
    case "listener":
      return record.listener;
    case "route":
      return record.route;
    case "peer":
      return formatAddress(record.peer);
    case "client":
      return record.client;
    case "upstream":
      return record.upstream;
    case "endpoint":
      return record.endpoint === undefined ? undefined : formatAddress(record.endpoint);
    case "method":
      return unlessEmpty(record.method);
    case "host":
      return unlessEmpty(record.host);
    case "target":
      return unlessEmpty(record.target);
    case "protocol":
      return record.protocol;
    case "status":
      return record.status;
    case "outcome":
      return record.outcome;
    case "source":
      return outcomes[record.outcome].source;
    case "reason":
      return unlessEmpty(record.reason);
    case "request_id":
      return unlessEmpty(record.requestId);
    case "trace_id":
      return unlessEmpty(record.traceId);
    case "referer":
      return unlessEmpty(record.referer);
    case "user_agent":
      return unlessEmpty(record.userAgent);
    case "attempts":
      return record.attempts;
    case "reused":
      return record.reused;
    case "bytes_up":
      return record.bytesUp;
    case "bytes_down":
      return record.bytesDown;
    case "queue_ms":
      return rounded(record.queueMs);
    case "connect_ms":
      return rounded(record.connectMs);
    case "first_byte_ms":
      return rounded(record.firstByteMs);
    case "duration_ms":
      return roundMs(record.durationMs);
  }
}

function unlessEmpty(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function rounded(durationMs: number | undefined): number | undefined {
  return durationMs === undefined ? undefined : roundMs(durationMs);
}
