/**
 * A binary heap of the numbers below `capacity`, each at most once, with the smallest key on top and among equal keys
 * the smallest number. Any of them can be taken out, as it is known where each one is.
 */
export class IndexedHeap {
  readonly #keys: Float64Array;
  /** The members in heap order: the children of place p are at 2p + 1 and 2p + 2. */
  readonly #members: Int32Array;
  /** The place of each number; -1 when it is no member. */
  readonly #places: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
    this.#members = new Int32Array(capacity);
    this.#places = new Int32Array(capacity).fill(-1);
  }

  /** How many members there are. */
  get size(): number {
    return this.#size;
  }

  /** The member with the smallest key; -1 when there is none. */
  get top(): number {
    return this.#size > 0 ? (this.#members[0] ?? -1) : -1;
  }

  /** The smallest key; Infinity when there is none. */
  get topKey(): number {
    return this.#size > 0 ? (this.#keys[this.top] ?? Infinity) : Infinity;
  }

  /** Puts a number in; when it is a member already, it gets the new key. In O(log n). */
  add(member: number, key: number): void {
    this.remove(member);
    this.#keys[member] = key;
    this.#rise(member, this.#size++);
  }

  /** Takes a number out; harmless when it is no member. In O(log n). */
  remove(member: number): void {
    const place = this.#places[member] ?? -1;
    if (place < 0) return;
    this.#places[member] = -1;
    this.#size--;
    if (place === this.#size) return;
    const last = this.#members[this.#size] ?? 0;
    this.#sink(last, place);
    this.#rise(last, this.#places[last] ?? 0);
  }

  /** Takes all out. */
  clear(): void {
    this.#places.fill(-1);
    this.#size = 0;
  }

  #rise(member: number, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#members[above] ?? 0;
      if (!this.#before(member, other)) break;
      this.#put(other, place);
      place = above;
    }
    this.#put(member, place);
  }

  #sink(member: number, from: number): void {
    let place = from;
    while (true) {
      let below = 2 * place + 1;
      if (below >= this.#size) break;
      let other = this.#members[below] ?? 0;
      if (below + 1 < this.#size) {
        const right = this.#members[below + 1] ?? 0;
        if (this.#before(right, other)) {
          other = right;
          below++;
        }
      }
      if (!this.#before(other, member)) break;
      this.#put(other, place);
      place = below;
    }
    this.#put(member, place);
  }

  #put(member: number, place: number): void {
    this.#members[place] = member;
    this.#places[member] = place;
  }

  #before(one: number, other: number): boolean {
    const oneKey = this.#keys[one] ?? 0;
    const otherKey = this.#keys[other] ?? 0;
    return oneKey < otherKey || (oneKey === otherKey && one < other);
  }
}
