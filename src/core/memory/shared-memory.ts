/** What a thread without a row of its own has. */
const none = { counters: new Float64Array(0), shares: new Int32Array(0) };

/**
 * The state that several threads share: one SharedArrayBuffer, no lock, no message.
 *
 * Five kinds of places, each a region of the buffer, in this order:
 *
 * ```
 * numbers   Float64 [n]             shared: times and estimates. Writers race, the last one wins; readers want no more.
 * counters  Float64 [workers][n]    a row a worker, which alone writes it; read as the sum of the rows.
 * totals    Int32   [n]             shared, changed by Atomics alone: how many there are of something.
 * shares    Int32   [workers][n]    a row a worker, which alone writes it: how many of a total are its own.
 * words     Int32   [n]             shared, changed by Atomics alone: states, versions, tickets.
 * ```
 *
 * Who uses it takes places while it is made; `docs/shared-memory.md` lists them all. Every thread makes the same
 * objects in the same order, so a place has the same index in all of them; then `allocate` or `attach` gives them the
 * buffer.
 *
 * A worker's death loses nothing: its counters stay, and `reclaim` gives back what it held. For that a thread must not
 * die between a change of a total and of its share. It dies at calls and loops only; JavaScriptCore also inside a call
 * of Atomics, before that acts. So the Atomic comes first and a plain write to the share right behind it.
 */
export class SharedMemory {
  /** How many rows there are. */
  readonly workers: number;
  /** The own row; -1 for a thread that only reads and decides. */
  readonly worker: number;
  numbers: Float64Array = new Float64Array(0);
  /** The own row of counters; empty for a thread without one, which then counts nothing. */
  counters: Float64Array = none.counters;
  totals: Int32Array = new Int32Array(0);
  /** The own row of shares. */
  shares: Int32Array = none.shares;
  words: Int32Array = new Int32Array(0);
  #numbers = 0;
  #counters = 0;
  #totals = 0;
  #words = 0;
  #counterRows: readonly Float64Array[] = [];
  #shareRows: readonly Int32Array[] = [];
  #buffer: SharedArrayBuffer | undefined;

  constructor(workers: number, worker: number) {
    this.workers = workers;
    this.worker = worker;
  }

  /** The buffer, for other threads to attach to; undefined before `allocate` or `attach`. */
  get buffer(): SharedArrayBuffer | undefined {
    return this.#buffer;
  }

  /** The index of the first of so many `numbers`. */
  takeNumbers(count: number): number {
    return (this.#numbers += count) - count;
  }

  /** The index of the first of so many `counters`. */
  takeCounters(count: number): number {
    return (this.#counters += count) - count;
  }

  /** The index of the first of so many `totals`, and of their `shares`. */
  takeTotals(count: number): number {
    return (this.#totals += count) - count;
  }

  /** The index of the first of so many `words`. */
  takeWords(count: number): number {
    return (this.#words += count) - count;
  }

  /** Makes the buffer, all zero. */
  allocate(): void {
    this.attach(new SharedArrayBuffer(this.#bytes));
  }

  /** Takes the buffer that another thread made. Throws when it was not made for the same places. */
  attach(buffer: SharedArrayBuffer): void {
    if (buffer.byteLength !== this.#bytes) {
      throw new Error(`Shared memory has ${buffer.byteLength} bytes, not the ${this.#bytes} of this thread's places`);
    }
    this.#buffer = buffer;
    let offset = 0;
    const takeFloats = (length: number): Float64Array => {
      offset += length * 8;
      return new Float64Array(buffer, offset - length * 8, length);
    };
    const takeInts = (length: number): Int32Array => {
      offset += length * 4;
      return new Int32Array(buffer, offset - length * 4, length);
    };
    const rows = Array.from({ length: this.workers });
    this.numbers = takeFloats(this.#numbers);
    this.#counterRows = rows.map(() => takeFloats(this.#counters));
    this.totals = takeInts(this.#totals);
    this.#shareRows = rows.map(() => takeInts(this.#totals));
    this.words = takeInts(this.#words);
    this.counters = this.#counterRows[this.worker] ?? none.counters;
    this.shares = this.#shareRows[this.worker] ?? none.shares;
  }

  /** The sum of a counter over all workers. */
  sum(counter: number): number {
    let sum = 0;
    for (const row of this.#counterRows) sum += row[counter] ?? 0;
    return sum;
  }

  /** What one worker has counted. */
  countOf(worker: number, counter: number): number {
    return this.#counterRows[worker]?.[counter] ?? 0;
  }

  /** Counts for a worker that is dead. */
  addFor(worker: number, counter: number, amount: number): void {
    const row = this.#counterRows[worker];
    if (row !== undefined) row[counter] = (row[counter] ?? 0) + amount;
  }

  /** What one worker holds of a total. */
  shareOf(worker: number, total: number): number {
    return this.#shareRows[worker]?.[total] ?? 0;
  }

  /** Gives back all that a worker holds: it is dead. */
  reclaim(worker: number): void {
    const shares = this.#shareRows[worker] ?? none.shares;
    for (let index = 0; index < shares.length; index++) {
      const held = Atomics.exchange(shares, index, 0);
      if (held !== 0) Atomics.sub(this.totals, index, held);
    }
  }

  get #bytes(): number {
    return (this.#numbers + this.workers * this.#counters) * 8 + ((1 + this.workers) * this.#totals + this.#words) * 4;
  }
}
