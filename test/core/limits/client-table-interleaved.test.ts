/**
 * Several workers in one thread: each of them is stopped at any of its steps, others work meanwhile, and then it goes on
 * or is dead. What a worker does step by step is seen by what it calls `Atomics` for.
 */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { ClientTable } from "../../../src/core/limits/client-table.ts";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import { seededRandom } from "../../support/fake-clock.ts";
import { type TableSettings, client, clientTable } from "./client-model.ts";

const workerCount = 3;
/** Steps after which a worker surely goes in a circle. */
const maxSteps = 20_000;
/** How many workers can be stopped at a time. */
const maxStopped = 2;

/** What a worker is doing for a client. */
interface Doing {
  readonly id: number;
  /** The most connections that there may have been of the client meanwhile, with all that others are doing for it. */
  peak: number;
}

interface Worker {
  memory: SharedMemory;
  table: ClientTable;
  /** What it has let in. */
  held: { readonly id: number; readonly entered: number }[];
  isWorking: boolean;
}

class Death extends Error {}

describe("ClientTable, step by step", () => {
  afterEach(() => hook(undefined));

  for (const [name, deathRate] of [
    ["stopped anywhere", 0],
    ["stopped or dead anywhere", 0.003],
  ] as const) {
    it(`never more connections than the limit, and always as many: ${name}`, () => {
      for (let seed = 1; seed <= 200; seed++) {
        const limit = 1 + (seed % 3);
        const run = new Run({ limits: { maxConnections: limit }, capacity: 4, maxIdle: 0 }, 40, deathRate, seed);
        run.work(150);
        run.finish(limit);
      }
    });

    it(`never more connections than tokens, and always as many: ${name}`, () => {
      for (let seed = 1; seed <= 80; seed++) {
        const burst = 1 + (seed % 7);
        // Room for all: nobody is forgotten. The clock stands still.
        const settings = { limits: { rate: { perSecond: 1, burst } }, capacity: 300, maxIdle: 0 };
        const run = new Run(settings, 6, deathRate, seed);
        run.work(100);
        run.spendAll(burst, deathRate > 0);
      }
    });
  }
});

class Run {
  readonly #random: { next(): number };
  readonly #settings: TableSettings;
  readonly #clients: number;
  readonly #limit: number;
  readonly #deathRate: number;
  readonly #workers: Worker[];
  readonly #doing = new Set<Doing>();
  /** Connections of each client, as those know who were let in. */
  readonly #connections = new Map<number, number>();
  /** How often each was let in. */
  readonly #entered = new Map<number, number>();
  #stopped = 0;
  /** Of the worker that works now, since it does. */
  #steps = 0;

