import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../runtime/socket.ts";
import { Deadline } from "../runtime/timer-wheel.ts";
import { joined } from "../bytes/joined.ts";
import type { OutcomeCode } from "../observe/outcome.ts";
import type { PartialHead } from "../wire/partial-head.ts";
import { incomplete, malformed } from "../wire/head-limits.ts";
import type { Exchange } from "./exchange.ts";
import { ExchangeFacts } from "./exchange-facts.ts";
import { flush } from "./flush.ts";
import { ClientFacts } from "./forward/client-facts.ts";
import type { HttpService } from "./http-service.ts";

/** How long a client may take to end its side of a connection that we have ended; what it still sends is dropped. */
const lingerMs = 2000;
/** As much of that is read. */
const maxLingerBytes = 1024 * 1024;
/** What a client sends ahead of its turn is kept up to this; then it is held back. */
const maxAheadBytes = 16 * 1024;

/**
 * A client's connection: one exchange after the other, in the order of the requests (RFC 9112 section 9.3.2). What comes
 * while an exchange is under way waits.
 *
 * Its one deadline in the wheel is that of its exchange; between exchanges that of the next request's head.
 */
export class ClientConnection extends Deadline implements SocketHandler {
  readonly service: HttpService;
  readonly socket: Socket;
  readonly client: ClientFacts;
  /** What the listener's admission knows the connection by. */
  readonly admitted: number;
  readonly #acceptedMs: number;
  #exchange: Exchange | undefined = undefined;
  /** The beginning of a head. */
  #partial: PartialHead | undefined = undefined;
  /** What came ahead of its turn. */
  #ahead: Uint8Array | undefined = undefined;
  #heldAhead = false;
  #reading = false;
  #requests = 0;
  /** The client has sent FIN. */
  #ended = false;
  /** We have: only its FIN is waited for. */
  #lingers = false;
  #lingerBytes = 0;
  /** What waited to be taken when that was last looked at, and when it had become less. */
  #waitingBytes = 0;
  #takenMs = 0;
  #over = false;

  /** `admitted` is what the listener's admission let the client in as. */
  constructor(service: HttpService, socket: Socket, admitted: number) {
    super();
    this.service = service;
    this.socket = socket;
    this.admitted = admitted;
    const peer = socket.remoteAddress;
    this.client = new ClientFacts(peer, socket.localAddress, service.trusts(peer));
    this.#acceptedMs = service.wheel.coarseNowMs;
    socket.handler = this;
    service.wheel.set(this, service.settings.http.headerTimeoutMs);
  }

