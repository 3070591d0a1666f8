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
 * A worker's death loses nothing: its counters stay, and `reclaim` gives back what it held. No thread dies between
 * a total and its share: JavaScript stops at calls and loops only, never between two adjacent Atomics.
 */
export class SharedMemory {
  /** How many rows there are. */
  readonly workers: number;
  /** The own row; -1 for a thread that only reads and decides. */
  readonly worker: number;
  numbers: Float64Array = new Float64Array(0);
  /** The own row of counters; empty for a thread without one, which then counts nothing. */
  counters: Float64Array = new Float64Array(0);
  totals: Int32Array = new Int32Array(0);
  /** The own row of shares. */
  shares: Int32Array = new Int32Array(0);
  words: Int32Array = new Int32Array(0);
  #numbers = 0;
  #counters = 0;
  #totals = 0;
  #words = 0;
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
    const own = this.worker >= 0 ? 1 : 0;
    const row = Math.max(0, this.worker);
    this.numbers = new Float64Array(buffer, 0, this.#numbers);
    this.counters = this.#counterRow(row, own * this.#counters);
    this.totals = new Int32Array(buffer, this.#totalsAt, this.#totals);
    this.shares = this.#shareRow(row, own * this.#totals);
    this.words = new Int32Array(buffer, this.#totalsAt + (1 + this.workers) * this.#totals * 4, this.#words);
  }

  /** The sum of a counter over all workers. */
  sum(counter: number): number {
    let sum = 0;
    for (let worker = 0; worker < this.workers; worker++) sum += this.countOf(worker, counter);
    return sum;
  }

  /** What one worker has counted. */
  countOf(worker: number, counter: number): number {
    return this.#counterRow(worker, this.#counters)[counter] ?? 0;
  }

  /** What one worker holds of a total. */
  shareOf(worker: number, total: number): number {
    return this.#shareRow(worker, this.#totals)[total] ?? 0;
  }

  /** Gives back all that a worker holds: it is dead. */
  reclaim(worker: number): void {
    const shares = this.#shareRow(worker, this.#totals);
    for (let index = 0; index < shares.length; index++) {
      const held = Atomics.exchange(shares, index, 0);
      if (held !== 0) Atomics.sub(this.totals, index, held);
    }
  }

  get #totalsAt(): number {
    return (this.#numbers + this.workers * this.#counters) * 8;
  }

  get #bytes(): number {
    return this.#totalsAt + ((1 + this.workers) * this.#totals + this.#words) * 4;
  }

  #counterRow(worker: number, length: number): Float64Array {
    const at = (this.#numbers + worker * this.#counters) * 8;
    return this.#buffer === undefined ? this.counters : new Float64Array(this.#buffer, at, length);
  }

  #shareRow(worker: number, length: number): Int32Array {
    const at = this.#totalsAt + (1 + worker) * this.#totals * 4;
    return this.#buffer === undefined ? this.shares : new Int32Array(this.#buffer, at, length);
  }
}
