import type { ExchangeRecord } from "../../core/observe/exchange-record.ts";
import { exchangeField, type ExchangeFieldName, exchangeFieldNames } from "./exchange-fields.ts";
import { LogTime } from "./log-time.ts";

/** Makes a line, with its newline, of a record. */
export type ExchangeFormat = (record: ExchangeRecord, timestampMs: number) => string;

/** The Common Log Format of the NCSA's httpd; `combined` is Apache's, with referer and user agent. Times are in UTC. */
export function clfFormat(combined: boolean): ExchangeFormat {
  const time = new LogTime();
  return (record, timestampMs) => {
    const { method, status, bytesDown } = record;
    const request = method === "" ? "-" : escapeText(`${method} ${record.target} ${record.protocol}`);
    // 000 as nginx writes it: readers of this format want three digits.
    const answer = `${String(status).padStart(3, "0")} ${bytesDown === 0 ? "-" : bytesDown}`;
    const line = `${escapeText(record.client)} - - [${time.clf(timestampMs)}] "${request}" ${answer}`;
    if (!combined) return `${line}\n`;
    return `${line} "${escapeText(record.referer || "-")}" "${escapeText(record.userAgent || "-")}"\n`;
  };
}

/** What a template may name in braces: all fields, and when. */
export const exchangeVariableNames: readonly string[] = ["time", "time_clf", ...exchangeFieldNames];

/**
 * Lines by a template: `{status}` and the like, `{time}` (RFC 3339) and `{time_clf}` are variables, `-` without a value;
 * `{{` and `}}` are braces. What is no variable stays as it is: `config/` has refused it.
 */
export function templateFormat(template: string): ExchangeFormat {
  const parts = readParts(template);
  const time = new LogTime();
  return (record, timestampMs) => {
    let line = "";
    for (const { text, variable } of parts) {
      line += text;
      if (variable === "time") line += time.iso(timestampMs);
      else if (variable === "time_clf") line += time.clf(timestampMs);
      else if (variable !== undefined) line += escapeText(String(exchangeField(record, variable) ?? "-"));
    }
    return `${line}\n`;
  };
}

/** Text as it stands, then a variable. */
interface Part {
  readonly text: string;
  readonly variable: ExchangeFieldName | "time" | "time_clf" | undefined;
}

function readParts(template: string): Part[] {
  const parts: Part[] = [];
  let text = "";
  for (const [token] of template.matchAll(/\{\{|\}\}|\{\w+\}|[^]/g)) {
    const name = token.length > 2 ? token.slice(1, -1) : "";
    if (exchangeVariableNames.includes(name)) {
      parts.push({ text, variable: name as Exclude<Part["variable"], undefined> });
      text = "";
    } else {
      text += token === "{{" || token === "}}" ? token.charAt(0) : token;
    }
  }
  return [...parts, { text, variable: undefined }];
}

/**
 * What a client sent must end neither its field nor its line, nor move the cursor (CWE-117): control characters, quotes,
 * backslashes and all from 0x7f on are written `\xHH`, as nginx does.
 */
export function escapeText(text: string): string {
  return text.replace(/[^\u0020\u0021\u0023-\u005b\u005d-\u007e]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return code <= 0xff
      ? `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`
      : `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}
