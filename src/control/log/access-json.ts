import type { ConnectionRecord } from "../../core/observe/connection-record.ts";
import { outcomes } from "../../core/observe/outcome.ts";
import { type Address, formatAddress } from "../../core/runtime/address.ts";

/**
 * The JSON line of a connection's record, written out by hand: the same bytes as through `JSON.stringify` of its fields,
 * at a fraction of the time, which counts where connections are short. What recurs is quoted once.
 */
export class AccessJson {
  /** By listener, upstream and outcome: as many as a config has. */
  readonly #quoted = new Map<string, string>();
  readonly #endpoints = new WeakMap<Address, string>();
  #second = -1;
  /** The time up to the second. */
  #secondText = "";

  /** The line, with its newline. */
  line(record: ConnectionRecord, timestampMs: number): string {
    const { endpoint, connectMs, outcome } = record;
    return (
      `{"time":"${this.#time(timestampMs)}","level":"info","msg":"connection","listener":${this.#quote(record.listener)},` +
      `"client":${JSON.stringify(formatAddress(record.client))},"upstream":${this.#quote(record.upstream)},` +
      (endpoint === undefined ? "" : `"endpoint":${this.#endpoint(endpoint)},`) +
      `"outcome":"${outcome}","source":"${outcomes[outcome].source}","attempts":${record.attempts},` +
      `"bytes_up":${record.bytesUp},"bytes_down":${record.bytesDown},` +
      (connectMs === undefined ? "" : `"connect_ms":${millisecondsText(connectMs)},`) +
      `"duration_ms":${millisecondsText(record.durationMs)}}\n`
    );
  }

  #time(timestampMs: number): string {
    const second = Math.floor(timestampMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(timestampMs).toISOString().slice(0, -4);
    }
    return `${this.#secondText}${String(timestampMs - second * 1000).padStart(3, "0")}Z`;
  }

  #quote(text: string): string {
    let quoted = this.#quoted.get(text);
    if (quoted === undefined) this.#quoted.set(text, (quoted = JSON.stringify(text)));
    return quoted;
  }

  #endpoint(address: Address): string {
    let quoted = this.#endpoints.get(address);
    if (quoted === undefined) this.#endpoints.set(address, (quoted = JSON.stringify(formatAddress(address))));
    return quoted;
  }
}

/** To the microsecond. */
export function roundMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}

/** As the text of `roundMs`, without making a fraction into text: that is what takes long. */
function millisecondsText(durationMs: number): string {
  const us = Math.round(durationMs * 1000);
  const ms = Math.floor(us / 1000);
  return ms >= maxExactMs ? String(us / 1000) : `${ms}${fractions[us - ms * 1000]}`;
}

/** Above, a number of microseconds is not exact any more. */
const maxExactMs = 2 ** 40;
/** By microseconds: `.001`, `.01`, `.999`. */
const fractions: readonly string[] = Array.from({ length: 1000 }, (_, us) => String(us / 1000).slice(1));
