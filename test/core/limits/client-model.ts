import type { ClientKey } from "../../../src/core/limits/client-key.ts";
import { type ClientLimits, ClientTable } from "../../../src/core/limits/client-table.ts";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import type { Clock } from "../../../src/core/runtime/clock.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";

/** A client of its own for each number. */
export function client(id: number): ClientKey {
  return { kind: 1, high: 0, low: id };
}

export interface TableSettings {
  readonly limits: ClientLimits;
  readonly clock?: Clock;
  readonly capacity: number;
  readonly maxIdle?: number;
}

/** One table, as a worker makes it: its memory needs `allocate` or `attach`. */
export function clientTable(memory: SharedMemory, { limits, clock, capacity, maxIdle }: TableSettings): ClientTable {
  return new ClientTable(limits, clock ?? new FakeClock(), memory, capacity, seededRandom(memory.worker), maxIdle);
}

/** One table as several workers have it, all in this thread. */
export function clientTables(workers: number, settings: TableSettings): readonly ClientTable[] {
  const memories = Array.from({ length: workers }, (_, worker) => new SharedMemory(workers, worker));
  const tables = memories.map((memory) => clientTable(memory, settings));
  memories[0]?.allocate();
  const buffer = memories[0]?.buffer;
  if (buffer !== undefined) for (const memory of memories.slice(1)) memory.attach(buffer);
  return tables;
}

/** What a table must say, the plain way. Tokens in milliseconds of waiting: a connection costs an interval. */
export class ClientModel {
  readonly #clients = new Map<number, { active: number; tokensMs: number }>();
  readonly #maxConnections: number;
  readonly #costMs: number;
  readonly #fullMs: number;

  constructor(maxConnections: number, intervalMs: number | undefined, burst: number) {
    this.#maxConnections = maxConnections;
    this.#costMs = intervalMs ?? 0;
    this.#fullMs = burst * this.#costMs;
  }

  get active(): number {
    return [...this.#clients.values()].reduce((sum, { active }) => sum + active, 0);
  }

  get highest(): number {
    return Math.max(0, ...[...this.#clients.values()].map(({ active }) => active));
  }

  get remembered(): number {
    return [...this.#clients.values()].filter(({ active, tokensMs }) => active > 0 || tokensMs < this.#fullMs).length;
  }

  admit(id: number): "ok" | "limit-client" | "limit-rate" {
    const known = this.#clients.get(id) ?? { active: 0, tokensMs: this.#fullMs };
    this.#clients.set(id, known);
    if (known.active >= this.#maxConnections) return "limit-client";
    if (known.tokensMs < this.#costMs) return "limit-rate";
    known.tokensMs -= this.#costMs;
    known.active++;
    return "ok";
  }

  leave(id: number): void {
    const known = this.#clients.get(id);
    if (known !== undefined) known.active--;
  }

  wait(ms: number): void {
    for (const one of this.#clients.values()) one.tokensMs = Math.min(this.#fullMs, one.tokensMs + ms);
  }
}
