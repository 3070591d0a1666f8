import type { OutcomeCode } from "../observe/outcome.ts";
import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../runtime/socket.ts";
import { maxInterims } from "../wire/answer-limits.ts";
import type { PartialHead } from "../wire/partial-head.ts";
import { incomplete, malformed } from "../wire/head-limits.ts";
import type { ResponseParser } from "../wire/response-parser.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { Exchange } from "./exchange.ts";

/** How an exchange whose endpoint's connection is over ends. `local` is ours. */
const lossOutcomes: Readonly<Record<CloseReason, OutcomeCode>> = {
  ended: "endpoint-closed",
  local: "endpoint-closed",
  reset: "endpoint-reset",
  timeout: "endpoint-timeout",
  error: "endpoint-error",
};

/**
 * A connection to an endpoint: it serves one exchange after the other, and waits in its endpoint's pool between them. What
 * comes while it waits belongs to nobody: then it is not used again.
 */
export class EndpointConnection implements SocketHandler {
  readonly socket: Socket;
  /** When it was made, by the wheel's time. */
  readonly madeMs: number;
  /** Until when it may be used again: the pool's. */
  usableUntilMs = 0;
  /** What its endpoint says of how long it keeps it open. */
  keepAliveMs: number | undefined = undefined;
  /** The exchange that it serves. */
  exchange: Exchange | undefined = undefined;
  /** Bytes came since the exchange began. */
  answered = false;
  /** It is over, or about to be. */
  closed = false;
  readonly #pool: ConnectionPool;
  readonly #parser: ResponseParser;
  #partial: PartialHead | undefined = undefined;
  #inBody = false;
  /** Interim answers to this exchange so far. */
  #interims = 0;

  constructor(socket: Socket, pool: ConnectionPool, parser: ResponseParser, nowMs: number) {
    this.socket = socket;
    this.madeMs = nowMs;
    this.#pool = pool;
    this.#parser = parser;
    socket.handler = this;
  }

  /** Serves an exchange from here on. */
  begin(exchange: Exchange): void {
    this.exchange = exchange;
    this.answered = false;
    this.#inBody = false;
    this.#interims = 0;
  }

  /** The exchange is over, and the answer was whole: waits for the next. */
  rest(): void {
    this.exchange = undefined;
    this.#pool.put(this);
  }

  /** Ends it. What was sent may not have been taken: with RST nobody takes it for whole. */
  reset(): void {
    this.#leave();
    this.socket.reset();
  }

  /** Ends it; nothing is under way. */
  close(): void {
    this.#leave();
    this.socket.destroy();
  }

  /** Gives the socket to another handler: a tunnel's. */
  release(): void {
    this.exchange = undefined;
    this.closed = true;
  }

  #leave(): void {
    this.exchange = undefined;
    this.closed = true;
    this.socket.handler = ignoreSocket;
  }

  onData(bytes: Uint8Array): void {
    this.answered = true;
    const end = bytes.length;
    let at = 0;
    while (at < end) {
      const { exchange } = this;
      if (exchange === undefined) {
        // Nobody asked, or more than the answer: what it is cannot be known.
        if (!this.closed) this.#discard();
        return;
      }
      if (this.#inBody) {
        at = exchange.responseBytes(bytes, at, end);
        continue;
      }
      const parser = this.#parser;
      const next = parser.read(bytes, at, end, this.#partial, exchange.isHead);
      if (next === incomplete) {
        this.#partial = parser.partial;
        return;
      }
      this.#partial = undefined;
      if (next === malformed) {
        exchange.responseMalformed(parser.reason);
        return;
      }
      at = next;
      const { head } = parser;
      this.#inBody = !head.isInterim;
      if (head.isInterim && ++this.#interims > maxInterims) {
        exchange.responseMalformed("too many interim answers");
        return;
      }
      this.keepAliveMs = head.keepAliveSeconds === undefined ? undefined : head.keepAliveSeconds * 1000;
      at = exchange.responseHead(head, bytes, at, end);
    }
  }

  onDrain(): void {
    this.exchange?.endpointDrained();
  }

  onEnd(): void {
    const { exchange } = this;
    if (exchange === undefined) this.#discard();
    else exchange.endpointEnded();
  }

  onClose(reason: CloseReason): void {
    const { exchange } = this;
    this.closed = true;
    this.exchange = undefined;
    if (exchange === undefined) this.#pool.remove(this);
    else exchange.endpointLost(lossOutcomes[reason]);
  }

  #discard(): void {
    this.#pool.remove(this);
    this.close();
  }
}
