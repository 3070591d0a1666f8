/** In each slot: the hash with its scope, and one more than the entry; 0 is an empty slot. */
const slotStride = 2;
/** Of each entry: its scope, where its bytes begin in the arena, how many they are, and its value. */
const entryStride = 4;

/**
 * From bytes, within a scope, to a number from 0. Made when settings are loaded, and only read after that: what traffic
 * looks for leaves nothing behind, so nobody can fill it or make its chains longer. A look-up costs the same, however
 * much there is in it, and makes nothing.
 */
export class ByteTable {
  #slots = new Int32Array(16 * slotStride);
  #mask = 15;
  #entries = new Int32Array(8 * entryStride);
  #arena = new Uint8Array(256);
  #arenaLength = 0;
  #count = 0;
  readonly #foldsCase: boolean;

  /** With `foldsCase`, keys are in lower case, and letters that are looked for may be in either; so their hashes are equal. */
  constructor(foldsCase: boolean) {
    this.#foldsCase = foldsCase;
  }

  /** The value of `bytes[start]` to `bytes[end - 1]`, whose hash is `hash`; -1 when there is none. */
  get(scope: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const tag = tagOf(scope, hash);
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = tag & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot * slotStride + 1] as number;
      if (entry === 0) return -1;
      if (slots[slot * slotStride] !== tag) continue;
      const at = (entry - 1) * entryStride;
      if (this.#isKey(at, scope, bytes, start, end)) return this.#entries[at + 3] as number;
    }
  }

  /** Adds what is not there yet. */
  add(scope: number, hash: number, bytes: Uint8Array, value: number): void {
    const length = bytes.length;
    if (2 * (this.#count + 1) > this.#mask + 1) this.#grow();
    while (this.#arena.length < this.#arenaLength + length) this.#arena = larger(this.#arena, Uint8Array);
    if (this.#entries.length < (this.#count + 1) * entryStride) this.#entries = larger(this.#entries, Int32Array);
    this.#entries.set([scope, this.#arenaLength, length, value], this.#count * entryStride);
    this.#arena.set(bytes, this.#arenaLength);
    this.#arenaLength += length;
    this.#count++;
    this.#link(tagOf(scope, hash), this.#count);
  }

  #isKey(at: number, scope: number, bytes: Uint8Array, start: number, end: number): boolean {
    const entries = this.#entries;
    if (entries[at] !== scope || entries[at + 2] !== end - start) return false;
    const arena = this.#arena;
    let other = entries[at + 1] as number;
    for (let place = start; place < end; place++) {
      const byte = bytes[place] as number;
      const key = arena[other++] as number;
      if (byte !== key && !(this.#foldsCase && isUpper(byte) && byte + 32 === key)) return false;
    }
    return true;
  }

  #link(tag: number, entry: number): void {
    let slot = tag & this.#mask;
    while (this.#slots[slot * slotStride + 1] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot * slotStride] = tag;
    this.#slots[slot * slotStride + 1] = entry;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let at = 0; at < old.length; at += slotStride) {
      if (old[at + 1] !== 0) this.#link(old[at] as number, old[at + 1] as number);
    }
  }
}

function isUpper(byte: number): boolean {
  return byte >= 65 && byte <= 90;
}

/** One byte more of what is hashed; a hash begins with 0 (FNV-1a's step). */
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x0100_0193);
}

/** The hash of all bytes, the first one first. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = hashByte(hash, byte);
  return hash;
}

/** Spreads the bits over those that choose a slot. */
function tagOf(scope: number, hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(scope + 1, 0x9e37_79b1), 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
}

function larger<A extends Int32Array | Uint8Array>(array: A, kind: new (length: number) => A): A {
  const twice = new kind(2 * array.length);
  twice.set(array);
  return twice;
}