  /** The connection serves no request after the one that is under way. What came before the client's FIN is still served. */
  get shallEnd(): boolean {
    const { service } = this;
    const { maxRequests, maxAgeMs } = service.settings.http;
    return (
      service.draining ||
      (this.#ended && this.#ahead === undefined && !this.#reading) ||
      this.#requests >= maxRequests ||
      service.wheel.coarseNowMs - this.#acceptedMs >= maxAgeMs
    );
  }

  onData(bytes: Uint8Array): void {
    this.service.exchanges.settle();
    if (this.#lingers) {
      this.#lingerBytes += bytes.length;
      if (this.#lingerBytes > maxLingerBytes) this.#end("reset");
      return;
    }
    if (this.#ahead === undefined) this.#read(bytes, false);
    else this.#keepAhead(bytes, 0, false);
  }

  onDrain(): void {
    this.#exchange?.clientDrained();
    if (this.#exchange === undefined) this.#goOn();
  }

  onEnd(): void {
    this.#ended = true;
    if (this.#exchange !== undefined) this.#exchange.clientEnded();
    else if (this.#ahead === undefined) this.#finish();
  }

  onClose(reason: CloseReason): void {
    // Nobody waits for the answers to these.
    this.#ahead = undefined;
    this.#exchange?.clientLost(reason);
    this.#leave();
  }

  override onDeadline(): void {
    if (this.#exchange !== undefined) this.#exchange.onDeadline();
    else if (this.#hasBegun) this.#refuse("request-timeout", "", false);
    else if (this.#takesAnswers) this.service.wheel.set(this, this.#lingers ? lingerMs : this.#idleTimeoutMs);
    // Nothing was begun: there is nobody to tell. A client that did not take its answer must not take it for whole.
    else if (this.#lingers) this.#end(this.socket.bufferedBytes > 0 ? "reset" : "destroy");
    else this.#finish();
  }

  /** The exchange is over, now: the next one, or the end. */
  exchangeOver(exchange: Exchange, nowMs: number): void {
    const { service } = this;
    const { closes, cut } = exchange.facts;
    service.exchanges.give(exchange);
    this.#exchange = undefined;
    this.#waitingBytes = 0;
    if (this.#over) return;
    if (cut) {
      this.#end("reset");
    } else if (closes) {
      this.#finish();
    } else {
      service.wheel.set(this, this.#idleTimeoutMs, nowMs);
      this.#goOn();
    }
  }

  /** No more requests are taken: ends the connection now, if none is under way. */
  drain(): void {
    if (this.#exchange === undefined && this.#ahead === undefined && !this.#hasBegun) this.#finish();
  }

  /** Ends it at once, with RST where the runtime can. */
  abort(outcome: OutcomeCode): void {
    this.#exchange?.abort(outcome);
    this.#end("reset");
  }

  /** Ends it likewise in a thread that is dying: nothing is counted or given back. */
  drop(): void {
    this.socket.handler = ignoreSocket;
    this.socket.reset();
  }

  /** Somebody else goes on with the socket: with what came ahead, and whether the client's FIN did. */
  handOver(): { readonly client: Socket; readonly ahead: Uint8Array | undefined; readonly clientEnded: boolean } {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    this.#heldAhead = false;
    this.service.wheel.drop(this);
    return { client: this.socket, ahead, clientEnded: this.#ended };
  }

  /** `owned`: the bytes are a copy of ours. */
  #read(bytes: Uint8Array, owned: boolean): void {
    this.#reading = true;
    const end = bytes.length;
    let at = 0;
    while (at < end && !this.#over && !this.#lingers) {
      const exchange = this.#exchange;
      if (exchange === undefined ? this.#hasEnough : exchange.requestDone) {
        this.#keepAhead(bytes, at, owned);
        break;
      }
      at = exchange === undefined ? this.#readHead(bytes, at, end) : exchange.requestBytes(bytes, at, end);
    }
    this.#reading = false;
  }

  /** The position up to which the bytes were taken. */
  #readHead(bytes: Uint8Array, at: number, end: number): number {
    const { service } = this;
    const { parser } = service;
    const begun = this.#hasBegun;
    const next = parser.read(bytes, at, end, this.#partial);
    if (next === incomplete) {
      this.#partial = parser.partial;
      // From its first byte, however slowly the others come. Of the first request, from accept.
      if (!begun && this.#hasBegun && this.#requests > 0)
        service.wheel.set(this, service.settings.http.headerTimeoutMs);
      return end;
    }
    this.#partial = undefined;
    this.#requests++;
    if (next === malformed) {
      this.#refuse(parser.fault, parser.reason, parser.head.isHead);
      return end;
    }
    const exchange = service.exchanges.take(this);
    this.#exchange = exchange;
    return exchange.begin(this, parser.head, bytes, next, end);
  }

  #keepAhead(bytes: Uint8Array, at: number, owned: boolean): void {
    const rest = bytes.subarray(at);
    const ahead = this.#ahead === undefined ? (owned ? rest : rest.slice()) : joined(this.#ahead, rest);
    this.#ahead = ahead;
    if (ahead.length < maxAheadBytes) return;
    this.#heldAhead = true;
    // Again, if it was: an exchange whose body was held back may have resumed it.
    this.socket.pause();
  }

  get #idleTimeoutMs(): number {
    return this.service.settings.http.idleTimeoutMs;
  }

  /** The next request has begun to come. */
  get #hasBegun(): boolean {
    return this.#partial !== undefined && !this.#partial.isBlank;
  }

  /** The client still takes the answers that it got; asked again and again, whether it does so within the body's timeout. */
  get #takesAnswers(): boolean {
    const { bufferedBytes } = this.socket;
    const { wheel, settings } = this.service;
    if (bufferedBytes !== this.#waitingBytes) this.#takenMs = wheel.coarseNowMs;
    this.#waitingBytes = bufferedBytes;
    return bufferedBytes > 0 && wheel.coarseNowMs - this.#takenMs < settings.http.bodyTimeoutMs;
  }

  /** The client has not taken the answers that it got: it gets no more of them until it has. `onDrain` follows. */
  get #hasEnough(): boolean {
    return this.socket.bufferedBytes > this.service.settings.bufferBytes;
  }

  /** The next request, if it is there already. */
  #goOn(): void {
    while (this.#ahead !== undefined && this.#exchange === undefined && !this.#reading) {
      if (this.#over || this.#lingers || this.#hasEnough) return;
      const ahead = this.#ahead;
      this.#ahead = undefined;
      // First: who reads it may hold the client back again.
      if (this.#heldAhead) this.socket.resume();
      this.#heldAhead = false;
      this.#read(ahead, true);
    }
    if (this.#ahead !== undefined || this.#exchange !== undefined || this.#reading) return;
    if (this.#ended || (this.service.draining && !this.#hasBegun)) this.#finish();
  }

  /** `isHead`: it is a HEAD as far as it was read, whatever else is wrong with it: to that there is no body. */
  #refuse(outcome: OutcomeCode, reason: string, isHead: boolean): void {
    const { service, socket } = this;
    const facts = new ExchangeFacts(service);
    facts.begin(this.client, undefined);
    facts.isHead = isHead;
    facts.fail(outcome, reason);
    service.answers.error(service.plane.out, facts.answer(true));
    flush(service.plane.out, socket);
    service.exchangeOver(facts, facts.startedMs);
    this.#finish();
  }

  /** Sends FIN, and waits for the client's: with a reset, it might not get what was sent last (RFC 9112 section 9.6). */
  #finish(): void {
    if (this.#over || this.#lingers) return;
    this.#lingers = true;
    this.#ahead = undefined;
    this.#partial = undefined;
    this.socket.end();
    this.socket.resume();
    this.service.wheel.set(this, lingerMs);
  }

  #end(how: "reset" | "destroy"): void {
    if (this.#over) return;
    this.socket.handler = ignoreSocket;
    if (how === "reset") this.socket.reset();
    else this.socket.destroy();
    this.#leave();
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.service.wheel.drop(this);
    this.service.connectionOver(this);
  }
}
