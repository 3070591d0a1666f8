import type { OutcomeCode } from "../observe/outcome.ts";
import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../runtime/socket.ts";
import { maxInterims } from "../wire/answer-limits.ts";
import type { PartialHead } from "../wire/partial-head.ts";
import { incomplete, malformed } from "../wire/head-limits.ts";
import type { ResponseParser } from "../wire/response-parser.ts";
import type { AnswerTaker } from "./answer-taker.ts";
import type { ConnectionPool } from "./connection-pool.ts";

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
  /** Whose request it serves. */
  #taker: AnswerTaker | undefined = undefined;
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

  /** Serves a request from here on. */
  begin(taker: AnswerTaker): void {
    this.#taker = taker;
    this.answered = false;
    this.#inBody = false;
    this.#interims = 0;
  }

  /** The answer is for somebody else from here on. */
  passTo(taker: AnswerTaker): void {
    this.#taker = taker;
  }

  /** The exchange is over, and the answer was whole: waits for the next. */
  rest(): void {
    this.#taker = undefined;
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
    this.#taker = undefined;
    this.closed = true;
  }

  #leave(): void {
    this.#taker = undefined;
    this.closed = true;
    this.socket.handler = ignoreSocket;
  }

  onData(bytes: Uint8Array): void {
    this.answered = true;
    const end = bytes.length;
    let at = 0;
    while (at < end) {
      const taker = this.#taker;
      if (taker === undefined) {
        // Nobody asked, or more than the answer: what it is cannot be known.
        if (!this.closed) this.#discard();
        return;
      }
      if (this.#inBody) {
        at = taker.responseBytes(bytes, at, end);
        continue;
      }
      const parser = this.#parser;
      const next = parser.read(bytes, at, end, this.#partial, taker.isHead);
      if (next === incomplete) {
        this.#partial = parser.partial;
        return;
      }
      this.#partial = undefined;
      if (next === malformed) {
        taker.responseMalformed(parser.reason);
        return;
      }
      at = next;
      const { head } = parser;
      this.#inBody = !head.isInterim;
      if (head.isInterim && ++this.#interims > maxInterims) {
        taker.responseMalformed("too many interim answers");
        return;
      }
      this.keepAliveMs = head.keepAliveSeconds === undefined ? undefined : head.keepAliveSeconds * 1000;
      at = taker.responseHead(head, bytes, at, end);
    }
  }

  onDrain(): void {
    this.#taker?.endpointDrained();
  }

  onEnd(): void {
    const taker = this.#taker;
    if (taker === undefined) this.#discard();
    else taker.endpointEnded();
  }

  onClose(reason: CloseReason): void {
    const taker = this.#taker;
    this.closed = true;
    this.#taker = undefined;
    if (taker === undefined) this.#pool.remove(this);
    else taker.endpointLost(lossOutcomes[reason]);
  }

  #discard(): void {
    this.#pool.remove(this);
    this.close();
  }
}
