/**
 * Hashes that spread, not hashes that keep secrets: MurmurHash3's mixing (A. Appleby, MurmurHash3.cpp, x86_32), over
 * the UTF-16 units of a text instead of its bytes.
 */

/** 32 unsigned bits that stand for a text; another `seed` gives other, independent ones. */
export function hashText(text: string, seed = 0): number {
  let hash = seed;
  for (let place = 0; place < text.length; place++) {
    let unit = Math.imul(text.charCodeAt(place), 0xcc9e2d51);
    unit = Math.imul((unit << 15) | (unit >>> 17), 0x1b873593);
    hash ^= unit;
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  return mixBits(hash ^ text.length);
}

/** Spreads 32 bits over 32 unsigned bits, one to one: each bit of the input changes half of the output's. */
export function mixBits(bits: number): number {
  let mixed = bits ^ (bits >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
