import type { ExchangeRecord } from "../../core/observe/exchange-record.ts";
import type { Clock, Random } from "../../core/runtime/clock.ts";
import { exchangeField, exchangeFieldNames } from "./exchange-fields.ts";
import { ExchangeJson } from "./exchange-json.ts";
import { clfFormat, escapeText, type ExchangeFormat, templateFormat } from "./exchange-text.ts";
import type { LineWriter } from "./line-writer.ts";
import { lineFormat } from "./log.ts";

/** How the access log of exchanges looks, and how much it tells. */
export interface ExchangeLogOptions {
  /** `json`: one object a line; `pretty`: for people; `clf` and `combined`: as Apache; `template`: see `template`. */
  readonly format: "json" | "pretty" | "clf" | "combined" | "template";
  /** For the format `template`: see `templateFormat`. */
  readonly template: string;
  /** Colours in `pretty`. */
  readonly colours: boolean;
  /** Which share of the exchanges is logged: 0 to 1. What failed always is. */
  readonly sample: number;
}

/** Writes a record of each exchange, or of a sample of them. Past the logger, as `accessLog`. */
export function exchangeLog(
  options: ExchangeLogOptions,
  writer: LineWriter,
  clock: Clock,
  random: Random,
): (record: ExchangeRecord) => void {
  const format = formatOf(options);
  const { sample } = options;
  return (record) => {
    if (sample < 1 && !failed(record) && random.next() >= sample) return;
    writer.write(format(record, clock.wallTime()));
  };
}

function failed({ outcome, status }: ExchangeRecord): boolean {
  return outcome !== "ok" || status >= 500;
}

function formatOf(options: ExchangeLogOptions): ExchangeFormat {
  switch (options.format) {
    case "json": {
      const json = new ExchangeJson();
      return (record, timestampMs) => json.line(record, timestampMs);
    }
    case "pretty":
      return prettyFormat(options.colours);
    case "clf":
      return clfFormat(false);
    case "combined":
      return clfFormat(true);
    case "template":
      return templateFormat(options.template);
  }
}

function prettyFormat(colours: boolean): ExchangeFormat {
  const format = lineFormat({ format: "pretty", colours });
  return (record, timestampMs) => {
    const fields: Record<string, unknown> = {};
    for (const name of exchangeFieldNames) {
      const value = exchangeField(record, name);
      fields[name] = typeof value === "string" ? quoteIfNeeded(value) : value;
    }
    return format({ timestampMs, level: "info", message: "exchange", fields });
  };
}

/** A value with a space or a quote in it must not look like two fields. */
function quoteIfNeeded(text: string): string {
  return /^[\u0021\u0023-\u005b\u005d-\u007e]*$/.test(text) ? text : `"${escapeText(text)}"`;
}
