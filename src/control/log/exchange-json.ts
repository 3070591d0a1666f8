import type { ExchangeRecord } from "../../core/observe/exchange-record.ts";
import { outcomes } from "../../core/observe/outcome.ts";
import { type Address, formatAddress } from "../../core/runtime/address.ts";
import { millisecondsText } from "./access-json.ts";
import { LogTime } from "./log-time.ts";

/**
 * The JSON line of an exchange's record, written out by hand: the same bytes as through `JSON.stringify` of its fields
 * (`exchangeField`), in less time. What recurs is quoted once.
 */
export class ExchangeJson {
  /** By listener, route and upstream: as many as a config has. */
  readonly #quoted = new Map<string, string>();
  readonly #addresses = new WeakMap<Address, string>();
  readonly #time = new LogTime();

  /** The line, with its newline. */
  line(record: ExchangeRecord, timestampMs: number): string {
    const { route, upstream, endpoint, outcome, queueMs, connectMs, firstByteMs } = record;
    return (
      `{"time":"${this.#time.iso(timestampMs)}","level":"info","msg":"exchange","listener":${this.#quote(record.listener)},` +
      (route === undefined ? "" : `"route":${this.#quote(route)},`) +
      `"peer":${this.#address(record.peer)},"client":${JSON.stringify(record.client)},` +
      (upstream === undefined ? "" : `"upstream":${this.#quote(upstream)},`) +
      (endpoint === undefined ? "" : `"endpoint":${this.#address(endpoint)},`) +
      text("method", record.method) +
      text("host", record.host) +
      text("target", record.target) +
      `"protocol":"${record.protocol}","status":${record.status},` +
      `"outcome":"${outcome}","source":"${outcomes[outcome].source}",` +
      text("reason", record.reason) +
      text("request_id", record.requestId) +
      text("trace_id", record.traceId) +
      text("referer", record.referer) +
      text("user_agent", record.userAgent) +
      `"attempts":${record.attempts},"reused":${record.reused},` +
      `"bytes_up":${record.bytesUp},"bytes_down":${record.bytesDown},` +
      (queueMs === undefined ? "" : `"queue_ms":${millisecondsText(queueMs)},`) +
      (connectMs === undefined ? "" : `"connect_ms":${millisecondsText(connectMs)},`) +
      (firstByteMs === undefined ? "" : `"first_byte_ms":${millisecondsText(firstByteMs)},`) +
      `"duration_ms":${millisecondsText(record.durationMs)}}\n`
    );
  }

  #quote(name: string): string {
    let quoted = this.#quoted.get(name);
    if (quoted === undefined) this.#quoted.set(name, (quoted = JSON.stringify(name)));
    return quoted;
  }

  /** Of endpoints, and of peers, whose object lasts as long as their connection. */
  #address(address: Address): string {
    let quoted = this.#addresses.get(address);
    if (quoted === undefined) this.#addresses.set(address, (quoted = JSON.stringify(formatAddress(address))));
    return quoted;
  }
}

function text(name: string, value: string): string {
  return value === "" ? "" : `"${name}":${JSON.stringify(value)},`;
}
