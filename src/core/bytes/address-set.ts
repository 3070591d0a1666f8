import { IpAddress } from "./ip-address.ts";

/** Of each bound of a range: 4 or 6, then the address, 32 bits each; an IPv4 address has one such number. */
const stride = 5;

const ip = new IpAddress();

/**
 * Whether an address lies in one of some CIDR blocks (RFC 4632). A block of IPv4 holds the IPv4-mapped IPv6 addresses of
 * its addresses too (RFC 4291, 2.5.5.2); no other block of IPv6 does, not even `::/0`.
 */
export class AddressSet {
  /** The lowest and the highest address of each range. They are sorted and do not overlap. */
  readonly #lowest: Uint32Array;
  readonly #highest: Uint32Array;
  readonly #count: number;
  readonly #address: Uint32Array = new Uint32Array(stride);

  /** Of addresses, and of blocks such as `192.0.2.0/24`, whose bits behind the prefix do not matter; throws on other text. */
  constructor(blocks: readonly string[]) {
    const ranges = blocks
      .map(readBlock)
      .toSorted((a, b) => compare(a.lowest, 0, b.lowest) || compare(b.highest, 0, a.highest));
    this.#lowest = new Uint32Array(ranges.length * stride);
    this.#highest = new Uint32Array(ranges.length * stride);
    let count = 0;
    for (const { lowest, highest } of ranges) {
      const last = (count - 1) * stride;
      // It lies in one before it, or behind them all: two blocks do not overlap otherwise.
      if (count > 0 && compare(this.#highest, last, lowest) >= 0) continue;
      this.#lowest.set(lowest, count * stride);
      this.#highest.set(highest, count * stride);
      count++;
    }
    this.#count = count;
  }

  /** False for text that is no address. Takes O(log n). */
  has(address: string): boolean {
    if (this.#count === 0 || !ip.read(address)) return false;
    writeAddress(this.#address);
    let low = 0;
    let high = this.#count;
    // The last range that begins at or before the address.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#lowest, middle * stride, this.#address) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && compare(this.#highest, (low - 1) * stride, this.#address) >= 0;
  }
}

function readBlock(block: string): { readonly lowest: Uint32Array; readonly highest: Uint32Array } {
  const slash = block.indexOf("/");
  const text = slash === -1 ? block : block.slice(0, slash);
  const digits = slash === -1 ? "" : block.slice(slash + 1);
  if (!ip.read(text) || (slash !== -1 && !/^\d{1,3}$/.test(digits))) throw new RangeError(`No CIDR block: ${block}`);
  const isMapped = ip.isIpv4 && text.includes(":");
  const bits = ip.isIpv4 && !isMapped ? 32 : 128;
  const length = slash === -1 ? bits : Number(digits);
  if (length > bits) throw new RangeError(`No CIDR block: ${block}`);
  const lowest = new Uint32Array(stride);
  // A short prefix of a mapped address is a block of IPv6.
  const isIpv4 = ip.isIpv4 && (!isMapped || length >= 96);
  if (isIpv4) writeAddress(lowest);
  else writeIpv6(lowest);
  const highest = lowest.slice();
  const prefix = isMapped && isIpv4 ? length - 96 : length;
  for (let word = 1; word < (isIpv4 ? 2 : stride); word++) {
    const free = Math.min(32, Math.max(0, word * 32 - prefix));
    const mask = free === 32 ? 0xffff_ffff : 2 ** free - 1;
    lowest[word] = (lowest[word] as number) & ~mask;
    highest[word] = (highest[word] as number) | mask;
  }
  return { lowest, highest };
}

/** The address that was read last. */
function writeAddress(into: Uint32Array): void {
  if (!ip.isIpv4) return writeIpv6(into);
  into[0] = 4;
  into[1] = ip.pair(6);
  into.fill(0, 2);
}

function writeIpv6(into: Uint32Array): void {
  into[0] = 6;
  for (let word = 1; word < stride; word++) into[word] = ip.pair(2 * word - 2);
}

/** The bound at `at`, and an address. */
function compare(bounds: Uint32Array, at: number, address: Uint32Array): number {
  for (let word = 0; word < stride; word++) {
    const difference = (bounds[at + word] as number) - (address[word] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
