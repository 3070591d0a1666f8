import type { AttemptResult } from "./attempt-result.ts";
import type { Endpoint } from "./endpoint.ts";

/** The books that an attempt is entered in: its upstream's. */
export interface AttemptBooks {
  /** The connect is over, well or not. */
  connectOver(): void;
  /** Nothing more is tried for it: as a retry it counts no longer. */
  retryOver(): void;
  /** It is known how the endpoint does. */
  settled(attempt: Attempt, result: AttemptResult): void;
  /** The connection is over; the endpoint has room for another. */
  attemptOver(attempt: Attempt): void;
}

/**
 * One try against one endpoint, and the connection that it becomes: what it holds of the upstream's bounds is given back
 * exactly once, whatever happens and in whatever order.
 */
export class Attempt {
  readonly endpoint: Endpoint;
  readonly isRetry: boolean;
  /** Permits of the circuit breakers, to be given back with the result. */
  readonly endpointPermit: number;
  readonly upstreamPermit: number;
  readonly startedMs: number;
  readonly #books: AttemptBooks;
  #connecting = true;
  #trying = true;
  #settled = false;
  #over = false;

  constructor(
    books: AttemptBooks,
    entry: {
      readonly endpoint: Endpoint;
      readonly isRetry: boolean;
      /** Permits of the circuit breakers, to be given back with the result. */
      readonly endpointPermit: number;
      readonly upstreamPermit: number;
      readonly nowMs: number;
    },
  ) {
    this.#books = books;
    this.endpoint = entry.endpoint;
    this.isRetry = entry.isRetry;
    this.endpointPermit = entry.endpointPermit;
    this.upstreamPermit = entry.upstreamPermit;
    this.startedMs = entry.nowMs;
  }

  /** The connect succeeded, and that is all that was tried for. */
  connected(): void {
    this.#endConnect();
    this.#endRetry();
  }

  /** There is a connection, on which something is asked: it is tried until `settle`. */
  asks(): void {
    this.#endConnect();
  }

  /** It is known how the endpoint does; only the first call counts. */
  settle(result: AttemptResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#books.settled(this, result);
    this.#endRetry();
  }

  /** The attempt is over. Without a result, nothing is known. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#endConnect();
    this.settle("unknown");
    this.#books.attemptOver(this);
  }

  #endRetry(): void {
    if (!this.#trying) return;
    this.#trying = false;
    if (this.isRetry) this.#books.retryOver();
  }

  #endConnect(): void {
    if (!this.#connecting) return;
    this.#connecting = false;
    this.#books.connectOver();
  }
}
