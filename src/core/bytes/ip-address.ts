const dot = ".".charCodeAt(0);
const zero = "0".charCodeAt(0);
const letterA = "a".charCodeAt(0);
/** Sets letters to lower case, and leaves digits as they are. */
const caseBit = 0x20;

/**
 * Reads IP addresses from text, one after the other. An IPv4 address is kept as the IPv4-mapped IPv6 address that stands
 * for it (RFC 4291, 2.5.5.2), so that both spellings of one client are the same.
 */
export class IpAddress {
  /** The eight groups of the address that was read last (RFC 4291, 2.2). */
  readonly groups: Uint16Array = new Uint16Array(8);

  /** Reads an IPv4 address, or an IPv6 address whatever zone it has; false when it is neither. */
  read(text: string): boolean {
    if (text.includes(":")) return this.#readIpv6(text);
    this.groups.fill(0, 0, 5);
    this.groups[5] = 0xffff;
    return this.#readIpv4(text, 0, text.length, 6);
  }

  /** The address is an IPv4 address, in either spelling. Its bits are `pair(6)`. */
  get isIpv4(): boolean {
    return this.pair(0) === 0 && this.pair(2) === 0 && this.pair(4) === 0xffff;
  }

  /** Two groups as 32 signed bits. */
  pair(first: number): number {
    return ((this.groups[first] as number) << 16) | (this.groups[first + 1] as number);
  }

  #readIpv6(text: string): boolean {
    const { groups } = this;
    const zone = text.indexOf("%");
    const end = zone === -1 ? text.length : zone;
    let count = 0;
    /** Where `::` stands, and at least one group is missing; -1 for nowhere. */
    let gap = -1;
    let at = 0;
    if (text.startsWith("::") && end >= 2) {
      gap = 0;
      at = 2;
    }
    while (at < end) {
      const colon = text.indexOf(":", at);
      const stop = colon === -1 || colon > end ? end : colon;
      const read = this.#readGroup(text, at, stop, count);
      if (read === 0) return false;
      count += read;
      if (stop === end) break;
      at = stop + 1;
      if (at === end) return false;
      if (text[at] !== ":") continue;
      if (gap !== -1) return false;
      gap = count;
      at++;
    }
    if (gap === -1) return count === 8;
    if (count === 8) return false;
    const tail = 8 - (count - gap);
    groups.copyWithin(tail, gap, count);
    groups.fill(0, gap, tail);
    return true;
  }

  /** How many groups were read: one, two that are written as an IPv4 address, or 0 when it is neither. */
  #readGroup(text: string, from: number, to: number, index: number): number {
    const group = readHex(text, from, to);
    if (group !== -1) {
      if (index > 7) return 0;
      this.groups[index] = group;
      return 1;
    }
    return index <= 6 && this.#readIpv4(text, from, to, index) ? 2 : 0;
  }

  /** Four numbers up to 255, with dots between them, as the two groups from `index`. */
  #readIpv4(text: string, from: number, to: number, index: number): boolean {
    let address = 0;
    let bytes = 0;
    let value = 0;
    let digits = 0;
    for (let at = from; at <= to; at++) {
      const code = at === to ? dot : text.charCodeAt(at);
      if (code === dot) {
        if (digits === 0 || value > 255 || bytes === 4) return false;
        address = (address << 8) | value;
        bytes++;
        value = 0;
        digits = 0;
        continue;
      }
      const digit = code - zero;
      if (digit < 0 || digit > 9 || ++digits > 3) return false;
      value = value * 10 + digit;
    }
    this.groups[index] = address >>> 16;
    this.groups[index + 1] = address & 0xffff;
    return bytes === 4;
  }
}

/** One to four hexadecimal digits, or -1. */
function readHex(text: string, from: number, to: number): number {
  if (to === from || to - from > 4) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    const digit = code - zero;
    const letter = (code | caseBit) - letterA;
    if (digit >= 0 && digit <= 9) value = value * 16 + digit;
    else if (letter >= 0 && letter <= 5) value = value * 16 + 10 + letter;
    else return -1;
  }
  return value;
}
