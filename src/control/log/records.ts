import type { ConnectionRecord } from "../../core/observe/connection-record.ts";
import type { ExchangeRecord } from "../../core/observe/exchange-record.ts";
import type { Clock, Random } from "../../core/runtime/clock.ts";
import type { AccessLogSettings } from "../../config/config.ts";
import { accessLog } from "./access-log.ts";
import { exchangeLog } from "./exchange-log.ts";
import type { LineWriter } from "./line-writer.ts";
import type { LogOptions } from "./log.ts";

/** How the data plane logs what is over. */
export interface RecordOptions extends LogOptions {
  /** `false`: nothing leaves a record. */
  readonly access: false | AccessLogSettings;
}

/** Who is told of what is over; undefined where no record is made. */
export interface Records {
  readonly onConnectionEnd: ((record: ConnectionRecord) => void) | undefined;
  readonly onExchangeEnd: ((record: ExchangeRecord) => void) | undefined;
}

/** Writes the records of connections and of exchanges to one log. */
export function writeRecords(options: RecordOptions, writer: LineWriter, clock: Clock, random: Random): Records {
  const { access, format, colours } = options;
  if (access === false) return { onConnectionEnd: undefined, onExchangeEnd: undefined };
  return {
    onConnectionEnd: accessLog(options, writer, clock),
    onExchangeEnd: exchangeLog(
      { ...access, format: access.format === "auto" ? format : access.format, colours },
      writer,
      clock,
      random,
    ),
  };
}
