import type { SharedMemory } from "../memory/shared-memory.ts";
import { Total } from "../memory/total.ts";
import type { RetryBudgetSettings } from "../server/settings.ts";

/**
 * Bounds how many retries are under way at a time, so that a failing upstream is not asked many times over by everyone
 * at once. (Envoy's retry budget: envoy/config/cluster/v3/circuit_breaker.proto.)
 */
export class RetryBudget {
  readonly #settings: RetryBudgetSettings;
  readonly #active: Total;

  constructor(settings: RetryBudgetSettings, memory: SharedMemory) {
    this.#settings = settings;
    this.#active = new Total(memory);
  }

  /** Retries under way. */
  get active(): number {
    return this.#active.value;
  }

  /** How many may be under way while so many connections run or are being made. */
  limit(activeConnections: number): number {
    return Math.max(this.#settings.minimum, Math.floor(this.#settings.share * activeConnections));
  }

  /** Whether one more may start. */
  allows(activeConnections: number): boolean {
    return this.active < this.limit(activeConnections);
  }

  /** One more starts, if it may. */
  enter(activeConnections: number): boolean {
    return this.#active.enter(this.limit(activeConnections));
  }

  /** One that entered is over. */
  leave(): void {
    this.#active.leave();
  }
}
