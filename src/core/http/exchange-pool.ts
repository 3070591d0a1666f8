import type { ClientConnection } from "./client-connection.ts";
import { Exchange } from "./exchange.ts";

/** So many wait to be used again; more are made as needed. */
const maxIdle = 256;

/**
 * Exchanges that are over, with all that belongs to them, for the next requests: to make them anew costs more than to read
 * a head. One that has come to its end may still be on the stack, with its callers to return to it, so it waits for the next event.
 */
export class ExchangePool {
  readonly #idle: Exchange[] = [];
  readonly #over: Exchange[] = [];

  /** One that has not begun. */
  take(connection: ClientConnection): Exchange {
    return this.#idle.pop() ?? new Exchange(connection);
  }

  /** It is over. */
  give(exchange: Exchange): void {
    this.#over.push(exchange);
  }

  /** An event begins: nobody is in the middle of anything. */
  settle(): void {
    for (let exchange = this.#over.pop(); exchange !== undefined; exchange = this.#over.pop()) {
      if (this.#idle.length < maxIdle) this.#idle.push(exchange);
    }
  }
}
