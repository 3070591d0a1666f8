import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import type { TableSettings } from "./client-model.ts";

/** What the workers of `client-table-threads.test.ts` do. */
export interface HammerLoad {
  readonly settings: TableSettings;
  /** So many clients are there, from 0. */
  readonly clients: number;
  /** The first so many come half of the time. */
  readonly hot: number;
  /** Connections that a worker has at a time, at most. */
  readonly maxHeld: number;
  /** How many steps of each worker; each is a client that comes, or a connection that ends. */
  readonly steps: number;
}

/** What one of them is told. */
export interface HammerData {
  readonly load: HammerLoad;
  readonly workers: number;
  readonly worker: number;
  /** Of the table's memory. */
  readonly buffer: SharedArrayBuffer;
  /** Of the memory of what they see. */
  readonly seen: SharedArrayBuffer;
}

/** What the workers see, counted without the table: a client's connections from after it was let in until it leaves. */
export class Seen {
  readonly memory: SharedMemory;
  readonly #connections: number;
  readonly #entered: number;
  readonly #steps: number;
  readonly #signals: number;

  constructor(workers: number, worker: number, clients: number) {
    this.memory = new SharedMemory(workers, worker);
    this.#connections = this.memory.takeTotals(clients);
    this.#entered = this.memory.takeCounters(clients);
    this.#steps = this.memory.takeCounters(1);
    this.#signals = this.memory.takeWords(signals.length);
  }

  /** One more connection of a client; how many there are now. */
  enter(id: number): number {
    const { totals, shares, counters } = this.memory;
    const index = this.#connections + id;
    const before = Atomics.add(totals, index, 1);
    shares[index] = (shares[index] ?? 0) + 1;
    counters[this.#entered + id] = (counters[this.#entered + id] ?? 0) + 1;
    return before + 1;
  }

  leave(id: number): void {
    const { totals, shares } = this.memory;
    const index = this.#connections + id;
    Atomics.sub(totals, index, 1);
    shares[index] = (shares[index] ?? 0) - 1;
  }

  step(): void {
    const { counters } = this.memory;
    counters[this.#steps] = (counters[this.#steps] ?? 0) + 1;
  }

  /** How often a client was let in. */
  entered(id: number): number {
    return this.memory.sum(this.#entered + id);
  }

  stepsOf(worker: number): number {
    return this.memory.countOf(worker, this.#steps);
  }

  /** One more for a signal; wakes those who wait for it. */
  signal(name: Signal): void {
    Atomics.add(this.memory.words, this.#signals + signals.indexOf(name), 1);
    Atomics.notify(this.memory.words, this.#signals + signals.indexOf(name));
  }

  signalled(name: Signal): number {
    return Atomics.load(this.memory.words, this.#signals + signals.indexOf(name));
  }

  /** Blocks this thread until the first signal. */
  wait(name: Signal): void {
    Atomics.wait(this.memory.words, this.#signals + signals.indexOf(name), 0);
  }
}

const signals = ["ready", "go", "stop", "done", "too many"] as const;
type Signal = (typeof signals)[number];
