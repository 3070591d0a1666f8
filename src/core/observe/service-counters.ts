import { Counter } from "../memory/counter.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { type OutcomeCode, outcomeCodes } from "./outcome.ts";

/** What is counted of a listener, whatever its clients speak. */
export class ServiceCounters {
  /** How many connections, or exchanges, ended how. */
  readonly outcomes: Readonly<Record<OutcomeCode, Counter>>;
  /** Clients that came, the refused ones included. */
  readonly clients: Counter;
  readonly acceptErrors: Counter;
  /** Bytes from clients to endpoints; of HTTP those of bodies. */
  readonly up: Counter;
  /** Bytes from endpoints to clients; likewise. */
  readonly down: Counter;

  constructor(memory: SharedMemory) {
    this.outcomes = Object.fromEntries(outcomeCodes.map((code) => [code, new Counter(memory)])) as Record<
      OutcomeCode,
      Counter
    >;
    this.clients = new Counter(memory);
    this.acceptErrors = new Counter(memory);
    this.up = new Counter(memory);
    this.down = new Counter(memory);
  }
}
