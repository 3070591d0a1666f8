import { ByteTable, hashByte } from "./byte-table.ts";

const exactScope = 0;
const wildcardScope = 1;
const dot = 0x2e;
/** Sets letters to lower case; what it does to other bytes does not matter to a hash. */
const caseBit = 0x20;
const utf8 = new TextEncoder();

/**
 * Which of the hosts that routes name a request is for: the name itself, then wildcards (`*.example.com` is one label or
 * more before `.example.com`), the longest first, then routes that name none. Names are compared without regard to case,
 * and without the dot that may end a full name (RFC 1034 section 3.1).
 */
export class HostTable {
  /** Numbers of hosts, after `look`: the most specific one first. */
  readonly candidates: Int32Array;
  readonly #table = new ByteTable(true);
  readonly #any: number;
  /** Of the longest name or wildcard, and of the longest wildcard. */
  readonly #maxLength: number;
  readonly #maxWildcard: number;
  /** The wildcards that were found, the shortest first. */
  readonly #wildcards: Int32Array;

  /** The place of each host is its number; undefined stands for any. None is there twice. */
  constructor(hosts: readonly (string | undefined)[]) {
    let maxLength = 0;
    let maxWildcard = 0;
    let maxLabels = 0;
    for (const [number, host] of hosts.entries()) {
      if (host === undefined) continue;
      const isWildcard = host.startsWith("*.");
      const bytes = utf8.encode(isWildcard ? host.slice(1) : host);
      let hash = 0;
      for (const byte of bytes.toReversed()) hash = hashByte(hash, byte | caseBit);
      this.#table.add(isWildcard ? wildcardScope : exactScope, hash, bytes, number);
      maxLength = Math.max(maxLength, bytes.length);
      if (!isWildcard) continue;
      maxWildcard = Math.max(maxWildcard, bytes.length);
      maxLabels = Math.max(maxLabels, bytes.filter((byte) => byte === dot).length);
    }
    this.#any = hosts.indexOf(undefined);
    this.#maxLength = maxLength;
    this.#maxWildcard = maxWildcard;
    this.#wildcards = new Int32Array(maxLabels);
    this.candidates = new Int32Array(maxLabels + 2);
  }

  /** How many hosts of routes are the one in `bytes[start]` to `bytes[end - 1]`, which has no port: see `candidates`. */
  look(bytes: Uint8Array, start: number, end: number): number {
    const { candidates } = this;
    let count = 0;
    if (this.#maxLength > 0) {
      const last = end > start && bytes[end - 1] === dot ? end - 1 : end;
      const found = this.#lookBackwards(bytes, start, last);
      if (this.#exact !== -1) candidates[count++] = this.#exact;
      for (let place = found - 1; place >= 0; place--) candidates[count++] = this.#wildcards[place] as number;
    }
    if (this.#any !== -1) candidates[count++] = this.#any;
    return count;
  }

  /** The exact host that was found last; -1 for none. */
  #exact = -1;

  /** From the last byte on, so that the hashes of all that it may end with come on the way. How many wildcards there are. */
  #lookBackwards(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.max(start, end - this.#maxLength);
    const wildcardStop = Math.max(start + 1, end - this.#maxWildcard);
    let found = 0;
    let hash = 0;
    for (let at = end - 1; at >= stop; at--) {
      const byte = bytes[at] as number;
      hash = hashByte(hash, byte | caseBit);
      if (byte !== dot || at < wildcardStop) continue;
      const wildcard = this.#table.get(wildcardScope, hash, bytes, at, end);
      if (wildcard !== -1) this.#wildcards[found++] = wildcard;
    }
    this.#exact = stop === start ? this.#table.get(exactScope, hash, bytes, start, end) : -1;
    return found;
  }
}
