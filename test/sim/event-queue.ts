/** Something that happens at a virtual time, unless it is called off. */
export class SimEvent {
  readonly atMs: number;
  readonly order: number;
  #run: (() => void) | undefined;

  constructor(atMs: number, order: number, run: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.#run = run;
  }

  get cancelled(): boolean {
    return this.#run === undefined;
  }

  cancel(): void {
    this.#run = undefined;
  }

  run(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.();
  }

  before(other: SimEvent): boolean {
    return this.atMs < other.atMs || (this.atMs === other.atMs && this.order < other.order);
  }
}

/** Virtual time: what happens next, in a binary heap. Events of the same time run in the order they were made. */
export class EventQueue {
  nowMs = 0;
  /** Events that have run: a bound for what never comes to rest. */
  steps = 0;
  /** How many promises events have settled: what waits for them has its turn before the next event. */
  promises = 0;
  readonly #heap: SimEvent[] = [];
  #made = 0;

  /** Calls `run` at `atMs`, or now if that is over. */
  at(atMs: number, run: () => void): SimEvent {
    const event = new SimEvent(Math.max(atMs, this.nowMs), this.#made++, run);
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return event;
  }

  after(delayMs: number, run: () => void): SimEvent {
    return this.at(this.nowMs + delayMs, run);
  }

  /** Settles a promise after a while. */
  settleAfter(delayMs: number, resolve: () => void): void {
    this.after(delayMs, () => {
      this.promises++;
      resolve();
    });
  }

  /** Runs the next event if it is due by `untilMs`; says whether there was one. */
  step(untilMs: number): boolean {
    while (true) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) return false;
      this.#pop();
      if (next.cancelled) continue;
      this.nowMs = next.atMs;
      this.steps++;
      next.run();
      return true;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(index: number): void {
    const heap = this.#heap;
    const event = heap[index];
    if (event === undefined) return;
    let at = index;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !event.before(parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = event;
  }

  #sink(): void {
    const heap = this.#heap;
    const event = heap[0];
    if (event === undefined) return;
    let at = 0;
    while (true) {
      let childAt = 2 * at + 1;
      let child = heap[childAt];
      if (child === undefined) break;
      const right = heap[childAt + 1];
      if (right?.before(child) === true) {
        child = right;
        childAt++;
      }
      if (!child.before(event)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = event;
  }
}