  constructor(settings: TableSettings, clients: number, deathRate: number, seed: number) {
    this.#random = seededRandom(seed);
    this.#settings = settings;
    this.#clients = clients;
    this.#limit = settings.limits.maxConnections ?? Infinity;
    this.#deathRate = deathRate;
    this.#workers = Array.from({ length: workerCount }, (_, worker) => {
      const memory = new SharedMemory(workerCount, worker);
      return { memory, table: clientTable(memory, settings), held: [], isWorking: false };
    });
    const [first, ...others] = this.#workers;
    assert.ok(first !== undefined);
    first.memory.allocate();
    assert.ok(first.memory.buffer !== undefined);
    for (const { memory } of others) memory.attach(first.memory.buffer);
  }

  work(steps: number): void {
    for (let step = 0; step < steps; step++) this.#workSome();
  }

  /** All leave; then each client has the whole limit, and each node is of use. */
  finish(limit: number): void {
    this.#leaveAll();
    const [{ table } = {}] = this.#workers;
    assert.ok(table !== undefined);
    assert.deepEqual([table.active, table.highest, table.size], [0, 0, 0]);
    for (let id = 0; id < this.#clients; id++) {
      const entered = this.#workers.flatMap((worker) =>
        Array.from({ length: limit }, () => worker.table.admit(client(id))),
      );
      const numbers = entered.filter((one) => typeof one === "number");
      assert.equal(numbers.length, limit);
      assert.equal(new Set(numbers).size, 1);
      assert.ok(entered.slice(0, limit).every((one) => typeof one === "number"));
      for (const one of numbers) table.leave(one);
    }
    assert.equal(table.active, 0);
    for (let id = 0; id < this.#settings.capacity; id++) assert.equal(typeof table.admit(client(1000 + id)), "number");
  }

  /** Each client has spent so many tokens after that, or fewer when a dead worker spent some. */
  spendAll(burst: number, canMiss: boolean): void {
    for (let id = 0; id < this.#clients; id++) {
      const [{ table } = {}] = this.#workers;
      assert.ok(table !== undefined);
      while (typeof table.admit(client(id)) === "number") this.#add(this.#entered, id, 1);
      const spent = this.#entered.get(id) ?? 0;
      if (canMiss) assert.ok(spent <= burst, `${spent} of ${burst}`);
      else assert.equal(spent, burst);
    }
  }

  /** One worker that is not stopped does something, and the others while it does. */
  #workSome(): void {
    const idle = this.#workers.filter(({ isWorking }) => !isWorking);
    const worker = idle[Math.floor(this.#random.next() * idle.length)];
    if (worker === undefined) return;
    worker.isWorking = true;
    this.#steps = 0;
    hook(() => this.#stop());
    try {
      this.#act(worker);
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      hook(undefined);
      this.#replace(worker);
    }
    worker.isWorking = false;
    hook(this.#stopped > 0 ? () => this.#stop() : undefined);
  }

  #act(worker: Worker): void {
    const running = [...this.#connections.values()].reduce((sum, one) => sum + one, 0) + this.#doing.size;
    if (running < this.#settings.capacity && this.#random.next() < 0.6) this.#admit(worker);
    else this.#leave(worker);
  }

  #admit({ table, held }: Worker): void {
    const id = Math.floor(this.#random.next() * this.#clients);
    const { result: entered, peak } = this.#do(id, () => table.admit(client(id)));
    if (entered === "limit-client") assert.ok(peak > this.#limit, "refused for nothing");
    if (typeof entered !== "number") return;
    this.#add(this.#connections, id, 1);
    this.#add(this.#entered, id, 1);
    assert.ok((this.#connections.get(id) ?? 0) <= this.#limit, "more than the limit");
    held.push({ id, entered });
  }

  #leave({ table, held }: Worker): void {
    const [over] = held.splice(Math.floor(this.#random.next() * held.length), 1);
    if (over === undefined) return;
    this.#add(this.#connections, over.id, -1);
    this.#do(over.id, () => table.leave(over.entered));
  }

  #do<T>(id: number, action: () => T): { readonly result: T; readonly peak: number } {
    const doing: Doing = { id, peak: 0 };
    this.#doing.add(doing);
    const same = [...this.#doing].filter((one) => one.id === id);
    for (const one of same) one.peak = Math.max(one.peak, (this.#connections.get(id) ?? 0) + same.length);
    try {
      return { result: action(), peak: doing.peak };
    } finally {
      this.#doing.delete(doing);
    }
  }

  #leaveAll(): void {
    this.#steps = 0;
    hook(() => this.#count());
    for (const worker of this.#workers) {
      for (const { entered } of worker.held) worker.table.leave(entered);
      worker.held = [];
    }
    this.#connections.clear();
  }

  #count(): void {
    assert.ok(++this.#steps < maxSteps, "goes in a circle");
  }

  /** At a step of a worker. */
  #stop(): void {
    this.#count();
    if (this.#random.next() < this.#deathRate) throw new Death();
    if (this.#stopped >= maxStopped || this.#random.next() > 0.03) return;
    this.#stopped++;
    // Often so many that all nodes have been taken for others meanwhile.
    const others = Math.floor(this.#random.next() ** 2 * 60);
    const steps = this.#steps;
    for (let other = 0; other < others; other++) this.#workSome();
    this.#stopped--;
    this.#steps = steps;
    hook(() => this.#stop());
  }

  /** A worker is dead: what it held is given back, and another has its row. */
  #replace(worker: Worker): void {
    const { buffer, worker: row } = worker.memory;
    assert.ok(buffer !== undefined);
    this.#workers.find((other) => other !== worker)?.memory.reclaim(row);
    for (const { id } of worker.held) this.#add(this.#connections, id, -1);
    worker.held = [];
    worker.memory = new SharedMemory(workerCount, row);
    worker.table = clientTable(worker.memory, this.#settings);
    worker.memory.attach(buffer);
  }

  #add(counts: Map<number, number>, id: number, change: number): void {
    counts.set(id, (counts.get(id) ?? 0) + change);
  }
}

/** Called before each step of a worker. */
let onStep: (() => void) | undefined;

function hook(callback: (() => void) | undefined): void {
  onStep = callback;
}

/** Makes a method tell of each call. */
function watch(owner: object, name: string): void {
  const method = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
  Reflect.defineProperty(owner, name, {
    configurable: true,
    value(this: unknown, ...args: unknown[]) {
      onStep?.();
      return method.apply(this, args);
    },
  });
}

for (const name of ["load", "store", "add", "sub", "or", "compareExchange"]) watch(Atomics, name);
